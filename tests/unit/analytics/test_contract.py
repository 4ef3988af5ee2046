"""How analytics are found, registered, read and checked against a dictionary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest
from pydantic import Field, create_model

from fedcli import analytics
from fedcli.analytics import catalogue, named, names, parse
from fedcli.analytics._contract import Analytic, Categories, Numerics
from fedcli.analytics.count import Count
from fedcli.analytics.crosstab import Crosstab
from fedcli.analytics.summary import Summary
from fedcli.errors import FedcliError, InvalidFile, Refused
from fedcli.model.dataset import Dictionary
from fedcli.model.query import Analysis
from fedcli.model.result import Answer
from fedcli.statistics.counts import Counts
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed

DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "unit": "person",
        "person_id": "pid",
        "columns": {
            "pid": {"type": "text", "sensitivity": "identifier"},
            "age": {"type": "integer", "use": ["model"]},
            "bmi": {"type": "real"},
            "sex": {"type": "text", "levels": ["f", "m"]},
            "note": {"type": "text"},
            "ward": {"type": "text", "levels": ["a", "b"], "use": ["model"]},
            "sick": {"type": "boolean"},
            "stage": {"type": "integer", "levels": [1, 2, 3]},
            "seen": {"type": "date"},
        },
    },
    "a test",
)


@pytest.fixture
def registered() -> Iterator[None]:
    """The catalogue as it was, afterwards."""
    before = dict(Analytic.registered)
    yield
    Analytic.registered.clear()
    Analytic.registered.update(before)


def test_the_catalogue() -> None:
    """Every file of the folder, by name."""
    assert {"count": Count, "crosstab": Crosstab, "summary": Summary}.items() <= catalogue().items()
    assert list(catalogue()) == sorted(catalogue())
    assert [kind.__module__ for kind in catalogue().values()] == [
        f"{analytics.__name__}.{one}" for one in names()
    ]
    assert tuple(catalogue()) == names()


@pytest.mark.usefixtures("registered")
def test_a_subclass_with_a_name_is_registered() -> None:
    """Defining it is all that there is to do."""

    class Several(Analytic[Counts], name="tests-several", version=2):
        """How many there are, for a test."""

        example: ClassVar[str] = ""
        by: Categories = ()

        def local(self, rows: Rows) -> Sealed[Counts]:
            """One table."""
            return rows.counts(by=self.by)

        def answer(self, total: Counts) -> Answer:
            """Nothing."""
            return Answer()

    assert named("tests-several") is Several
    assert (Several.name, Several.version) == ("tests-several", 2)
    analysis = Analysis(id="one", analytic="tests-several", version=2, parameters={"by": ["sex"]})
    analytic = parse(analysis, "a test")
    assert analytic.reads() == {"sex"}
    assert analytic.outline(DICTIONARY).cells == {"count": (0, 0), "missing": (0,)}


def test_what_was_registered_for_a_test_is_gone() -> None:
    """Nothing of the test above is left."""
    assert "tests-several" not in catalogue()


def define(parameter: str) -> None:
    """An analytic with one parameter of a name."""
    create_model(
        "Shadow",
        __base__=Analytic[Counts],
        __cls_kwargs__={"name": "tests-shadow", "version": 1},
        **{parameter: (int, Field(default=1))},  # type: ignore[call-overload]
    )


@pytest.mark.usefixtures("registered")
@pytest.mark.filterwarnings("ignore:Field name")
@pytest.mark.parametrize("reserved", ["local", "answer", "reads", "check", "outline", "read", "sha256"])
def test_parameters_may_not_shadow_methods(reserved: str) -> None:
    """A parameter called `reads` would hide what an analytic may see."""
    with pytest.raises(TypeError, match=reserved):
        define(reserved)
    assert "tests-shadow" not in catalogue()


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("reserved", ["name", "version", "example", "id", "analytic"])
def test_parameters_may_not_shadow_the_names_of_an_analysis(reserved: str) -> None:
    """`id` in a query file is the analysis' own, so a parameter of that name could not be given."""
    with pytest.raises(TypeError, match=reserved):
        define(reserved)


def test_an_abstract_analytic_cannot_be_asked() -> None:
    """Both steps must be written."""
    assert Analytic.__abstractmethods__ == {"local", "answer"}


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("sumary", "summary"),
        ("crosstabs", "crosstab"),
        ("xyz", "take one of: anova, association, boosted_trees"),
    ],
)
def test_an_unknown_analytic_names_the_nearest(asked: str, meant: str) -> None:
    """With as many of those that there are as a fact has room for."""
    with pytest.raises(InvalidFile) as caught:
        named(asked)
    assert caught.value.code == "Q-ANALYTIC"
    assert meant in caught.value.fix
    assert "anova, association" in caught.value.facts["have"]


@pytest.mark.parametrize("asked", ["_contract", "count.local", ".count", "os", ""])
def test_no_name_loads_anything_else(asked: str) -> None:
    """What is no analytic's name is not looked for, whatever module it may name."""
    with pytest.raises(InvalidFile) as caught:
        named(asked)
    assert caught.value.code == "Q-ANALYTIC"


def test_another_version_is_refused() -> None:
    """Two versions may compute differently."""
    with pytest.raises(Refused) as caught:
        parse(Analysis(id="one", analytic="count", version=2), "a test")
    assert caught.value.code == "Q-VERSION"


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (Count, {"by": ["sex"]}),
        (Count, {"of": "patient"}),
        (Crosstab, {}),
        (Crosstab, {"by": []}),
        (Crosstab, {"by": ["a", "b", "c", "d", "e", "f", "g"]}),
        (Crosstab, {"by": "sex"}),
        (Summary, {"columns": []}),
        (Summary, {"columns": [1]}),
        (Summary, {"columns": ["age; drop table"]}),
        (Summary, {"columns": ["age"], "by": None, "quantile": 0.5}),
    ],
)
def test_parameters_that_do_not_fit(kind: type[Analytic[Counts]], parameters: dict[str, object]) -> None:
    """Refused when they are read, with the place."""
    with pytest.raises(InvalidFile) as caught:
        kind.read(parameters, "a test")
    assert caught.value.code == "F-SCHEMA"


@pytest.mark.parametrize(
    ("analytic", "code"),
    [
        (Summary(columns=("age",)), None),
        (Summary(columns=("stage",), by=("stage", "sick")), None),
        (Crosstab(by=("sex", "sick", "stage")), None),
        (Summary(columns=("agee",)), "Q-COLUMN"),
        (Summary(columns=("pid",)), "Q-USE"),
        (Crosstab(by=("pid",)), "Q-USE"),
        (Crosstab(by=("age",)), "Q-USE"),
        (Crosstab(by=("ward",)), "Q-USE"),
        (Summary(columns=("sex",)), "Q-TYPE"),
        (Summary(columns=("sick",)), "Q-TYPE"),
        (Summary(columns=("seen",)), "Q-TYPE"),
        (Crosstab(by=("bmi",)), "Q-LEVELS"),
        (Crosstab(by=("note",)), "Q-LEVELS"),
        (Crosstab(by=("seen",)), "Q-LEVELS"),
    ],
)
def test_columns_and_their_uses(analytic: Analytic[Counts], code: str | None) -> None:
    """A column must be there, be of the type, and be for the use that the parameter makes of it."""
    try:
        analytic.check(DICTIONARY)
    except FedcliError as error:
        assert error.code == code
    else:
        assert code is None


@pytest.mark.parametrize(
    ("kind", "parameters"), [(Crosstab, {"by": ["sex", "sex"]}), (Summary, {"columns": ["age", "age"]})]
)
def test_a_column_is_named_once(kind: type[Analytic[Counts]], parameters: dict[str, object]) -> None:
    """A table with a column twice is a slip."""
    with pytest.raises(InvalidFile):
        kind.read(parameters, "a test")


def test_columns_are_read_once_each() -> None:
    """By whatever parameter they are named."""
    assert Summary(columns=("stage", "age"), by=("stage",)).reads() == {"stage", "age"}
    assert Count().reads() == frozenset()


def test_numerics_has_a_limit() -> None:
    """A hundred columns at once, and no more."""
    assert Summary.read({"columns": [f"c{at}" for at in range(100)]}, "a test").columns
    with pytest.raises(InvalidFile):
        Summary.read({"columns": [f"c{at}" for at in range(101)]}, "a test")
    assert Numerics is not Categories

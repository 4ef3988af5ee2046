"""What DuckDB derives from tables of events is what the definitions say, row by row, on random data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.analytics.crosstab import Crosstab
from fedcli.analytics.summary import Summary
from fedcli.engine.bounded import BoundedRows
from fedcli.engine.derived import derive
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.memory import MemoryRows
from fedcli.engine.opening import Opened, open_source
from fedcli.engine.sql import Binder
from fedcli.language.derived import extended, parse
from fedcli.language.expression import parse as condition
from fedcli.language.types import check
from fedcli.language.words import definition
from fedcli.model.dataset import Dictionary
from fedcli.model.derived import Derived
from fedcli.model.policy import Contribution
from fedcli.model.query import Written
from fedcli.model.vault import EventFiles, Source
from fedcli.statistics.forms import Form
from fedcli.statistics.seal import Bounded
from tests.laws import lookback
from tests.laws.bounded import KEY, apart, few
from tests.laws.datasets import Row
from tests.laws.engines import assert_same, table, unsealed

_ID = {"type": "text", "sensitivity": "identifier"}
DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "people",
        "unit": "person",
        "person_id": "person",
        "columns": {
            "person": _ID,
            "born": {"type": "date"},
            "seen": {"type": "timestamp"},
            "sex": {"type": "text", "levels": ["f", "m"], "missing": ["?"]},
        },
        "tables": {
            "visits": {
                "person_id": "who",
                "date": "day",
                "columns": {
                    "who": _ID,
                    "day": {"type": "date"},
                    "until": {"type": "date"},
                    "kind": {"type": "integer", "levels": [1, 2, 3], "missing": [9]},
                    "value": {"type": "real", "missing": [-1.0]},
                },
            },
            "drugs": {
                "person_id": "id",
                "date": "at",
                "columns": {
                    "id": _ID,
                    "at": {"type": "timestamp"},
                    "name": {"type": "text", "levels": ["a", "b"], "missing": [""]},
                    "new": {"type": "boolean"},
                },
            },
        },
    },
    "a law",
)
#: Everything that the language has, each built on those above it.
WRITTEN: list[dict[str, Any]] = [
    {"name": "index", "as": "first(visits where kind in (1, 2))"},
    {"name": "latest", "as": "last(visits.day)"},
    {"name": "begun", "as": "first(drugs)"},
    {"name": "often", "as": "count(visits)"},
    {"name": "before", "as": "count(visits within 3 days before index)"},
    {"name": "upto", "as": "count(visits within 3 days up to index)"},
    {"name": "later", "as": "count(visits where kind <> 1 after index)"},
    {"name": "since", "as": "count(visits from born)"},
    {"name": "treated", "as": "exists(drugs where name = 'a' and not new)"},
    {"name": "soon", "as": "exists(drugs within 2 days from seen)"},
    {"name": "value", "as": "first(visits.value up to index)", "bounds": [0, 5]},
    {"name": "kind", "as": "last(visits.kind where value > 0)"},
    {"name": "least", "as": "min(visits.value where days_between(day, until) > 1)"},
    {"name": "most", "as": "max(visits.value)"},
    {"name": "spent", "as": "sum(visits.value within 4 days up to latest)"},
    {"name": "average", "as": "mean(visits.value where kind <> 1)"},
    {"name": "kinds", "as": "sum(visits.kind)", "bounds": [0, 9]},
    {"name": "kindly", "as": "mean(visits.kind from index)"},
    {"name": "more", "as": "spent > 2 * average or kinds > 4"},
    {"name": "name", "as": "last(drugs.name)"},
    {"name": "fresh", "as": "first(drugs.new)"},
    {"name": "days", "as": "days_between(born, index)"},
    {"name": "years", "as": "floor(days_between(born, begun) / 3) + year(born)"},
    {"name": "many", "as": "often >= 2 and (before is null or value > 1)"},
    {"name": "few", "as": "often * 1", "bounds": [0, 2]},
]
DERIVED = parse([Written.read(one, "a law") for one in WRITTEN], DICTIONARY, "a law") or ()
EXTENDED = extended(DICTIONARY, DERIVED)

_PERSONS = [f"p{at}" for at in range(6)]
_DAYS = st.one_of(st.none(), st.integers(0, 8).map(lambda one: date(2020, 1, 1) + timedelta(days=one)))
_MOMENTS = st.one_of(
    st.none(),
    st.integers(0, 200).map(lambda one: datetime.fromisoformat("2020-01-01") + timedelta(hours=one)),
)
_VALUES = st.sampled_from([None, math.nan, -1.0, 0.0, 0.5, 2.0, 5.0, 7.25])
_PEOPLE = st.fixed_dictionaries(
    {"born": _DAYS, "seen": _MOMENTS, "sex": st.sampled_from(["f", "m", "?", None])}
)
_VISITS = st.fixed_dictionaries(
    {
        "who": st.sampled_from([*_PERSONS, "nobody", None]),
        "day": _DAYS,
        "until": _DAYS,
        "kind": st.sampled_from([1, 2, 3, 9, None]),
        "value": _VALUES,
    }
)
_DRUGS = st.fixed_dictionaries(
    {
        "id": st.sampled_from([*_PERSONS, "nobody", None]),
        "at": _MOMENTS,
        "name": st.sampled_from(["a", "b", "", None]),
        "new": st.sampled_from([True, False, None]),
    }
)


@st.composite
def datasets(draw: st.DrawFn) -> tuple[list[Row], lookback.Tables]:
    """Persons, some of whom have events, and events, some of which are nobody's."""
    people = draw(st.lists(_PEOPLE, max_size=len(_PERSONS)))
    rows = [{"person": person, **one} for person, one in zip(_PERSONS, people, strict=False)]
    return rows, {"visits": draw(st.lists(_VISITS, max_size=14)), "drugs": draw(st.lists(_DRUGS, max_size=8))}


@contextmanager
def opened(
    rows: list[Row], tables: lookback.Tables, dictionary: Dictionary, most: int | None = None
) -> Iterator[Opened]:
    """The tables as a site has them, each a Parquet file; a query may remember `most` bytes."""
    with TemporaryDirectory() as folder:
        own = Path(folder) / "own.parquet"
        pq.write_table(table(dictionary, rows), own)
        events = {}
        for name, some in tables.items():
            path = Path(folder) / f"{name}.parquet"
            pq.write_table(table(dictionary.of(name), some), path)
            events[name] = EventFiles(paths=(str(path),))
        source = open_source(Source(kind="parquet", paths=(str(own),), events=events), 500, 1)
        source.most = most or source.most
        yield source
        source.connection.close()


@contextmanager
def deriving(
    rows: list[Row],
    tables: lookback.Tables,
    dictionary: Dictionary,
    derived: tuple[Derived, ...],
    most: int | None = None,
) -> Iterator[Opened]:
    """The same, with derived columns."""
    with opened(rows, tables, dictionary, most) as source:
        yield derive(source, extended(dictionary, derived), derived)


def told(source: Opened, derived: tuple[Derived, ...]) -> list[Row]:
    """What was derived, row by row."""
    names = ", ".join(f"{source.derived[one.name]}" for one in derived)
    joined = source.joined("data", Binder())
    found = source.ask(f"SELECT person, {names} FROM {joined} ORDER BY person NULLS FIRST", {})
    return [dict(zip(["person", *(one.name for one in derived)], row, strict=True)) for row in found]


@few
@pytest.mark.parametrize("most", [None, 2000], ids=["at once", "in parts"])
@given(data=datasets())
def test_each_value_is_what_its_definition_says(data: tuple[list[Row], Any], most: int | None) -> None:
    """Of every person, in one part or in several."""
    rows, tables = data
    expected = lookback.derived(rows, tables, EXTENDED, DERIVED)
    with deriving(rows, tables, DICTIONARY, DERIVED, most) as source:
        found = told(source, DERIVED)
    names = ["person", *(one.name for one in DERIVED)]
    wanted = [{name: row[name] for name in names} for row in expected]
    assert found == sorted(wanted, key=lambda row: str(row["person"]))


def _visit(**columns: Any) -> Row:
    row = {"who": "p0", "day": date(2020, 1, 2), "until": None, "kind": 1, "value": 2.0}
    return {**row, **columns}


def test_what_is_outside_is_missing() -> None:
    """A value beyond the bounds that a column has, and a sum of too many rows."""
    rows = [{"person": "p0", "born": None, "seen": None, "sex": "f"}]
    visits = [_visit(value=7.25), _visit(day=date(2020, 1, 3)), _visit(day=date(2020, 1, 4))]
    with deriving(rows, {"visits": visits, "drugs": []}, DICTIONARY, DERIVED) as source:
        [found] = told(source, DERIVED)
    assert (found["often"], found["most"]) == (3, 7.25)
    assert (found["value"], found["few"]) == (None, None)


def test_sums() -> None:
    """Of equal numbers, of none, of rows that all lack one, of what is no number that a column can hold."""
    rows = [{"person": f"p{at}", "born": None, "seen": None, "sex": "f"} for at in range(4)]
    visits = [
        *[_visit(who="p0", value=value, kind=1) for value in (0.1, 0.2, 0.2, 0.7)],
        *[_visit(who="p1", value=value, kind=None) for value in (-1.0, math.nan, None)],
        *[_visit(who="p3", value=1.5e308, kind=3) for _ in range(4)],
    ]
    written = [
        {"name": "all", "as": "sum(visits.value)"},
        {"name": "each", "as": "mean(visits.value)"},
        {"name": "kinds", "as": "sum(visits.kind)", "bounds": [0, 10]},
        {"name": "days", "as": "sum(visits.value within 3 days from born)"},
    ]
    derived = parse([Written.read(one, "a law") for one in written], DICTIONARY, "a law") or ()
    with deriving(rows, {"visits": visits, "drugs": []}, DICTIONARY, derived) as source:
        found = [tuple(row.values())[1:] for row in told(source, derived)]
    assert found == [
        (0.1 + 0.2 + 0.2 + 0.7, (0.1 + 0.2 + 0.2 + 0.7) / 4, 4, None),
        (None, None, None, None),
        (0, None, 0, None),
        (None, None, None, None),
    ]


def test_a_person_who_is_there_twice() -> None:
    """As no dictionary allows, and noise has to bear: both rows have the values of one."""
    row = {"person": "p0", "born": date(2020, 1, 1), "seen": None, "sex": "f"}
    rows = [row, {**row, "born": date(2020, 1, 3)}]
    with deriving(rows, {"visits": [_visit()], "drugs": []}, DICTIONARY, DERIVED) as source:
        found = told(source, DERIVED)
    assert [(one["often"], one["days"]) for one in found] == [(1, 1), (1, 1)]


@few
@given(
    data=datasets(),
    where=st.sampled_from([None, "often > 1", "value is not null", "index > born", "treated"]),
)
def test_both_engines_answer_the_same_of_what_is_derived(
    data: tuple[list[Row], Any], where: str | None
) -> None:
    """As of columns that a site has: tables, moments, cohorts, and who stands behind them."""
    rows, tables = data
    cohort = None if where is None else condition(where, EXTENDED, "a law")
    if cohort is not None:
        check(cohort, EXTENDED)
    flat = lookback.derived(rows, tables, EXTENDED, DERIVED)
    asked = [
        Crosstab(by=("kind", "treated", "sex")),
        Summary(columns=("often", "value", "days", "spent", "average"), by=("many",)),
    ]
    with deriving(rows, tables, DICTIONARY, DERIVED) as source:
        for one in asked:
            analytic = one.resolved(EXTENDED, "a law")
            duck = DuckRows(source, EXTENDED, cohort, analytic.reads())
            memory = MemoryRows(flat, EXTENDED, cohort, analytic.reads())
            (shape, evidence), (other, also) = (
                unsealed(analytic.local(duck)),
                unsealed(analytic.local(memory)),
            )
            assert_same(shape, other)
            assert (evidence.cohort, evidence.population, evidence.outside) == (
                also.cohort,
                also.population,
                also.outside,
            )


@st.composite
def _wild(draw: st.DrawFn) -> tuple[list[Row], lookback.Tables]:
    """The same, where persons have several rows, or none of their own."""
    rows, tables = draw(datasets())
    return [*rows, *({**row, "person": draw(st.sampled_from([*_PERSONS, None]))} for row in rows)], tables


@few
@given(data=_wild(), where=st.sampled_from([None, "often > 1", "treated"]))
def test_a_person_fewer_moves_a_vector_no_further_than_one_row(
    data: tuple[list[Row], Any], where: str | None
) -> None:
    """Under differential privacy: each person in turn is taken away, with all rows of all tables."""
    asked = [Crosstab(by=("kind", "treated", "sex")), Summary(columns=("few", "value"), by=("many",))]
    for one in asked:
        form, whole = _vector(one, where, *data)
        for person in _PERSONS:
            _, other = _vector(one, where, *_without(data, person))
            assert apart(form, whole, other) <= form.steps


def _without(data: tuple[list[Row], lookback.Tables], person: str) -> tuple[list[Row], lookback.Tables]:
    rows, tables = data
    kept = {name: [row for row in some if person not in row.values()] for name, some in tables.items()}
    return [row for row in rows if row["person"] != person], kept


def _vector(
    one: Any, where: str | None, rows: list[Row], tables: lookback.Tables
) -> tuple[Form, tuple[int, ...]]:
    analytic = one.resolved(EXTENDED, "a law")
    cohort = None if where is None else condition(where, EXTENDED, "a law")
    with deriving(rows, tables, DICTIONARY, DERIVED) as source:
        bounded = BoundedRows(source, EXTENDED, cohort, analytic.reads(), Contribution(), KEY)
        found = analytic.local(bounded)
    assert isinstance(found, Bounded)
    return found.unseal_for_noise()


def test_no_value_fails(tmp_path: Path) -> None:
    """Dates without end, numbers of 128 bits, keys in other types: each is a value, or missing."""
    path = tmp_path / "wild.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute(
            "CREATE TABLE people AS SELECT who::UBIGINT AS person, day AS born, day::TIMESTAMP AS seen, "
            "'f'::ENUM ('f', 'm') AS sex FROM (VALUES (1, DATE 'infinity'), (2, DATE '-infinity'), "
            "(3, DATE '290000-01-01'), (18446744073709551615, DATE '2020-01-01')) AS t (who, day)"
        )
        made.execute(
            "CREATE TABLE visits AS SELECT p.person::HUGEINT AS who, d.born AS day, d.born AS until, "
            "170141183460469231731687303715884105727::HUGEINT AS kind, v AS value "
            "FROM people AS p, people AS d, (VALUES ('nan'::FLOAT), ('-inf'::FLOAT), (0.1::FLOAT)) AS t (v)"
        )
        made.execute(
            "CREATE TABLE drugs AS SELECT person::DOUBLE + 0.25 AS id, seen::TIMESTAMPTZ AS at, "
            "'a' AS name, true AS new FROM people"
        )
    keyed = {**DICTIONARY.json_value(), "person_id": "person"}
    keyed["columns"]["person"]["type"] = "integer"
    keyed["tables"]["visits"]["columns"]["who"]["type"] = "integer"
    keyed["tables"]["drugs"]["columns"]["id"]["type"] = "integer"
    agreed = Dictionary.read(keyed, "a test")
    events = {name: EventFiles(table=name) for name in ("visits", "drugs")}
    source = Source(kind="duckdb", paths=(str(path),), table="people", events=events)
    place = open_source(source, 500, 1)
    with closing(place.connection):
        found = told(derive(place, extended(agreed, DERIVED), DERIVED), DERIVED)
    by_person = {row["person"]: row for row in found}
    assert len(found) == 4
    assert by_person[1]["index"] is None and by_person[1]["often"] == 12
    assert by_person[1]["most"] == pytest.approx(0.1)
    assert by_person[1]["soon"] is None and by_person[1]["treated"] is False
    assert by_person[2**64 - 1]["often"] is None  # a key that is too large for 64 bits is nobody's


@pytest.mark.parametrize("one", DERIVED, ids=lambda one: one.name)
def test_words_are_what_was_written(one: Derived) -> None:
    """What people approve can be written again, and is the same tree."""
    above = DERIVED[: DERIVED.index(one)]
    text = definition(one.model_copy(update={"bounds": None}))
    again = Written.read({"name": one.name, "as": text}, "a law")
    known = parse([*(_again(other) for other in above), again], DICTIONARY, "a law")
    assert known is not None
    assert known[-1].of == one.of


def _again(one: Derived) -> Written:
    return Written.read(
        {"name": one.name, "as": definition(one.model_copy(update={"bounds": None}))}, "a law"
    )

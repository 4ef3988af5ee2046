"""What an analytic is: declared fields, what it reads, the site's step, and the answer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import AfterValidator, Field

from fedcli.errors import fault
from fedcli.model.dataset import NUMERIC, Column, Dictionary, Unit
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName
from fedcli.model.policy import Contribution, Mode
from fedcli.model.result import Answer
from fedcli.model.trained import Predictor
from fedcli.statistics.planned import planned
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Outline, Sealed
from fedcli.statistics.shape import Shape
from fedcli.statistics.synthesis import Effect

S = TypeVar("S", bound=Shape)
T = TypeVar("T", bound=Document)


@dataclass(frozen=True, slots=True)
class As:
    """How a parameter uses the columns that it names, and how many levels they must have."""

    use: Literal["group", "model", "describe"]
    levels: int | None = None

    def check(self, name: ColumnName, column: Column) -> None:
        """Raise unless the dictionary lets the column be used so."""
        use = column.described_as if self.use == "describe" else self.use
        if column.sensitivity == "identifier" or use not in column.use:
            raise fault("Q-USE", column=name, use=use)
        if use == "model" and column.type not in NUMERIC:
            raise fault("Q-TYPE", column=name, type=column.type, wanted="a number")
        if use == "group" and not column.categories:
            raise fault("Q-LEVELS", column=name)
        if self.levels not in (None, len(column.categories)):
            raise fault("Q-TYPE", column=name, type=column.type, wanted=f"one with {self.levels} levels")


def once(names: tuple[ColumnName, ...]) -> tuple[ColumnName, ...]:
    """The same names, each of which is there once."""
    if len(set(names)) != len(names):
        raise ValueError("a column is named twice")
    return names


#: Columns of numbers, in the order of the answer.
Numerics = Annotated[
    tuple[ColumnName, ...],
    As("model"),
    AfterValidator(once),
    Field(min_length=1, max_length=100, description="numeric columns"),
]
#: Columns with declared levels, in the order of the answer.
Categories = Annotated[
    tuple[ColumnName, ...],
    As("group"),
    AfterValidator(once),
    Field(max_length=6, description="columns with declared levels"),
]
#: One column of numbers.
Numeric = Annotated[ColumnName, As("model"), Field(description="a numeric column")]
#: One column with declared levels.
Category = Annotated[ColumnName, As("group"), Field(description="a column with declared levels")]
#: One column with two declared levels.
OfTwo = Annotated[
    ColumnName,
    As("group", levels=2),
    Field(description="a column with two declared levels, or true and false"),
]
#: Columns to describe, in the order of the answer: by their levels where they have some, else as numbers.
Described = Annotated[
    tuple[ColumnName, ...],
    As("describe"),
    AfterValidator(once),
    Field(min_length=1, max_length=100, description="columns: numbers, or with declared levels"),
]
#: What a count counts.
Counted = Annotated[
    Unit | None, Field(description='count "person"s or "row"s; by default the unit of the dictionary')
]


class Analytic(Document, Generic[S]):
    """An approved question. Its fields are its parameters, its JSON Schema, its help and its manual.

    Subclass with `name` and `version`; write `local` and `answer`. It never sees a row, a policy, or
    a column that its fields do not name, so it cannot weaken or skip its own check.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    example: ClassVar[str]
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control", "differential-privacy")
    #: Whether a site is a stratum of its own: the sum of all sites is not that of their rows together.
    stratified: ClassVar[bool] = False
    registered: ClassVar[dict[str, type[Analytic[Any]]]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        """Register an analytic under its name; parametrised bases pass without one."""
        if "name" not in options:
            return
        ours = {"id", "analytic", *Analytic.__annotations__, *dir(Analytic)}
        reserved = {name for name in ours if not name.startswith("_")}
        if clash := reserved & set(cls.model_fields):
            raise TypeError(f"{cls.__name__}: a parameter may not be called {sorted(clash)}")
        cls.name, cls.version = options["name"], options["version"]
        Analytic.registered[cls.name] = cls

    def __init_subclass__(cls, name: str | None = None, version: int | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)

    @abstractmethod
    def local(self, rows: Rows) -> Sealed[S]:
        """The site's step: ask the rows for a shape."""

    @abstractmethod
    def answer(self, total: S) -> Answer:
        """Scalars and tables, with the field's names, from the shape of all sites together."""

    @property
    def effect_columns(self) -> tuple[str, ...]:
        """The columns that say what an effect is of by which sites are compared; by default there is none."""
        return ()

    def effects(self, part: S) -> Iterable[Effect]:
        """What one site's answer estimates alone, where all of its numbers are known."""
        del part
        return ()

    def predictors(self, answer: Answer, dictionary: Dictionary) -> Iterable[Predictor]:
        """What an answer says as models that predict, under the dictionary of its query; by default none."""
        del answer, dictionary
        return ()

    def within_noise(self, answer: Answer) -> Answer:
        """An answer under noise, once it is known how far the noise may have moved each of its numbers.

        Intervals of chance alone are made to hold the noise.
        """
        return answer

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """The analytic with everything spelt out that its author may leave to the dictionary."""
        del dictionary, where
        return self

    def told(self) -> dict[str, Any]:
        """The parameters as people read them."""
        value: dict[str, Any] = self.json_value()
        return value

    def reads(self) -> frozenset[ColumnName]:
        """All columns that it may see: those that its parameters name."""
        return frozenset(name for name, _ in self._columns())

    def outline(self, dictionary: Dictionary, contribution: Contribution | None = None) -> Shape:
        """The shape that the answer will have, from public facts alone.

        With a contribution it is the noisy one of differential privacy, where a person counts so much.

        Raises:
            InvalidFile: Q-EXACT, or Q-NOISE, where it is not answered in that mode.
        """
        self.check_mode("disclosure-control" if contribution is None else "differential-privacy")
        return outlined(self.local(planned(dictionary, contribution)))

    def check_mode(self, mode: Mode) -> None:
        """Raise Q-EXACT, or Q-NOISE, unless it is answered in a mode of privacy."""
        if mode not in self.modes:
            code = "Q-EXACT" if mode == "disclosure-control" else "Q-NOISE"
            raise fault(code, what=f"the analytic {self.name}")

    def check_sites(self, sites: int) -> None:
        """Raise where fewer sites are asked than an answer needs; by default any number will do."""
        del sites

    @property
    def draws(self) -> int:
        """How many draws of noise it takes under differential privacy: one for each round."""
        return 1

    def check(self, dictionary: Dictionary) -> None:
        """Raise unless the dictionary has the columns, in the types and uses that the parameters want."""
        for name, role in self._columns():
            role.check(name, dictionary.column(name))

    def _columns(self) -> Iterator[tuple[ColumnName, As]]:
        for field, info in type(self).model_fields.items():
            for role in info.metadata:
                if isinstance(role, As):
                    named = getattr(self, field)
                    yield from (
                        (name, role) for name in ((named,) if isinstance(named, str) else named or ())
                    )


class Iterative(Analytic[S], Generic[S, T]):
    """A question that is asked again from round to round, each time at a state.

    The state of a round follows from the sites' releases of the round before, by one pure function that
    the researcher and every site compute. It is a document, so that it can be signed.
    """

    most_rounds: ClassVar[int] = 25
    #: Whether a round goes on without a site that did not answer it, and that may answer the next.
    absences: ClassVar[bool] = False
    state: ClassVar[type[Document]]

    @property
    def longest(self) -> int:
        """The most rounds that it can take, as it was asked."""
        return self.most_rounds

    def local(self, rows: Rows) -> Sealed[S]:
        """The first round."""
        return self.local_at(rows, None)

    @abstractmethod
    def local_at(self, rows: Rows, state: T | None) -> Sealed[S]:
        """The site's step at a state; None before there is one."""

    @abstractmethod
    def step(self, state: T | None, total: S) -> T:
        """The next state, from one and all sites' answers to it."""

    def seeded(self, state: T, seed: str) -> T:
        """The first state, with what is drawn by lot from a digest; by default nothing is."""
        del seed
        return state

    @abstractmethod
    def finished(self, state: T) -> bool:
        """Whether no more rounds are needed."""

    def loss(self, state: T) -> float | None:
        """What the rounds make small, as far as it is known at a state; None where that is nothing."""
        del state
        return None

    @abstractmethod
    def answer_at(self, state: T, total: S) -> Answer:
        """The answer from the last state, and from the answers that led to it."""

    def effects_at(self, state: T, part: S) -> Iterable[Effect]:
        """What one site's answer in the last round estimates alone."""
        del state, part
        return ()

    def answer(self, total: S) -> Answer:
        """The answer after one round."""
        return self.answer_at(self.step(None, total), total)

    def outline_at(
        self, dictionary: Dictionary, state: T | None, contribution: Contribution | None = None
    ) -> Shape:
        """The shape of a site's answer in a round."""
        return outlined(self.local_at(planned(dictionary, contribution), state))


def outlined(sealed: Sealed[Any]) -> Shape:
    """The shape of an outline."""
    assert isinstance(sealed, Outline)
    shape: Shape = sealed.shape
    return shape

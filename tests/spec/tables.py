"""What an example is about: a made-up table of counts, of means, or of maxima, with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import partial
from itertools import accumulate, pairwise, product
from typing import Any, ClassVar, Self, TypeAlias

from pyroaring import BitMap

from fedcli.model.cells import Axis, Cell, Gap
from fedcli.model.disclosure import Statbarn
from fedcli.model.policy import Disclosure
from fedcli.statistics.bundle import Bundle
from fedcli.statistics.counts import Counts
from fedcli.statistics.evidence import Evidence
from fedcli.statistics.members import WITHOUT_LEVEL, Grouping, Members, Place
from fedcli.statistics.moments import Moments
from fedcli.statistics.seal import Exact
from fedcli.statistics.shape import Field, Shape
from tests.spec.fitted import Fitted

LETTERS = "abcdefgh"
NUMBERS = "12345678"
Figure: TypeAlias = int | float | tuple[Any, ...] | None


@dataclass(frozen=True, kw_only=True)
class Counted:
    """How many persons there are in each cell of a table; `rows`, where rows are counted instead.

    `outside` persons have no row in the cohort; `partly` have one in it and one outside. With `levels`
    the table is of one column in each ward, and `missing` is told for each ward.
    """

    persons: tuple[int, ...]
    rows: tuple[int, ...] | None = None
    levels: tuple[str, ...] = ()
    missing: int | tuple[int, ...] = 0
    outside: int = 0
    partly: int = 0
    lengths: tuple[int, ...] = ()
    per_person: int | None = 1

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Wards (letters), wards by years (numbers), or a column's levels in wards."""
        if self.levels:
            wards = LETTERS[: len(self.persons) // len(self.levels)]
            return (Axis(name="answer", levels=self.levels), Axis(name="ward", levels=tuple(wards)))
        lengths = self.lengths or (len(self.persons),)
        return tuple(
            Axis(name=name, levels=tuple(levels[:length]))
            for name, levels, length in zip(("ward", "year"), (LETTERS, NUMBERS), lengths, strict=False)
        )

    def shape(self) -> Shape:
        """The exact counts."""
        cells = {"count": self.rows or self.persons, "missing": self.lacking}
        return Counts(self.axes, cells, per_person=self.per_person, within=int(bool(self.levels)))

    @property
    def lacking(self) -> tuple[int, ...]:
        """Who lacks a level, in each ward where the table is of levels in wards."""
        if isinstance(self.missing, tuple):
            return self.missing
        return (self.missing,) * (len(self.axes[-1].levels) if self.levels else 1)

    def figures(self) -> dict[str, dict[str, tuple[Any, ...]]]:
        """The evidence by kind and field."""
        return {"persons": {"count": self.persons, "missing": self.lacking}}

    def cohort(self) -> int:
        """How many persons the question is about."""
        return sum(self.persons) + sum(self.lacking)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Means of one or more variables, one row for each person unless `rows` says otherwise.

    The default is 20 persons whose costs add up to 1000; a figure that is one number holds for all
    cells. The default figures fit together, and pass every rule.
    """

    persons: tuple[int, ...] = (20,)
    rows: tuple[int, ...] | None = None
    groups: tuple[str, ...] = ()
    variables: tuple[str, ...] = ("cost",)
    per_person: int | None = 1
    bounds: tuple[float, float] | None = (0, 1000)
    outside: int = 0
    partly: int = 0
    whole: bool = False
    missing: Figure = 0
    mean: Figure = 50.0
    m2: Figure = 20000.0
    total: Figure = 1000.0
    largest: Figure = 120.0
    second: Figure = 100.0
    contributors: Figure = None
    constant: Figure = 0
    spread: Figure = 0.245

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The variables, and the wards where there are groups."""
        variables = Axis(name="variable", levels=self.variables)
        return (variables, Axis(name="ward", levels=self.groups)) if self.groups else (variables,)

    def row(self, name: str) -> tuple[Any, ...]:
        """A figure in every cell."""
        figure = getattr(self, name)
        if figure is None and name in ("contributors", "rows"):
            figure = self.persons
            if name == "contributors" and self.rows is None:  # one of them has the highest value
                figure = tuple(max(persons - 1, 0) for persons in self.persons)
        return figure if isinstance(figure, tuple) else (figure,) * len(self.persons)

    def shape(self) -> Shape:
        """The exact moments."""
        cells = {"n": self.row("rows"), **{name: self.row(name) for name in ("missing", "mean", "m2")}}
        bounds = (self.bounds,) * len(self.variables)
        whole = (self.whole,) * len(self.variables)
        return Moments(self.axes, cells, per_person=self.per_person, bounds=bounds, whole=whole)

    def figures(self) -> dict[str, dict[str, tuple[Any, ...]]]:
        """The evidence by kind and field."""
        of_mean = {
            "contributors": "contributors",
            "magnitude": "total",
            "largest": "largest",
            "second": "second",
        }
        persons = {"missing": self.row("missing")} | dict.fromkeys(("n", "mean", "m2"), self.persons)
        return {
            "persons": persons,
            **{kind: {"mean": self.row(name)} for kind, name in of_mean.items()},
            "constant": dict.fromkeys(("mean", "m2"), self.row("constant")),
            "spread": {"m2": self.row("spread")},
        }

    def cohort(self) -> int:
        """How many persons the question is about."""
        return sum((*self.persons, *self.row("missing"))) // len(self.variables)

    def told(self, always: tuple[str, ...]) -> dict[str, tuple[Any, ...]]:
        """The figures that an example sets, and those that its rule looks at."""
        names = [one.name for one in fields(self)][fields(self).index(_field(self, "missing")) :]
        usual = Measured(persons=self.persons, rows=self.rows)
        return {name: self.row(name) for name in names if name in always or self.row(name) != usual.row(name)}


@dataclass(frozen=True, kw_only=True)
class Extremes:
    """The largest value of a variable in each ward."""

    persons: tuple[int, ...] = (1000,)
    maximum: tuple[float, ...] = (987.0,)
    outside: int = 0
    partly: int = 0

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The wards."""
        return (Axis(name="ward", levels=tuple(LETTERS[: len(self.maximum)])),)

    def shape(self) -> Shape:
        """The exact maxima."""
        return Maxima(self.axes, {"maximum": self.maximum})

    def figures(self) -> dict[str, dict[str, tuple[Any, ...]]]:
        """The evidence by kind and field."""
        return {"persons": {"maximum": self.persons}}

    def cohort(self) -> int:
        """How many persons the question is about."""
        return sum(self.persons)


class Maxima(Shape):
    """A shape that fedcli does not have, and that the gate would not let out."""

    __slots__ = ()
    kind: ClassVar[str] = "maxima"

    @property
    def fields(self) -> tuple[Field, ...]:
        """One field of end points."""
        return (Field("maximum", Statbarn.ENDPOINTS),)

    def __add__(self, other: Self) -> Self:
        """Not needed: none leaves."""
        raise NotImplementedError

    def gap(self, field: Field, index: int, rules: Disclosure, primary: bool) -> Gap:
        """Nothing is known of it."""
        del field, index, rules, primary
        return Gap()

    def having(self, cells: Mapping[str, tuple[Cell, ...]], digits: Mapping[str, int] | None = None) -> Self:
        """The same wards with other cells."""
        return type(self)(self.axes, cells, digits)


class Unjudged(Maxima):
    """A shape without a field: nothing in it that a rule could look at."""

    __slots__ = ()
    kind: ClassVar[str] = "unjudged"

    @property
    def fields(self) -> tuple[Field, ...]:
        """None."""
        return ()


@dataclass(frozen=True, kw_only=True)
class Described:
    """Several columns of the same persons in the same wards, each a table of its levels or a mean."""

    parts: Mapping[str, Counted | Measured]
    outside: int = 0
    partly: int = 0

    @property
    def persons(self) -> tuple[int, ...]:
        """Those that the question is about."""
        return (self.cohort(),)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Each part has its own."""
        return ()

    def shape(self) -> Shape:
        """All parts in one bundle."""
        return Bundle({name: part.shape() for name, part in self.parts.items()})

    def figures(self) -> dict[str, dict[str, tuple[Any, ...]]]:
        """The evidence of all parts."""
        found: dict[str, dict[str, tuple[Any, ...]]] = {}
        for name, part in self.parts.items():
            for kind, rows in part.figures().items():
                found.setdefault(kind, {}).update({f"{name}.{field}": row for field, row in rows.items()})
        return found

    def cohort(self) -> int:
        """How many persons the question is about."""
        return max(part.cohort() for part in self.parts.values())


Given: TypeAlias = Counted | Measured | Extremes | Described | Fitted


def axes_of(given: Given | None, field: str) -> tuple[Axis, ...]:
    """What a field's cells are named by."""
    if isinstance(given, Described):
        return given.parts[field.rpartition(".")[0]].axes
    return given.axes if given else ()


def members(given: Given) -> Members:
    """Who is in the cells of a table: the first ordinals in the first cell, and so on."""
    assert isinstance(given, Counted)
    ends = [0, *accumulate((*given.persons, *given.lacking))]
    sets = [BitMap(range(first, last)) for first, last in pairwise(ends)]
    levels = product(*(axis.levels for axis in given.axes))
    cells = [Place(sets[at], level, (("count", at),)) for at, level in enumerate(levels)]
    missing = Place(sets[len(cells)], (WITHOUT_LEVEL,) * len(given.axes), (("missing", 0),))
    columns = tuple(axis.name for axis in given.axes)
    return Members(BitMap(range(ends[-1])), (Grouping(columns, (*cells, missing)),))


def evidence(given: Given, lacking: str = "") -> Evidence:
    """What the checks know, without one kind of figure where an example wants that."""
    figures: Any = {kind: row for kind, row in given.figures().items() if kind != lacking}
    cohort = given.cohort()
    return Evidence(
        figures,
        cohort=cohort,
        population=cohort + given.outside,
        outside=given.outside + given.partly,
        members=partial(members, given),
    )


def exact(given: Given, lacking: str = "") -> Exact[Shape]:
    """What the engine would hand to the gate."""
    return Exact(given.shape(), evidence(given, lacking))


def places(axes: tuple[Axis, ...]) -> list[str]:
    """A name for each cell; an axis with one level needs none."""
    levels = [axis.levels if len(axis.levels) > 1 else ("",) for axis in axes]
    return [" ".join(str(level) for level in place if level != "") for place in product(*levels)]


def _field(of: Measured, name: str) -> Any:
    [found] = [one for one in fields(of) if one.name == name]
    return found

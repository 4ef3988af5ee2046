"""Evidence: what checks need to know of a shape's cells beyond the cells themselves.

It is filled by the engine in the pass that fills the shape, it stays inside the vault, and what is
not there cannot be taken for a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import inf, nextafter
from typing import Literal, NoReturn, Self, TypeAlias

from fedcli.errors import fault
from fedcli.statistics.members import Members

Kind = Literal[
    "persons",  # how many persons contribute to the cell
    "magnitude",  # the sum over persons of the absolute value of a person's total
    "largest",  # the largest of these
    "second",  # the second largest
    "contributors",  # persons with another value than zero, or than an end that half share: the fewest
    "constant",  # 1 where all values in the cell are the same, else 0
    "spread",  # the largest share of one person in the sum of squared deviations, 0 to 1
    "cells",  # of a model: the fewest persons in a cell of its tables, or beside a number that most share
    "inhabited",  # of a model: 1 where each of these has somebody, else 0; `cells` is of those that have
    "residual",  # of a model: persons less parameters
    "stratum",  # of a model: the persons for each parameter, or leaf, in the smaller outcome group
]
Figures = tuple[int | float, ...]
#: A total of persons' parts by size, the largest and the second largest of them.
Top: TypeAlias = tuple[float, float, float]
NOTHING: Top = (0.0, 0.0, 0.0)


class Evidence:
    """Figures by kind and field, aligned with the field's cells; persons in and out of the cohort.

    `cohort` and `population` are persons with a row in the cohort and in the dataset, `outside` those
    with a row that is not in the cohort; without it, nobody has rows in both. `members` finds who is behind
    each count, for the memory of releases.
    """

    __slots__ = ("__figures", "__members", "cohort", "outside", "population")

    def __init__(
        self,
        figures: Mapping[Kind, Mapping[str, Figures]],
        cohort: int,
        population: int,
        outside: int | None = None,
        members: Callable[[], Members] | None = None,
    ) -> None:
        self.__figures = figures
        self.__members = members
        self.cohort = cohort
        self.population = population
        self.outside = population - cohort if outside is None else outside

    @classmethod
    def together(cls, parts: Mapping[str, Evidence]) -> Self:
        """The evidence of several parts of one cohort, each field under `part.field`."""
        figures: dict[Kind, dict[str, Figures]] = {}
        for name, part in parts.items():
            for kind, known in part.__figures.items():
                figures.setdefault(kind, {}).update({f"{name}.{field}": row for field, row in known.items()})
        one = next(iter(parts.values()))
        return cls(
            figures,
            cohort=one.cohort,
            population=one.population,
            outside=one.outside,
            members=lambda: Members.together({name: part.members() for name, part in parts.items()}),
        )

    def __repr__(self) -> str:
        return "<Evidence sealed>"

    def __reduce_ex__(self, _: object) -> NoReturn:
        raise TypeError("evidence cannot be copied or pickled")

    def of(self, kind: Kind, field: str) -> Figures:
        """The figures of one kind for one field.

        Raises:
            Bug: B-EVIDENCE when they were not gathered. Silence is an error, never a pass.
        """
        figures = self.known(kind, field)
        if figures is None:
            raise fault("B-EVIDENCE", evidence=kind, field=field)
        return figures

    def members(self) -> Members:
        """Who is behind each count.

        Raises:
            Bug: B-EVIDENCE when nobody can say.
        """
        if self.__members is None:
            raise fault("B-EVIDENCE", evidence="members", field="counts")
        return self.__members()

    def known(self, kind: Kind, field: str) -> Figures | None:
        """The figures of one kind for one field where there are any: to be shown, not to be judged."""
        return self.__figures.get(kind, {}).get(field)


def worst(totals: Iterable[Top]) -> Top:
    """One total that fails where any of some totals does, whatever the rule's share; as parts of 1.

    A quotient is rounded up, so that a share that is reached exactly is still reached.
    """
    some = [top for top in totals if top[0] > 0]
    if len(some) < 2:
        return some[0] if some else NOTHING
    first = nextafter(max(largest / whole for whole, largest, _ in some), inf)
    both = nextafter(max((largest + second) / whole for whole, largest, second in some), inf)
    return 1.0, first, nextafter(max(both - first, 0.0), inf)

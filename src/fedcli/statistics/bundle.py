"""Bundle: several shapes about the same groups as one answer, judged and suppressed together.

Every part adds up to the same groups: those of a column's levels and those without a value are the
group, whatever the column. So a cell that one part hides could be worked out from the others, and
what is hidden in one part hides cells in all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import ClassVar, Self, TypeVar

from fedcli.errors import fault
from fedcli.model.cells import Axis, Cell, Gap
from fedcli.model.policy import Disclosure, Rounding
from fedcli.statistics.interval import Span, add, span, value_of, whole_gap, within
from fedcli.statistics.shape import Field, Mask, Masks, Parcel, Shape

T = TypeVar("T")
#: Fields of whole parcels: a group's size, which another part may tell, is their sum.
_ADDED = ("count", "missing")


class Bundle(Shape):
    """Named parts over the same groups; a field of a part is `part.field`, and axes stand in a row."""

    __slots__ = ("parts",)
    kind: ClassVar[str] = "bundle"

    def __init__(self, parts: Mapping[str, Shape]) -> None:
        self.parts = dict(parts)
        if len({part.groups for part in self.parts.values()}) != 1:
            raise fault("B-SHAPE", kind=self.kind)
        axes = tuple(axis for part in self.parts.values() for axis in part.axes)
        cells = {f"{name}.{field}": row for name, part in parts.items() for field, row in part.cells.items()}
        super().__init__(axes, cells)
        for name, part in parts.items():
            self.digits |= {f"{name}.{field}": digits for field, digits in part.digits.items()}

    @property
    def fields(self) -> tuple[Field, ...]:
        """Those of all parts."""
        return tuple(
            replace(field, name=f"{name}.{field.name}")
            for name, part in self.parts.items()
            for field in part.fields
        )

    @property
    def groups(self) -> tuple[Axis, ...]:
        """Those of every part."""
        return next(iter(self.parts.values())).groups

    def parcels(self) -> list[list[Parcel]]:
        """Those of all parts, group by group."""
        found = [
            [[self._named(name, parcel) for parcel in parcels] for parcels in part.parcels()]
            for name, part in self.parts.items()
        ]
        return [[parcel for parcels in group for parcel in parcels] for group in zip(*found, strict=True)]

    def having(self, cells: Mapping[str, tuple[Cell, ...]], digits: Mapping[str, int] | None = None) -> Self:
        """The same parts with other cells."""
        known = digits or {}
        return type(self)(
            {name: part.having(_of(name, cells), _of(name, known)) for name, part in self.parts.items()}
        )

    def __add__(self, other: Self) -> Self:
        """Part by part."""
        self.check_like(other)
        return type(self)({name: part + other.parts[name] for name, part in self.parts.items()})

    def check_like(self, other: Self) -> None:
        """Raise unless the parts have the same names, too."""
        super().check_like(other)
        if other.parts.keys() != self.parts.keys():
            raise fault("B-SHAPE", kind=self.kind)

    def linked(self, masks: Masks) -> Masks:
        """What each part links, and what the parts' common groups would give away.

        In a group with a hidden count no `missing` is released, in any part: nothing tells the size of
        the group. Where somebody knows it all the same (a column that lacks no value tells it), a single
        hidden level would be what is left of it; so the levels of a column are hidden all or none.
        """
        wider = self._across({name: masks[name] for name in self.cells})
        for name, part in self.parts.items():
            wider |= {f"{name}.{field}": mask for field, mask in part.linked(_of(name, wider)).items()}
        return wider if wider == masks else self.linked(wider)

    def gap(self, field: Field, index: int, rules: Disclosure, primary: bool) -> Gap:
        """As in the part; but no count says whether it failed itself or was hidden with others.

        The small ones among hidden levels would else have an upper end, and the group's size another.
        """
        part, inner = self._inner(field)
        return part.gap(inner, index, rules, primary and inner.name not in _ADDED)

    def step(self, field: Field, index: int, rounding: Rounding) -> float:
        """As in the part."""
        part, inner = self._inner(field)
        return part.step(inner, index, rounding)

    def sizes(self) -> tuple[Cell, ...]:
        """How large each group is, as far as its parcels tell: a number, or what all of them allow."""
        return tuple(_narrowest([self._sum(parcel) for parcel in parcels]) for parcels in self.parcels())

    def length(self, field: Field) -> int:
        """As in the part."""
        part, inner = self._inner(field)
        return part.length(inner)

    def lines(self, field: Field) -> list[tuple[int, ...]]:
        """As in the part."""
        part, inner = self._inner(field)
        return part.lines(inner)

    def _across(self, masks: dict[str, Mask]) -> dict[str, Mask]:
        """The masks with what is hidden in other parts' stead."""
        for parcels in self.parcels():
            if any(_touched(parcel, masks) for parcel in parcels):
                for one in parcels:
                    masks[one.field] |= one.cells if masks[one.field] & one.cells else Mask()
                    masks[_missing(one)] |= one.missing
        return masks

    def _sum(self, parcel: Parcel) -> Cell:
        cells = [self.cells[parcel.field][at] for at in sorted(parcel.cells)]
        return reduce(add, cells + [self.cells[_missing(parcel)][at] for at in parcel.missing])

    def _inner(self, field: Field) -> tuple[Shape, Field]:
        """The part of a field, and the field as the part calls it."""
        name, _, inner = field.name.rpartition(".")
        return self.parts[name], replace(field, name=inner)

    @staticmethod
    def _named(name: str, parcel: Parcel) -> Parcel:
        return parcel._replace(field=f"{name}.{parcel.field}")


def _of(name: str, cells: Mapping[str, T]) -> dict[str, T]:
    """What belongs to a part, under the part's own names."""
    return {
        field.removeprefix(f"{name}."): one
        for field, one in cells.items()
        if field.rpartition(".")[0] == name
    }


def _narrowest(cells: list[Cell]) -> Cell:
    """What a number can be that every one of some intervals holds."""
    known = [cell for cell in cells if isinstance(cell, int | float)]
    if known:  # each with noise of its own, or all the same
        return known[0] if len(set(known)) == 1 else sum(known) / len(known)
    spans = [span(cell) for cell in cells]
    values = [number for cell in cells if (number := value_of(cell)) is not None]
    return within(
        whole_gap(Span(max(s.low for s in spans), min(s.high for s in spans))), values[0] if values else None
    )


def _missing(parcel: Parcel) -> str:
    return f"{parcel.field.rpartition('.')[0]}.missing"


def _touched(parcel: Parcel, masks: Mapping[str, Mask]) -> bool:
    """Whether a cell of a parcel is hidden."""
    return bool(masks[parcel.field] & parcel.cells or masks[_missing(parcel)] & parcel.missing)

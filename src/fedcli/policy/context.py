"""What people who review a parked release see of it: exact cells, who is behind them, as lines of text.

It is made inside the vault and is for a terminal: nobody parses it, and it is written nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from fedcli.model.cells import Cell, size
from fedcli.model.identifiers import LINE_LENGTH
from fedcli.statistics.evidence import Evidence, Figures
from fedcli.statistics.shape import Field, Mask, Shape

#: How many cells of a field are shown; a table that is larger is not read by people.
MOST = 100


def context(shape: Shape, evidence: Evidence, asking: Sequence[tuple[str, Field, Mask]]) -> Iterator[str]:
    """The persons concerned, then the cells that a check asks about; where none does, all cells.

    `asking` are checks with the field and the cells (by place) that did not pass.
    """
    yield (
        f"persons in the cohort {evidence.cohort}, in the data {evidence.population}, "
        f"with rows outside the cohort {evidence.outside}"
    )
    for name, field, mask in asking or _everything(shape):
        yield f"{name}, field {field.name}:"
        yield from _cells(shape, evidence, field, sorted(mask))


def _everything(shape: Shape) -> list[tuple[str, Field, Mask]]:
    """No check asks: people look at the whole."""
    return [("no finding", field, Mask(range(shape.length(field)))) for field in shape.fields]


def _cells(shape: Shape, evidence: Evidence, field: Field, places: list[int]) -> Iterator[str]:
    persons = evidence.known("persons", field.name)
    names = labels(shape, field)
    for place in places[:MOST]:
        told = f"{_told(shape.cells[field.name][place])}{_behind(persons, place)}"
        yield f"  {names[place][: LINE_LENGTH - 80]}: {told}"
    if len(places) > MOST:
        yield f"  and {len(places) - MOST} more cells"


def labels(shape: Shape, field: Field) -> list[str]:
    """What each cell is of: its levels, or its place where the axes do not say it."""
    if shape.length(field) != size(shape.axes):
        return [f"[{place}]" for place in range(shape.length(field))]
    named = [[f"{axis.name} = {level}" for level in axis.levels] for axis in shape.axes]
    return [", ".join(levels) or "all" for levels in product(*named)]


def _behind(persons: Figures | None, place: int) -> str:
    return "" if persons is None else f" (persons {persons[place]})"


def _told(cell: Cell) -> str:
    return f"{cell:.15g}" if isinstance(cell, float) else "-" if cell is None else str(cell)

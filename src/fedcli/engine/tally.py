"""The cells of a table of counts as they come, one combination of values after another."""

from __future__ import annotations

from fedcli.model.dataset import Unit


class Tally:
    """Rows and persons in the cells and the missing ones of a table, as a query gives them."""

    def __init__(self, cells: int, groups: int) -> None:
        self.count: dict[Unit, list[int]] = {"row": [0] * cells, "person": [0] * cells}
        self.missing: dict[Unit, list[int]] = {"row": [0] * groups, "person": [0] * groups}

    def add(self, place: int | None, group: int, rows: int, persons: int) -> None:
        """What one combination of values has; without a place it is missing in its group."""
        into, at = (self.missing, group) if place is None else (self.count, place)
        into["row"][at] += rows
        into["person"][at] += persons

    def recount_missing(self) -> None:
        """Forget what is missing, where persons of several combinations are not to be added."""
        for counts in self.missing.values():
            counts[:] = [0] * len(counts)

    def lack(self, group: int | None, rows: int, persons: int) -> None:
        """What is missing in a group, among some persons."""
        assert group is not None  # rows without a group were not asked for
        self.add(None, group, rows, persons)

    def of(self, unit: Unit) -> dict[str, tuple[int, ...]]:
        """The cells of both fields."""
        return {"count": tuple(self.count[unit]), "missing": tuple(self.missing[unit])}

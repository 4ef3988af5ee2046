"""Which of several centres a row is nearest to: groups that a question makes, of rows that lack no column."""

from __future__ import annotations

from dataclasses import dataclass

from fedcli.files.canonical import digest_of
from fedcli.model.cells import Axis, Cell, size
from fedcli.model.dataset import Dictionary
from fedcli.model.derived import AND, AS
from fedcli.model.identifiers import SHORT, ColumnName
from fedcli.statistics.moments import Moments

Centre = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Nearest:
    """Some columns, the places of centres in them, and the lengths that count as one in each column.

    Distances are Euclid's, and the first of several nearest centres is the one.
    """

    columns: tuple[ColumnName, ...]
    centres: tuple[Centre, ...]
    lengths: tuple[float, ...]

    @property
    def name(self) -> str:
        """What engine and memory call the groups: by where they come from and what they are, as a score."""
        told = [list(self.columns), [list(one) for one in self.centres], list(self.lengths)]
        return f"{AND.join(sorted(self.columns))}{AS}{digest_of(told)[:SHORT]}"

    @property
    def axis(self) -> Axis:
        """The groups, from one on."""
        return Axis(name="cluster", levels=tuple(range(1, len(self.centres) + 1)))


def empty_clusters(dictionary: Dictionary, nearest: Nearest) -> Moments:
    """Moments of nobody, of each column in each group."""
    axes = (Axis(name="variable", levels=nearest.columns), nearest.axis)
    nobody: dict[str, tuple[Cell, ...]] = {
        "n": (0,) * size(axes),
        "missing": (0,) * size(axes),
        "mean": (None,) * size(axes),
        "m2": (None,) * size(axes),
    }
    columns = [dictionary.columns[name] for name in nearest.columns]
    return Moments(
        axes,
        nobody,
        per_person=dictionary.rows_per_person,
        bounds=tuple(one.range for one in columns),
        whole=tuple(one.whole for one in columns),
    )

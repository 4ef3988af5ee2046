"""What holding data against their dictionary found, for the site's own eyes."""

from __future__ import annotations

from fedcli.model.document import Document
from fedcli.model.identifiers import Code, ColumnName, Count, Digest


class Problem(Document):
    """A column that does not meet its dictionary, never a value of it; of events with its `table`."""

    code: Code
    table: ColumnName | None = None
    column: ColumnName | None = None
    rows: Count | None = None

    @property
    def place(self) -> str | None:
        """The column, with its table where that is beside the dataset's own."""
        return f"{self.table}.{self.column}" if self.table and self.column else self.column or self.table


class Checked(Document):
    """What a check found; `rows` is for the site's own eyes."""

    problems: tuple[Problem, ...]
    rows: Count
    persons: Count
    digest: Digest

"""What holding data against their dictionary found, for the site's own eyes."""

from __future__ import annotations

from fedcli.model.document import Document
from fedcli.model.identifiers import Code, ColumnName, Count, Digest


class Problem(Document):
    """A column that does not meet its dictionary; never a value of it."""

    code: Code
    column: ColumnName | None = None
    rows: Count | None = None


class Checked(Document):
    """What a check found; `rows` is for the site's own eyes."""

    problems: tuple[Problem, ...]
    rows: Count
    persons: Count
    digest: Digest

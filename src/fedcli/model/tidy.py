"""A result as one tidy table, by columns: what is handed to the process that writes it as Parquet."""

from __future__ import annotations

from typing import Literal, TypeAlias

from fedcli.model.document import Document

Kind: TypeAlias = Literal["text", "boolean", "integer", "real"]


class TidyColumn(Document):
    """A named column of one type; None where there is nothing."""

    name: str
    type: Kind
    values: tuple[bool | int | float | str | None, ...]


class Tidy(Document):
    """Columns of one length, and what the file says of itself."""

    columns: tuple[TidyColumn, ...]
    metadata: dict[str, str]

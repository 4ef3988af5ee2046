"""What a site remembers of its releases: opaque to the signer, read and written in the vault alone."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from fedcli.model.dataset import Level, Unit
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName, Count, Digest

#: A set of persons: the base64 text of a serialised Roaring bitmap over their ordinals.
PersonSet: TypeAlias = str


class SpotKept(Document):
    """Some persons, at these levels of the columns, and between which numbers they were told to be.

    Who they are is in the `places` of the table where everybody is in one spot at the most.
    """

    people: PersonSet = ""
    at: tuple[Level | None, ...]
    low: Count
    high: Count | None = None


class TableKept(Document):
    """The spots of one grouping, and base64 of what each person of the cohort contributed to it.

    `places`: base64 of the deflated number of each person's spot, from 1 on, 0 for none; in the order of the
    cohort's ordinals, a byte or two for each.
    """

    columns: tuple[str, ...]
    spots: tuple[SpotKept, ...]
    places: str = ""
    contributions: str = ""


class ReleaseKept(Document):
    """What one released analysis told of the persons of its cohort, and how that was chosen."""

    kind: Literal["release"] = "release"
    unit: Unit
    snapshot: Digest
    cohort: PersonSet
    decided_by: tuple[ColumnName, ...]
    predicate: str = ""
    tables: tuple[TableKept, ...]


class RegisterKept(Document):
    """Keyed digests of persons, eight bytes each, in the order of their ordinals from `first` on.

    In the first snapshot persons are numbered by their first rows.
    """

    kind: Literal["register"] = "register"
    snapshot: Digest
    first: Count
    keys: str


class Kept(Document):
    """One record of the memory."""

    schema_: Annotated[Literal["fedcli/memory/1"], Field(alias="schema")] = "fedcli/memory/1"
    record: Annotated[ReleaseKept | RegisterKept, Field(discriminator="kind")]

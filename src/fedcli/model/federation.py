"""A federation: members with their keys, and the root that a threshold of administrators signed."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from fedcli.model.document import Document
from fedcli.model.identifiers import Digest, Line, Moment, Name, PublicKey, Version
from fedcli.model.policy import Role


class Accreditation(Document):
    """Why somebody may act: a reference (training, contract) and when it ends."""

    reference: Line
    expires: Moment


class Member(Document):
    """A signing key (Ed25519) and a sealing key (X25519) with a name, an organisation and roles."""

    name: Name
    organisation: Line
    roles: Annotated[tuple[Role, ...], Field(min_length=1, max_length=7)]
    scheme: Literal["ed25519"] = "ed25519"
    signing_key: PublicKey
    sealing_key: PublicKey
    accreditation: Accreditation | None = None


class Card(Document):
    """What somebody hands over to be enrolled, signed with the keys in it."""

    schema_: Annotated[Literal["fedcli/card/1"], Field(alias="schema")] = "fedcli/card/1"
    member: Member
    issued: Moment
    replaces: PublicKey | None = None


class Agreed(Document):
    """A dictionary that the federation agreed on."""

    version: Version
    digest: Digest


class RootDraft(Document):
    """A root in the making: it may still lack members."""

    schema_: Annotated[Literal["fedcli/root/1"], Field(alias="schema")] = "fedcli/root/1"
    federation: Name
    version: Version
    threshold: Annotated[int, Field(ge=1, le=100)]
    issued: Moment
    expires: Moment
    members: Annotated[tuple[Member, ...], Field(max_length=2000)] = ()
    dictionaries: dict[Name, Agreed] = {}
    floor: dict[str, Any] = {}
    revoked: tuple[Revoked, ...] = ()

    @property
    def administrators(self) -> tuple[Member, ...]:
        """Those who sign the next root."""
        return self.having("administrator")

    def having(self, role: Role) -> tuple[Member, ...]:
        """The members with a role, in order of enrolment."""
        return tuple(member for member in self.members if role in member.roles)

    def member(self, name: Name) -> Member | None:
        """The member of a name."""
        return next((member for member in self.members if member.name == name), None)


class Root(RootDraft):
    """One version of the federation: the root of all trust in it.

    Version N + 1 is signed by `threshold` administrators of version N and by as many of its own
    (The Update Framework, specification section 5.3).
    """

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [member.name for member in self.members]
        keys = [member.signing_key for member in self.members]
        if len(set(names)) != len(names) or len(set(keys)) != len(keys):
            raise ValueError("two members share a name or a key")
        if len(self.administrators) < self.threshold:
            raise ValueError("there are fewer administrators than the threshold")
        if {entry.signing_key for entry in self.revoked} & set(keys):
            raise ValueError("a revoked key cannot be a member's")
        return self


class Revoked(Document):
    """A key that no longer counts from a version of the root on."""

    name: Name
    signing_key: PublicKey
    reason: Line
    since_version: Version

"""The answer of a command: what all of them share."""

from __future__ import annotations

from collections.abc import Iterable

from fedcli.errors import CATALOGUE, FedcliError, Outcome, gravest
from fedcli.model.document import Document
from fedcli.model.identifiers import Code
from fedcli.model.shown.told import Told


class Shown(Document, Told):
    """The answer of a command as a document."""


class Trouble(Document):
    """An error as a part of an answer: its code, its sentence and its remedy."""

    code: Code
    message: str
    fix: str

    @classmethod
    def of(cls, error: FedcliError) -> Trouble:
        """The code and sentences of an error."""
        return cls(code=error.code, message=error.what, fix=error.fix)

    @property
    def outcome(self) -> Outcome:
        """How a command ends with this error."""
        return CATALOGUE[self.code].kind.outcome


def gravest_code(troubles: Iterable[Trouble]) -> str:
    """The code of the first trouble that decides how a command with all of them ends."""
    known = list(troubles)
    decided = gravest(one.outcome for one in known)
    return next((one.code for one in known if one.outcome is decided), "")

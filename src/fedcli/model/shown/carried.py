"""What is told of carrying files between a home and its exchange."""

from __future__ import annotations

from fedcli.errors import Outcome, gravest
from fedcli.model.document import Document
from fedcli.model.shown.base import Shown, Trouble, gravest_code


class _Far(Shown):
    """An exchange, and what was wrong there; one that is not `far` is a folder that all share."""

    exchange: str
    far: bool
    problems: tuple[Trouble, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """INTEGRITY where something at the exchange is not as it must be."""
        return gravest(one.outcome for one in self.problems)

    @property
    def decided_by(self) -> str:
        """The first problem's."""
        return gravest_code(self.problems)


class CarriedShown(_Far):
    """The names that were taken and given; `left` are files that were not whole yet."""

    taken: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class NameShown(Document):
    """A name that counts: whether it is in this home, and at the exchange."""

    name: str
    here: bool
    there: bool


class NamesShown(_Far):
    """All names that count."""

    names: tuple[NameShown, ...] = ()

"""What is told of trials of a policy: a site's own cases, and attacks."""

from __future__ import annotations

from fedcli.errors import Outcome
from fedcli.model.cases import Ended
from fedcli.model.dataset import Level
from fedcli.model.document import Document
from fedcli.model.identifiers import FieldName, Name
from fedcli.model.shown.base import Shown


class EndTold(Document):
    """How an analysis ended: why, and which cells of which field are suppressed, as their levels."""

    outcome: Ended
    because: tuple[str, ...] = ()
    hidden: dict[FieldName, tuple[tuple[Level, ...], ...]] = {}


class CaseTold(Document):
    """One analysis of a case: what was expected, what was found, and how they differ."""

    file: str
    case: Name
    about: str | None = None
    analysis: Name
    holds: bool
    expected: Ended
    found: EndTold
    differs: tuple[str, ...] = ()


class PolicyTested(Shown):
    """A site's own cases under a policy."""

    policy: Name
    cases: tuple[CaseTold, ...]

    @property
    def outcome(self) -> Outcome:
        """FINDINGS where a case does not hold."""
        return Outcome.DONE if all(one.holds for one in self.cases) else Outcome.FINDINGS

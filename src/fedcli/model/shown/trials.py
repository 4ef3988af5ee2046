"""What is told of trials of a policy: a site's own cases, and attacks."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from fedcli.errors import Outcome
from fedcli.model.cases import Ended
from fedcli.model.dataset import Level
from fedcli.model.document import Document
from fedcli.model.identifiers import Count, FieldName, Name
from fedcli.model.shown.base import Shown

Rate: TypeAlias = Annotated[float, Field(ge=0, le=1)]


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


class AttackTold(Document):
    """How an attack went: rates from 0 to 1, left out where there was nothing to tell apart.

    `until` is how many questions it took to succeed; `ended` the code of the refusal that stopped it, or
    "time". `worst_decile` is the share of successes among the tenth of whom the attacker is surest.
    """

    attack: Name
    does: str
    succeeds: str
    succeeded: bool
    questions: Count
    refusals: Count
    ended: str | None = None
    until: Count | None = None
    success: Rate | None = None
    tpr_at_0_1: Rate | None = None
    tpr_at_1: Rate | None = None
    auc: Rate | None = None
    worst_decile: Rate | None = None


class Price(Document):
    """What a policy lets out of an ordinary analysis of so many persons."""

    analysis: Name
    persons: Count
    outcome: Ended
    because: tuple[str, ...] = ()
    hidden: Count = 0
    numbers: Count = 0


class PolicyAttacked(Shown):
    """Attacks against a policy on made-up persons, and its price."""

    policy: Name
    persons: Count
    seed: Count
    attacks: tuple[AttackTold, ...]
    prices: tuple[Price, ...]

    @property
    def outcome(self) -> Outcome:
        """FINDINGS where an attack succeeds."""
        return Outcome.FINDINGS if any(one.succeeded for one in self.attacks) else Outcome.DONE

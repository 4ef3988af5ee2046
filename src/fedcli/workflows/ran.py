"""How a query ended at a site, for the site's own eyes; and what every step of a run needs."""

from __future__ import annotations

from typing import NamedTuple

from fedcli.errors import FedcliError, Outcome
from fedcli.ledger.accounts import Recorded
from fedcli.ledger.store import Store
from fedcli.model.disclosure import Finding
from fedcli.model.home import Desk
from fedcli.model.identifiers import Amount, Count, Digest, Name, short
from fedcli.model.judged import Judged
from fedcli.model.policy import Policy
from fedcli.model.query import Query
from fedcli.model.release import Maturity, Unanswered
from fedcli.model.release import Outcome as Told
from fedcli.model.shown.work import FindingShown, RanShown
from fedcli.trust.membership import Membership
from fedcli.workflows.allowance import UNLIMITED, Allowance
from fedcli.workflows.errand import Vaults
from fedcli.workflows.reviewed import State
from fedcli.workflows.spare import Spares

#: What a researcher is told of anything that depends on data.
ONE_VOICE = "D-REFUSED"
#: Refusals after which no attempt ends otherwise.
_FOR_GOOD = ("A-DENIED", "A-PURGED")
#: What is said where people have reviewed, and did not let it out.
_DECIDED: dict[State, str] = {"rejected": "rejected in review", "changes-requested": "sent back in review"}
#: What is said of a query whose last round was answered before.
AGAIN = "already released"


class Site(NamedTuple):
    """What every step of a run needs."""

    desk: Desk
    members: Membership
    book: Store
    policy: Policy
    rehearses: bool = False
    vaults: Vaults | None = None
    spares: Spares | None = None
    allowance: Allowance = UNLIMITED

    @property
    def name(self) -> Name:
        """The site that runs."""
        return self.desk.home.file.name

    @property
    def maturity(self) -> Maturity:
        """What its answers are fit for."""
        return "rehearsal" if self.rehearses else self.policy.maturity


class Ran(NamedTuple):
    """The end of one query at this site."""

    query: Digest
    title: str
    outcome: Outcome
    code: str
    message: str
    released: int = 0
    asked: int = 0
    findings: tuple[tuple[Name, Finding], ...] = ()
    rho: Amount | None = None
    run: Count | None = None
    new: bool = True

    @property
    def shown_findings(self) -> tuple[FindingShown, ...]:
        """The checks that some cells did not pass."""
        return tuple(
            FindingShown(
                analysis=key,
                check=finding.check,
                field=finding.field,
                cells=finding.cells,
                enforced=finding.enforced,
            )
            for key, finding in self.findings
        )

    @property
    def shown(self) -> RanShown:
        """This end as a run tells it."""
        return RanShown(
            id=short(self.query),
            query=self.query,
            title=self.title,
            run=self.run,
            status=self.outcome.word,
            code=self.code,
            message=self.message,
            released=self.released,
            asked=self.asked,
            rho=self.rho,
            findings=self.shown_findings,
            new=self.new,
        )


def failed(query: Digest, title: str, error: FedcliError) -> Ran:
    """A query that ended with an error."""
    return Ran(query, title, error.outcome, error.code, error.what)


def repeated(query: Query, known: Recorded) -> Ran:
    """A query that was answered before: done, or refused in part as it was."""
    ended = Outcome.PARTIAL if known.codes else Outcome.DONE
    return Ran(query.sha256, query.title, ended, known.codes.partition(" ")[0], AGAIN)


def told_of(error: FedcliError) -> Unanswered:
    """A refusal by its own code where it says nothing of the data, else with the one voice.

    It is final where another attempt could not end otherwise: the query itself is at fault, a person denied
    it, or nothing about its population is answered any more. Whether a bug is met may depend on data,
    wherever it is.
    """
    if error.data_dependent or error.outcome is Outcome.BUG:
        return Unanswered(code=ONE_VOICE, final=False)
    return Unanswered(code=error.code, final=error.outcome is Outcome.INVALID or error.code in _FOR_GOOD)


def ran(
    query: Query,
    told: dict[Name, Told],
    judged: dict[Name, Judged],
    problem: FedcliError | None,
    review: State = "waits",
) -> Ran:
    """The end of a query that was computed, or met a problem of the data."""
    if problem is not None:
        return failed(query.sha256, query.title, problem)
    released = sum(not isinstance(one, Unanswered) for one in told.values())
    parked = sum(one.verdict == "parked" for one in judged.values())
    codes = sorted({one.code for one in told.values() if isinstance(one, Unanswered)})
    findings = tuple(
        (key, finding) for key, one in judged.items() for finding in one.findings if finding.cells
    )
    ended, message = _ended(len(told), released, parked, review)
    return Ran(
        query.sha256, query.title, ended, codes[0] if codes else "", message, released, len(told), findings
    )


def _ended(asked: int, released: int, parked: int, review: State) -> tuple[Outcome, str]:
    if released == asked:
        return Outcome.DONE, "released"
    if parked and parked + released == asked and review in _DECIDED:
        return Outcome.REFUSED, _DECIDED[review]
    if parked and parked + released == asked:
        return Outcome.PENDING, "waits for review"
    if released:
        return Outcome.PARTIAL, "released in part"
    return Outcome.REFUSED, "refused"

"""What is told of results, rehearsals and demonstrations."""

from __future__ import annotations

from itertools import chain
from typing import Literal

from fedcli.errors import Outcome, gravest
from fedcli.model.cells import About, Gap
from fedcli.model.document import Document
from fedcli.model.identifiers import Amount, Count, Digest, Moment, Name, OntologyTerm, Text
from fedcli.model.result import Result
from fedcli.model.shown.base import Shown, Trouble
from fedcli.model.shown.work import FindingShown

_ENDS = {"done": Outcome.DONE, "partial": Outcome.PARTIAL, "refused": Outcome.REFUSED}


def recalled(site: Name, reason: str) -> str:
    """The warning on a result of which a site has recalled its part."""
    return f"{site} has recalled the release that this was made of: {reason}"


def worked_out(result: Result | None) -> tuple[str, ...]:
    """The warnings of an audit: hidden counts that can be worked out, and what cannot be true."""
    audit = result.audit if result else None
    if audit is None:
        return ()
    source = "the tables of this query" + (" and the external totals" if audit.totals else "")
    narrowed = (
        f"{one.analysis}: the hidden {one.cell} of {one.site or 'all sites together'} can be known more "
        f"closely than its interval says, from {source}"
        for one in audit.narrowed
    )
    wrong = (
        f"no data can have all that {site} told: it could not be audited" for site in audit.contradictory
    )
    return (*narrowed, *wrong)


class RoundShown(Document):
    """A round that has just been asked, and what the rounds before it came to.

    `loss` is what each fit makes small, where it is known; `rho` is what a person has paid so far; `left` are
    the seconds that all rounds that there may be from here on take, if they go as those did that were posted.
    """

    event: Literal["round"] = "round"
    query: Digest
    round: Count
    most: Count
    answered: Count
    sites: Count
    loss: dict[Name, float | None]
    rho: Amount | None = None
    closes: Moment
    left: Count | None = None

    @property
    def text(self) -> str:
        """In one line, for people."""
        losses = "".join(f", {name} {loss:.6g}" for name, loss in self.loss.items() if loss is not None)
        paid = f", rho {self.rho} paid" if self.rho is not None else ""
        left = f"; as rounds went so far, all are over in at most {_span(self.left)}" if self.left else ""
        return (
            f"round {self.round} of at most {self.most} is asked until {self.closes:%Y-%m-%d %H:%M}: "
            f"{self.answered} of {self.sites} sites answered the one before{losses}{paid}{left}"
        )


def _span(seconds: int) -> str:
    """A length of time in its largest unit and the next, rounded up: nobody needs the seconds of an hour."""
    units = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
    at = next((at for at, (unit, _) in enumerate(units) if seconds >= unit), len(units) - 1)
    unit, name = units[at]
    if at + 1 == len(units):
        return f"{seconds} {name}"
    small, other = units[at + 1]
    whole, rest = divmod(-(-seconds // small) * small, unit)
    return f"{whole} {name} {rest // small} {other}" if rest else f"{whole} {name}"


class SuppressedShown(Document):
    """A suppressed number: where it is, why, and the interval that public facts leave it."""

    analysis: Name
    place: str
    reason: Literal["suppressed"] = "suppressed"
    interval: Gap


class RoundedShown(Document):
    """A rounded number, or one made of such: where it is, and the interval that the rounding leaves it."""

    analysis: Name
    place: str
    interval: About


class NoisyShown(Document):
    """A number with noise, or one made of such: where it is, and the 95 % interval of the noise."""

    analysis: Name
    place: str
    interval: About


class QuestionShown(Document):
    """What was asked, in words: the author's, the cohort, and the parameters of each analysis."""

    description: Text | None = None
    project: Name
    purpose: OntologyTerm
    researcher: Name
    cohort: str
    analyses: dict[Name, dict[str, str]]


#: What is said of a result that somebody handed over: it has no signature of its own.
UNVOUCHED = "this result was given as a file: nothing vouches for its numbers but the releases that it names"


class ResultShown(Shown):
    """A result, and the file that it is kept in; `question` is there where it is to be a page.

    `given` is a file that somebody handed over, which this home has not combined.
    """

    result: Result
    question: QuestionShown | None = None
    path: str | None = None
    new: bool = False
    suppressed: tuple[SuppressedShown, ...] = ()
    rounded: tuple[RoundedShown, ...] = ()
    noisy: tuple[NoisyShown, ...] = ()
    exported: str | None = None
    parquet: str | None = None
    html: str | None = None
    withdrawn: dict[Name, str] = {}
    unseen: bool = False
    given: bool = False

    @property
    def cautions(self) -> tuple[str, ...]:
        """That nothing vouches for it; what can be worked out; who recalled since, or that it is unknown."""
        if self.unseen:
            gone: tuple[str, ...] = (
                "the exchange is not there: whether a site has recalled its release is not known",
            )
        else:
            gone = tuple(recalled(site, why) for site, why in self.withdrawn.items())
        return (*((UNVOUCHED,) if self.given else ()), *worked_out(self.result), *gone)

    @property
    def outcome(self) -> Outcome:
        """PARTIAL or REFUSED where sites or analyses are missing from the result."""
        return _ENDS[self.result.status]

    @property
    def decided_by(self) -> str:
        """Why an analysis has no answer, or the first refusal of a site; none where sites are missing."""
        refusals = (code for site in self.result.sites for code in site.refusals.values())
        unanswered = (one.code for one in self.result.analyses if one.code)
        return next(chain(unanswered, refusals), "")


class RehearsalSite(Document):
    """How a rehearsal went at one site."""

    site: Name
    status: str
    code: str
    message: str
    findings: tuple[FindingShown, ...] = ()


class RehearsalShown(Shown):
    """A rehearsal's result and how it went at each site. It is not a release."""

    policy: str
    maturity: Literal["rehearsal"] = "rehearsal"
    rehearsed: tuple[RehearsalSite, ...]
    result: Result | None = None
    suppressed: tuple[SuppressedShown, ...] = ()
    rounded: tuple[RoundedShown, ...] = ()
    noisy: tuple[NoisyShown, ...] = ()
    problem: Trouble | None = None

    @property
    def cautions(self) -> tuple[str, ...]:
        """What can be worked out."""
        return worked_out(self.result)

    @property
    def outcome(self) -> Outcome:
        """The gravest of the sites' ends and of the combining."""
        ends = [Outcome.of(one.status) for one in self.rehearsed]
        ends += [self.problem.outcome] if self.problem else []
        ends += [_ENDS[self.result.status]] if self.result else []
        return gravest(ends)

    @property
    def decided_by(self) -> str:
        """The code that decided the outcome."""
        if self.problem is not None and self.problem.outcome is self.outcome:
            return self.problem.code
        return next((one.code for one in self.rehearsed if Outcome.of(one.status) is self.outcome), "")


class DemoShown(Shown):
    """How a demonstration went: how many numbers agreed with the pooled ones."""

    folder: str
    kept: bool
    agreed: Count
    within: Count
    differing: Count
    tampering_refused: bool

    @property
    def outcome(self) -> Outcome:
        """A demonstration that did not show what it says is a bug."""
        shown = self.tampering_refused and not self.differing and self.agreed
        return Outcome.DONE if shown else Outcome.BUG

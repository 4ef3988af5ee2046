"""Running queries at a site: one lock, every query to its own end, one outcome for all."""

from __future__ import annotations

from fedcli.errors import FedcliError, Outcome, fault, of_machine
from fedcli.files.bugs import record
from fedcli.files.lock import lock
from fedcli.language.derived import extended
from fedcli.ledger import accounts, registry
from fedcli.ledger.accounts import Recorded
from fedcli.model.home import Desk
from fedcli.model.identifiers import Digest
from fedcli.model.query import Query
from fedcli.model.release import Maturity
from fedcli.model.release import Outcome as Told
from fedcli.model.shown.work import RunShown
from fedcli.model.verified import Verified
from fedcli.workflows import inbox, slots, withdraw
from fedcli.workflows.allowance import Allowance
from fedcli.workflows.announce import announce, open_book, site_policy
from fedcli.workflows.caged import check_sandbox
from fedcli.workflows.errand import Vaults
from fedcli.workflows.followed import standing
from fedcli.workflows.journal import Journal, Manner, SiteJournal
from fedcli.workflows.lineage import check_current, superseded_by
from fedcli.workflows.ran import Ran, Site, failed, repeated, told_of
from fedcli.workflows.recurring import to_answer
from fedcli.workflows.release import Plan
from fedcli.workflows.reviewed import cover, released_by
from fedcli.workflows.rounds import Round, start
from fedcli.workflows.spare import Spares
from fedcli.workflows.standing import exchange, membership, own_keys, require
from fedcli.workflows.walk import admission_of, finish, next_attempt, post, said_before, walk

#: Ends that a researcher is told of, signed. What is busy is tried again by the next run, and what does not
#: verify is an alarm for the site's own people.
_TOLD = (Outcome.REFUSED, Outcome.INVALID, Outcome.BUDGET, Outcome.DATA, Outcome.BUG)
#: Refusals that the site's own people can lift, so that the researcher is not told of them.
_AT_HOME = (
    "A-OPT-OUTS",
    "A-REVOKED",
    "A-POLICY",
    "A-EXPIRED",
    "A-RUNS",
    "A-SPENT",
    "A-STALE",
    "A-SUPERSEDED",
    "A-WITHDRAWN",
    "C-DATASET",
    "V-SANDBOX",
)


def run(
    desk: Desk,
    given: tuple[str, ...],
    dry: bool = False,
    spares: Spares | None = None,
    manner: Manner | None = None,
) -> RunShown:
    """Run the given queries, or all that are pending, as far as the time goes."""
    ended = run_all(desk, given, dry, spares=spares, manner=manner)
    return RunShown(maturity=maturity(desk), dry_run=dry, queries=tuple(one.shown for one in ended))


def maturity(desk: Desk) -> Maturity:
    """What the answers of a site are fit for under its policy."""
    return site_policy(desk, membership(desk)).maturity


def run_all(
    desk: Desk,
    given: tuple[str, ...],
    dry: bool = False,
    rehearses: bool = False,
    vaults: Vaults | None = None,
    spares: Spares | None = None,
    manner: Manner | None = None,
) -> list[Ran]:
    """Run the given queries, or all that are pending; each ends on its own.

    With `vaults` each query is computed in one that is kept for its next round; else in one of the
    `spares`, or a new one. A run with a `manner` keeps a journal, and what it has no time to begin is left
    to the next one.

    Raises:
        Busy: F-BUSY when another run of this site is under way.
        Refused: V-SANDBOX when the policy requires a cage that this machine does not offer.
        Untrusted: L-… when the site's own log was changed or rolled back; then nothing runs.
    """
    require(desk, "site")
    allowance = Allowance(manner.most if manner else None)
    journal = SiteJournal(desk.home, manner, not given) if manner and not dry else Journal()
    with lock(desk.home.run_lock), journal:
        members = membership(desk)
        members.check_current(desk.now)
        book = open_book(desk, members)
        site = Site(desk, members, book, site_policy(desk, members), rehearses, vaults, spares, allowance)
        out: set[Digest] = set()
        if not dry:
            out = finish(site)
            announce(desk, book, members, silent=bool(slots.waiting(site)))
            withdraw.publish(desk, book, members)
        check_sandbox(site.policy.limits)
        return _given(site, given, dry, journal) if given else _pending(site, dry, journal, out)


def _given(site: Site, given: tuple[str, ...], dry: bool, journal: Journal) -> list[Ran]:
    queries = [inbox.find(site.desk, site.members, one) for one in given]
    found = inbox.inbox(site.desk, site.members)
    return [_in_time(site, query, dry, found, journal) for query in journal.in_turn(queries)]


def _pending(site: Site, dry: bool, journal: Journal, out: set[Digest]) -> list[Ran]:
    """All that waits for a run or for its slot, and what has just become visible."""
    found = inbox.inbox(site.desk, site.members)
    waits = {one.query for one in slots.waiting(site)} | out
    pending = [query for query in found.queries if _waits(site, query.value, found, waits)]
    ended = [_in_time(site, query, dry, found, journal) for query in journal.in_turn(pending)]
    return ended + [journal.ends(failed(query, "", error)) for query, error in found.problems.items()]


def _in_time(site: Site, query: Verified[Query], dry: bool, found: inbox.Inbox, journal: Journal) -> Ran:
    """One query to its end, unless the time of the run is over before it is begun."""
    asked = query.value
    if site.allowance.over:
        return journal.ends(failed(asked.sha256, asked.title, fault("A-TIME")), begun=False)
    journal.begins(asked.sha256)
    return journal.ends(slots.as_seen(site, _one(site, query, dry, found)))


def _waits(site: Site, query: Query, found: inbox.Inbox, waits: set[Digest]) -> bool:
    """Whether a query is to be run. Where that cannot be told, its own run meets the error."""
    try:
        named = query.sha256 in waits or _is_pending(site, query)
        return named and not superseded_by(found, query)
    except Exception:
        return True


def _is_pending(site: Site, query: Query) -> bool:
    """What was recalled needs no more runs, nor a round that was answered, nor one that expired refused.

    Of a recurring query the run that is open waits, and no other.
    """
    if registry.withdrawal(site.book, query.sha256) is not None:
        return False
    number = query.open_run(site.desk.now) if query.recurs else _posted(site, query)
    if number is None:
        return False
    known = _known(site, query, number)
    answered = bool(known) and known[-1].outcome == "released" and not _let_out(site, query, known)
    return not known or (not answered and query.expires > site.desk.now)


def _posted(site: Site, query: Query) -> int:
    return len(exchange(site.desk.home).rounds(query.researcher, query.sha256))


def _let_out(site: Site, query: Query, known: list[Recorded]) -> bool:
    """Whether people have let out more of a round than was released of it."""
    taken = registry.snapshot(site.book, query.dataset)
    if taken is None:
        return False
    round_ = known[-1].round
    out = cover(site.desk, site.members, site.book, query, site.policy, taken.name, round_)
    return bool(out.seen) and not set(out.envelopes) <= released_by(known)


def _known(site: Site, query: Query, round_: int) -> list[Recorded]:
    return [one for one in accounts.releases(site.book, query.sha256) if one.round == round_]


def _one(site: Site, query: Verified[Query], dry: bool, found: inbox.Inbox) -> Ran:
    """One query to its end, or the run of it that is open."""
    return _ended(site, query, dry, found)._replace(run=query.value.open_run(site.desk.now))


def _ended(site: Site, query: Verified[Query], dry: bool, found: inbox.Inbox) -> Ran:
    """An error of a query, foreseen or not, is its end, and not the end of the run."""
    asked = start(query.value)
    try:
        withdraw.check_stands(site.book, query.value.sha256)
        asked = asked_now(site, query.value)
        known = _known(site, query.value, asked.number)
        if known and known[-1].outcome == "released" and not _let_out(site, query.value, known):
            return repeated(query.value, known[-1])
        check_current(found, query.value)
        return _dry(site, query, asked) if dry else walk(site, query, known, asked)
    except Exception as error:
        ended = _foreseen(site, error)
    try:
        if not dry and ended.outcome in _TOLD:
            _tell(site, query.value, ended, asked)
    except Exception as error:
        ended = _foreseen(site, error)
    return failed(query.value.sha256, query.value.title, ended)


def _foreseen(site: Site, error: Exception) -> FedcliError:
    """An error with its code: what the machine refused can be tried again; all else is a bug of ours."""
    if isinstance(error, FedcliError):
        return error
    return of_machine(error) or record(error, "run", site.desk.home.path, site.desk.now)


def asked_now(site: Site, query: Query) -> Round:
    """The round that is asked now, after recomputing how it came about; of a recurring query its open run.

    Raises:
        Pending: A-NOT-DUE where no run is open: what a site did not answer in time it answers no more.
    """
    office, now = exchange(site.desk.home), site.desk.now
    if query.recurs is not None:
        answered = {one.round for one in accounts.releases(site.book, query.sha256)}
        return start(query, to_answer(query, answered, now))
    if not office.rounds(query.researcher, query.sha256):
        return start(query)
    agreed = extended(registry.dataset(site.book, query.dataset).dictionary, query.derive)
    posted = standing(office, query, site.members, own_keys(site.desk), agreed, now)
    return posted.round if posted else start(query)


def _dry(site: Site, query: Verified[Query], asked: Round) -> Ran:
    """Admission only: nothing is charged and no data is opened."""
    admission, _ = admission_of(site, query, asked)
    would = ", ".join(one.analysis.id for one in admission.admitted)
    rho = query.value.privacy.rho
    cost = f", for rho {rho} at the most" if rho else ""
    return Ran(query.value.sha256, query.value.title, Outcome.DONE, "", f"would run: {would}{cost}")


def _tell(site: Site, query: Query, error: FedcliError, asked: Round) -> None:
    """Post a refusal that the researcher must know of, once."""
    known = _known(site, query, asked.number)
    told: dict[str, Told] = {name: told_of(error) for name in asked.states}
    answered = bool(known) and known[-1].outcome == "released"
    if error.code not in _AT_HOME and not answered and not said_before(known, told):
        plan = Plan(site.desk, site.members, query, site.policy, site.maturity, ())
        attempt = next_attempt(known, asked.number)
        post(site, plan, attempt, told, (), (), None)

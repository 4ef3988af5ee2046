"""The walk of one query at a site: admit, charge, compute in the vault, re-admit, sign, record, publish.

The order of deeds is the safety of the whole: nothing is computed before it is charged, and nothing
is visible before it is recorded. Whatever is interrupted is finished by the next run.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack

from fedcli.errors import DataFault, FedcliError, fault
from fedcli.files.canonical import digest, digest_of
from fedcli.ledger import accounts, budget, log, registry, reviews
from fedcli.ledger.accounts import Recorded
from fedcli.ledger.registry import Snapshot
from fedcli.model.charge import Charge, price
from fedcli.model.disclosure import Finding
from fedcli.model.document import instant
from fedcli.model.entry import Charged, Entry
from fedcli.model.identifiers import Digest, Name, short
from fedcli.model.judged import Judged
from fedcli.model.query import Query
from fedcli.model.release import Outcome as Told
from fedcli.model.release import Unanswered
from fedcli.model.review import Parked
from fedcli.model.vault import Answering, Private, Reply
from fedcli.model.verified import Verified
from fedcli.policy.gate import readmit, readmit_noisy
from fedcli.policy.ontology import rules_digest
from fedcli.workflows import slots
from fedcli.workflows.admit import Admission, Admitted, admit
from fedcli.workflows.announce import publish_checkpoint
from fedcli.workflows.attestation import check_attested
from fedcli.workflows.datasets import form_problem, refresh
from fedcli.workflows.errand import errand
from fedcli.workflows.forgetting import check_remembered
from fedcli.workflows.granted import granted
from fedcli.workflows.pricing import claim, prices, private
from fedcli.workflows.ran import ONE_VOICE, Ran, Site, ran, repeated, told_of
from fedcli.workflows.release import Made, Plan, make
from fedcli.workflows.remembering import draws, recall, remember
from fedcli.workflows.reviewed import NOTHING, Cover, State, cover, ledger_reviews, standing, told_by
from fedcli.workflows.room import rooms
from fedcli.workflows.rounds import Round
from fedcli.workflows.sources import look, of_held
from fedcli.workflows.standing import exchange


def admission_of(site: Site, query: Verified[Query], asked: Round) -> tuple[Admission, tuple[Digest, ...]]:
    """Everything that is checked before the charge: admission, approvals, limits.

    Raises:
        FedcliError: the first thing that stands in the way.
    """
    held = registry.dataset(site.book, query.value.dataset)
    check_remembered(site.book, held.dictionary.population)
    taken = registry.snapshot(site.book, held.name)
    assert taken is not None  # a dataset is held only with its first snapshot
    check_attested(site.book, site.policy, taken)
    admission = admit(site.desk, site.members, query, held, site.policy, asked)
    word = granted(site.desk, site.members, site.book, query.value, site.policy, admission.round)
    if word.missing is not None:
        raise word.missing
    accounts.check_refusals(site.book, query.value.researcher, site.policy.limits, site.desk.now)
    if not admission.admitted:
        raise next(iter(admission.refused.values()))
    return admission, word.envelopes


def walk(site: Site, query: Verified[Query], known: list[Recorded], asked: Round) -> Ran:
    """From a round or run of a verified query to a visible release; `known` are those of the round."""
    admission, approvals = admission_of(site, query, asked)
    problem: FedcliError | None
    snapshot, problem = refresh(site.desk, site.book, admission.held, site.allowance)
    if query.value.privacy.rho is not None:
        problem = form_problem(problem)
    check_attested(site.book, site.policy, snapshot)  # the files may not be those that were spoken of
    out = cover(site.desk, site.members, site.book, query.value, site.policy, snapshot.name, admission.round)
    if known and known[-1].outcome == "released" and (problem or not out.envelopes):
        return repeated(query.value, known[-1])  # the data changed since people let out the rest
    judged: dict[Name, Judged] = {}
    with rooms(site, admission) as held:
        charged = _charge(site, admission, snapshot)
        try:
            if problem is not None:
                raise problem
            judged = _compute(site, admission, charged, snapshot, out, held)
            _park(site, admission, snapshot, judged)
        except FedcliError as error:
            if not (error.data_dependent or isinstance(error, DataFault)):
                raise
            problem = error
    told: dict[Name, Told] = {
        one.analysis.id: told_of(problem) if problem else _told(judged[one.analysis.id])
        for one in admission.admitted
    }
    told |= {key: told_of(error) for key, error in admission.refused.items()}
    if not said_before(known, told):
        plan = Plan(
            site.desk,
            site.members,
            query.value,
            site.policy,
            site.maturity,
            admission.admitted,
            out.envelopes,
            claim(site.book, query.value, site.policy, admission.held.dictionary.population),
        )
        post(
            site,
            plan,
            next_attempt(known, admission.round),
            told,
            tuple(charged.values()),
            approvals,
            snapshot.name,
        )
    ended = ran(query.value, told, judged, problem, _review_of(site, query.value, admission.round, snapshot))
    return ended._replace(rho=price(one.charge for one in charged.values()))


def next_attempt(known: list[Recorded], round_: int) -> tuple[int, int]:
    """Round and attempt of the release that comes next."""
    return round_, known[-1].attempt + 1 if known else 1


def said_before(known: list[Recorded], told: dict[Name, Told]) -> bool:
    """Whether the last attempt was the same refusal: to say it again would be one more answer."""
    return bool(known) and known[-1].outcome == "refused" and known[-1].codes == codes_of(told)


def codes_of(told: dict[Name, Told]) -> str:
    """The different codes of what was refused, in order; empty where nothing was."""
    return " ".join(sorted({one.code for one in told.values() if isinstance(one, Unanswered)}))


def post(
    site: Site,
    plan: Plan,
    attempt: tuple[int, int],
    told: dict[Name, Told],
    charged: tuple[Charged, ...],
    approvals: tuple[Digest, ...],
    snapshot: Name | None,
) -> None:
    """Sign, record, publish the checkpoint, and only then make the release visible; or let it wait."""
    proven = tuple(one.model_copy(update={"inclusion": log.prove(site.book, one.number)}) for one in charged)
    made = make(plan, attempt, told, proven, approvals, snapshot, log.head(site.book))
    _record(site, plan, attempt, made, told, snapshot if charged else None)
    finish(site)


def finish(site: Site) -> set[Digest]:
    """Make visible what was recorded and waits for nothing, the checkpoint first; the queries of it."""
    ready = slots.due(site)
    if ready:
        publish_checkpoint(site.desk, site.book, site.members)
    for recorded in ready:
        attempt = (recorded.round, recorded.attempt)
        _publish_reviews(site, recorded)
        exchange(site.desk.home).put_release(
            site.name, recorded.query, attempt, recorded.statement, recorded.sealed
        )
        with site.book.writing():
            accounts.mark_visible(site.book, recorded)
    return {one.query for one in ready}


def _publish_reviews(site: Site, recorded: Recorded) -> None:
    """Put the reviews that a release names where whoever verifies it finds them; no others."""
    named = set(told_by(recorded).reviews)
    for said in reviews.said_of(site.book, recorded.query):
        if digest(said.envelope) in named:
            exchange(site.desk.home).put_review(
                site.name, recorded.query, digest(said.envelope), said.envelope
            )


def _charge(site: Site, admission: Admission, snapshot: Snapshot) -> dict[Name, Charged]:
    """Write all charges of a query down in one transaction, before anything is computed."""
    asked, wanted, charged = admission.query.value, _wanted(admission, snapshot), {}
    with site.book.writing():
        accounts.check_affordable(site.book, wanted.values(), site.policy.privacy)
        for name, charge in wanted.items():
            entry = Entry(
                kind="charge",
                at=instant(site.desk.now),
                site=site.name,
                actor=asked.researcher,
                query=asked.sha256,
                analysis=name,
                charge=charge,
                round=admission.round,
            )
            number = accounts.charge(site.book, charge, entry, site.policy.limits, site.policy.privacy)
            charged[name] = Charged(number=number, entry=log.entry(site.book, number), inclusion=())
    return charged


def _wanted(admission: Admission, snapshot: Snapshot) -> dict[Name, Charge]:
    """The charge of each analysis, without a price yet."""
    asked = admission.query.value
    costs = prices(asked.privacy, asked.analyses)
    return {
        one.analysis.id: Charge(
            question=asked.question(one.analysis),
            state=one.state.sha256 if one.state else None,
            snapshot=snapshot.name,
            mode=asked.privacy.mode,
            population=admission.held.dictionary.population,
            researcher=asked.researcher,
            project=asked.project,
            scalars=one.outline.scalars,
            share=costs[one.analysis.id].share if costs else None,
            draws=costs[one.analysis.id].draws if costs else None,
        )
        for one in admission.admitted
    }


def _compute(
    site: Site,
    admission: Admission,
    charged: dict[Name, Charged],
    snapshot: Snapshot,
    out: Cover,
    held: ExitStack,
) -> dict[Name, Judged]:
    """What was answered before to the same charge under the same rules, and the rest from the vault."""
    rules = {key: _rules(site, admission.query.value, key, out) for key in charged}
    known = {key: accounts.answered(site.book, one.charge, rules[key]) for key, one in charged.items()}
    judged = {key: answer for key, answer in known.items() if answer is not None}
    fresh = [one for one in admission.admitted if one.analysis.id not in judged]
    for one in fresh:  # what was charged before the population was promised noise was perhaps not answered
        budget.check_mode(site.book, charged[one.analysis.id].charge, site.policy.privacy, site.desk.now)
    if fresh:
        computed = _ask(site, admission, fresh, snapshot, out)
        held.close()  # what the room was for is written now
        with site.book.writing():
            for key, answer in computed.judged.items():
                accounts.record_answer(site.book, charged[key].charge, rules[key], answer)
            population = admission.held.dictionary.population
            remember(site.desk, site.book, population, computed.remember, site.policy.disclosure)
        judged |= computed.judged
    return {key: _as_seen(answer, out.seen.get(key)) for key, answer in judged.items()}


def _rules(site: Site, query: Query, analysis: Name, out: Cover) -> Digest:
    """What an answer was judged by. Where people let it out, it is for the query that they looked at.

    A draw of noise is judged by nothing, so no change of the rules makes another draw for the same charge.
    """
    if query.privacy.rho is not None:
        return digest_of({"mode": query.privacy.mode})
    rules = rules_digest(site.policy.disclosure, site.policy.admission.review)
    if analysis not in out.looked:
        return rules
    return digest_of({"rules": rules, "query": query.sha256, "looked": list(out.looked[analysis])})


def _as_seen(answer: Judged, seen: tuple[Finding, ...] | None) -> Judged:
    """An answer that people let out; it is parked once more where it is not what they were shown."""
    if seen is None or answer.findings == seen:
        return answer
    return Judged(verdict="parked", findings=answer.findings)


def _park(site: Site, admission: Admission, snapshot: Snapshot, judged: dict[Name, Judged]) -> None:
    """Keep what waits for people."""
    found = {key: one.findings for key, one in judged.items() if one.verdict == "parked"}
    if found:
        with site.book.writing():
            reviews.park(
                site.book,
                Parked(
                    query=admission.query.value.sha256,
                    round=admission.round,
                    snapshot=snapshot.name,
                    policy=site.policy.sha256,
                    at=instant(site.desk.now),
                    findings=found,
                ),
            )


def _review_of(site: Site, query: Query, round_: int, snapshot: Snapshot) -> State:
    """How the review of a round stands."""
    for parked in reviews.parked_of(site.book, query.sha256):
        if (parked.round, parked.snapshot, parked.policy) == (round_, snapshot.name, site.policy.sha256):
            return standing(site.desk, site.members, site.book, query, site.policy, parked).state
    return "waits"


def answering(site: Site, admission: Admission, fresh: Iterable[Admitted], out: Cover = NOTHING) -> Answering:
    """The task of the vault for some analyses of a round."""
    query, known = admission.query.value, tuple(fresh)
    names = {one.analysis.id for one in known}
    return Answering(
        source=of_held(admission.held),
        dictionary=admission.under,
        unit=admission.under.unit,
        derive=query.derive,
        cohort=query.cohort,
        analyses=tuple(one.analysis for one in known),
        states={one.analysis.id: one.state.json_value() for one in known if one.state},
        disclosure=site.policy.disclosure,
        review=site.policy.admission.review,
        draws=draws(site.book, admission.held.dictionary.population),
        looked={name: checks for name, checks in out.looked.items() if name in names},
    )


def _ask(site: Site, admission: Admission, fresh: list[Admitted], snapshot: Snapshot, out: Cover) -> Reply:
    """Let the vault compute and judge, and re-make every release from what it sent."""
    agreed, query = admission.held.dictionary, admission.query.value
    names = {one.analysis.id for one in fresh}
    noise = private(site.book, query, site.policy, agreed.population, names)
    memory = None if noise else recall(site.desk, site.book, agreed, snapshot, site.policy.disclosure)
    task = answering(site, admission, fresh, out)
    task = task.model_copy(update={"memory": memory, "private": noise})
    kept = site.vaults.of(admission.query.value.sha256) if site.vaults else None
    reply = errand(task, site.policy.limits, kept, site.spares, site.allowance)
    if look(task.source) != snapshot.files:
        raise fault("D-CHANGED", dataset=admission.held.name)
    if reply.judged.keys() != {one.analysis.id for one in fresh}:
        raise fault("V-READMIT", field="its analyses")
    for one in fresh:
        _readmit(reply.judged[one.analysis.id], one, site, noise)
    return reply


def _readmit(answer: Judged, one: Admitted, site: Site, noise: Private | None) -> None:
    released = answer.verdict == "released"
    if released != (answer.answered is not None) or not (released or noise is None):
        raise fault("V-READMIT", field="its verdict")
    if answer.answered is None:
        return
    if noise is None:
        readmit(answer.answered, one.outline, site.policy.disclosure)
    else:
        readmit_noisy(answer.answered, one.outline, noise.shares[one.analysis.id], noise.contribution)


def _told(answer: Judged) -> Told:
    """What the researcher is told: values, or one voice for all that depends on data."""
    return answer.answered or Unanswered(code=ONE_VOICE, final=False)


def _check_still(site: Site, plan: Plan, round_: int, snapshot: Name) -> None:
    """Raise A-STALE where somebody said otherwise while this was computed."""
    out = cover(site.desk, site.members, site.book, plan.query, plan.policy, snapshot, round_)
    if out.envelopes != plan.reviews:
        raise fault("A-STALE", query=short(plan.query.sha256))


def _record(
    site: Site,
    plan: Plan,
    attempt: tuple[int, int],
    made: Made,
    told: dict[Name, Told],
    opened: Name | None,
) -> None:
    """The release and its ledger entry, in one transaction; it is not visible yet.

    `opened` is the snapshot of the data that were opened for it.
    """
    query = plan.query
    codes = {key: one.code for key, one in told.items() if isinstance(one, Unanswered)}
    recorded = Recorded(
        query.sha256,
        *attempt,
        outcome="released" if len(codes) < len(told) else "refused",
        codes=codes_of(told),
        statement=made.statement,
        sealed=made.sealed,
        visible=False,
    )
    entry = Entry(
        kind="release",
        at=instant(site.desk.now),
        site=site.name,
        query=query.sha256,
        round=attempt[0],
        attempt=attempt[1],
        envelope=made.digest,
        codes=codes,
    )
    refusals = sum(code == ONE_VOICE for code in codes.values())
    with site.book.writing():
        if plan.reviews and opened:
            _check_still(site, plan, attempt[0], opened)
            ledger_reviews(site.desk, site.members, site.book, query.sha256)
        log.append(site.book, entry)
        accounts.record_release(
            site.book, recorded, query.researcher, instant(site.desk.now), refusals, opened is not None
        )

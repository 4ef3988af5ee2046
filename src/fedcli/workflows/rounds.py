"""Rounds: the state of a round follows from the releases of the round before, whoever computes it.

`courses` is the one place where steps are taken. The researcher calls it to post the next round, and
every site calls it before it answers: a state that is not the product of the signed releases is
refused, so that nobody can choose coefficients, or leave a site out of a sum.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from fedcli.analytics import parse
from fedcli.analytics._contract import Iterative
from fedcli.combiners.sum import counted, noise_of, parts, total
from fedcli.errors import fault
from fedcli.exchange.folder import FolderExchange, read_sealed
from fedcli.files.canonical import digest, digest_of
from fedcli.files.reader import read
from fedcli.model.dataset import Dictionary
from fedcli.model.document import Document
from fedcli.model.identifiers import Name, duration
from fedcli.model.query import Analysis, Query
from fedcli.model.query import Asked as Privacy
from fedcli.model.release import Answered, Noise, Release
from fedcli.model.round import Posted, States
from fedcli.model.verified import Verified
from fedcli.statistics.forms import known
from fedcli.statistics.shape import Shape
from fedcli.statistics.shares import shares
from fedcli.trust.keys import Keys
from fedcli.trust.membership import Membership
from fedcli.trust.verified import open_states, open_values, verify_release, verify_round
from fedcli.workflows import led
from fedcli.workflows.alike import same
from fedcli.workflows.quorum import Contribution
from fedcli.workflows.reviewed import check_reviews


class Round(NamedTuple):
    """What a site is asked now: which round, and the state of every analysis in it; None where one starts.

    A run of a recurring query is a round in which everything starts.
    """

    number: int
    states: Mapping[Name, Document | None]


class Asked(NamedTuple):
    """A posted round: its statement, and the state of every analysis in it; None where one starts anew."""

    statement: Verified[Posted]
    states: dict[Name, Document | None]

    @property
    def number(self) -> int:
        """Which round it is, from one."""
        return self.statement.value.round

    @property
    def round(self) -> Round:
        """What it asks of a site."""
        return Round(self.number, self.states)


@dataclass(frozen=True)
class Course:
    """How far an analysis is: its state, the last total that led there, and the sites that take part.

    `parts` are what sites told in the last round, of which the total is the sum. The sites are those that
    answered the first round; before it there are none yet. Where sites may miss rounds, `shared` tells of
    each step which part of the information each site gave.
    """

    state: Document | None = None
    total: Shape | None = None
    parts: list[tuple[Name, Shape]] = field(default_factory=list)
    sites: tuple[Name, ...] | None = None
    shared: tuple[dict[Name, float], ...] = ()
    noise: dict[Name, Noise] = field(default_factory=dict)
    finished: bool = False
    dropped: bool = False

    @property
    def over(self) -> bool:
        """Whether nothing follows: it ended, was given up, or nobody answered."""
        return self.finished or self.dropped or self.sites == ()


def iterative(analysis: Analysis) -> Iterative[Any, Any] | None:
    """The analytic of an analysis, if it takes rounds."""
    found = parse(analysis, "the query")
    return found if isinstance(found, Iterative) else None


def rounds_of(analysis: Analysis, asked: Privacy) -> int:
    """The most rounds that an analysis can take; under differential privacy those that it takes."""
    found = iterative(analysis)
    if found is None:
        return 1
    return found.longest if asked.rho is None else found.draws


def rounds_in_all(query: Query) -> int:
    """The number that all rounds of a query are below, or all runs: what an approval binds."""
    if query.recurs is not None:
        return query.recurs.times + 1
    return max(rounds_of(one, query.privacy) for one in query.analyses)


def start(query: Query, number: int = 0) -> Round:
    """The first round of a query, or a run of one that recurs: every analysis starts."""
    return Round(number, dict.fromkeys(analysis.id for analysis in query.analyses))


def courses(
    query: Query, agreed: Dictionary, rounds: Sequence[Sequence[Contribution]], asked: Sequence[Asked]
) -> dict[Name, Course]:
    """The course of every iterative analysis over the rounds that were answered.

    `asked` are the rounds that were posted after the first; each round starts at the posted state.
    """
    ways = list(led.ways(query, agreed, rounds, asked))
    known = max((place for place, way in enumerate(ways, 1) if led.to(way)), default=0)
    found = dict(led.to(ways[known - 1]) or {}) if known else {name: Course() for name in fits(query)}
    for number, contributions in enumerate(rounds[known:], known):
        # What was said before a fit starts anew is not added up, nor what was said of the round it ended in.
        anew = {name for one in asked[number:] for name in found if restarts(one, name)}
        going = {name: course for name, course in found.items() if name not in anew}
        found |= followed(query, agreed, going, contributions, asked[number - 1] if number else None)
        led.keep(ways[number], dict(found))
    return found


def followed(
    query: Query,
    agreed: Dictionary,
    found: Mapping[Name, Course],
    contributions: Sequence[Contribution],
    asked: Asked | None,
) -> dict[Name, Course]:
    """The courses after one round more, which was `asked` for, or is the first."""
    told = {}
    for analysis in query.analyses:
        if analysis.id in found:
            anew = asked is not None and restarts(asked, analysis.id)
            course = Course() if anew else found[analysis.id]
            told[analysis.id] = (
                course if course.over else _step(query, analysis, course, agreed, contributions, asked)
            )
    return told


def _step(
    query: Query,
    analysis: Analysis,
    before: Course,
    agreed: Dictionary,
    contributions: Sequence[Contribution],
    asked: Asked | None,
) -> Course:
    """A step, from the state that was asked for."""
    analytic = iterative(analysis)
    assert analytic is not None
    state = asked.states.get(analysis.id, before.state) if asked else None
    values = [one.values for one in contributions if _answers(one, analysis.id)]
    if absences(query) and before.sites is not None:  # who was not there at the start comes too late
        values = [one for one in values if one.value.site in before.sites]
    sites = tuple(one.value.site for one in values)
    if before.sites is not None and not _goes_on(query, sites, before.sites):
        return replace(before, state=state, dropped=True)
    if not values:
        return Course(sites=())
    outline = analytic.outline_at(agreed, state, counted(analysis.id, values))
    told = parts(outline, analysis.id, values)
    whole = total(told)
    first, state = state is None, analytic.step(state, known(whole))
    if first:
        state = analytic.seeded(state, _seed(query, analysis, contributions))
    shared = before.shared if first or not absences(query) else (*before.shared, shares(told))
    ended = analytic.finished(state)
    return Course(state, whole, told, before.sites or sites, shared, noise_of(analysis.id, values), ended)


def _goes_on(query: Query, sites: tuple[Name, ...], before: tuple[Name, ...]) -> bool:
    """Whether a fit goes on with those that answered: all that it has, or where it may miss some, enough."""
    return len(sites) >= query.min_sites if absences(query) else sites == before


def _seed(query: Query, analysis: Analysis, contributions: Sequence[Contribution]) -> str:
    """What lots are drawn from: the question, and what sites signed in its first round, once it was asked."""
    told = {one.values.value.site: one.release.envelope for one in contributions}
    return digest_of({"query": query.sha256, "analysis": analysis.id, "releases": told})


def restarts(asked: Asked, analysis: Name) -> bool:
    """Whether an analysis starts anew in a round."""
    return analysis in asked.states and asked.states[analysis] is None


def _answers(contribution: Contribution, analysis: Name) -> bool:
    return isinstance(contribution.values.value.analyses.get(analysis), Answered)


def built_on(query: Query, asked: Sequence[Asked], sites: Collection[Name]) -> bool:
    """Whether a fit as it stands may hold what some sites said: since all of it last started anew.

    Then every analysis that takes rounds starts anew, the finished ones too.
    """
    whole = dict.fromkeys(fits(query))
    since = max((place for place, one in enumerate(asked) if one.states == whole), default=0)
    return any(set(sites) & one.statement.value.releases.keys() for one in asked[since:])


def absences(query: Query) -> bool:
    """Whether a round of a query goes on without sites that did not answer it, and may answer the next.

    So it is where all of its analyses that take rounds can, and without noise: with it rows are known in
    total only.
    """
    found = [one for one in map(iterative, query.analyses) if one is not None]
    return query.privacy.rho is None and bool(found) and all(one.absences for one in found)


def invited(query: Query, asked: Sequence[Asked]) -> tuple[Name, ...]:
    """The sites that are asked to answer the last of the rounds that were posted, or the first of a query.

    All of a query are asked its first round. Then those that answered every round; where sites may miss some,
    those that answered a round in which everything starts.
    """
    those, fixed, whole = query.sites, not absences(query), dict.fromkeys(fits(query))
    for at, one in enumerate(asked):
        if fixed or at == 0 or asked[at - 1].states == whole:
            those = tuple(site for site in those if site in one.statement.value.releases)
    return those


def closing(query: Query, asked: Sequence[Asked], answers: Iterable[datetime]) -> datetime:
    """When the sites have had their time to answer the last of the rounds that were posted, or the first.

    `answers` are the times at which it was answered. A researcher may date a round back, or show it late:
    so the time of a later round begins when the first site signed an answer to it.
    """
    if not asked:
        return query.issued + duration(query.round_deadline)
    since = asked[-1].statement.value.issued
    return max(since, min(answers, default=since)) + duration(query.round_deadline)


def fits(query: Query) -> tuple[Name, ...]:
    """The analyses of a query that take rounds."""
    return tuple(one.id for one in query.analyses if iterative(one))


def unfinished(found: Mapping[Name, Course]) -> dict[Name, Document]:
    """The states at which the next round is asked."""
    return {
        name: course.state
        for name, course in found.items()
        if course.state is not None and not course.finished and not course.dropped
    }


def opened(data: bytes, sealed: bytes, query: Query, members: Membership, keys: Keys, where: str) -> Asked:
    """A posted round, verified and opened; its states have the forms that their analytics give them."""
    statement = verify_round(data, members, where)
    told = statement.value
    if (told.query, told.researcher) != (query.sha256, query.researcher):
        raise fault("R-REPLAY", where=where)
    states: States = open_states(statement, sealed, keys, where).value
    known = {analysis.id: iterative(analysis) for analysis in query.analyses}
    read_states: dict[Name, Document | None] = dict.fromkeys(states.again)
    for name, state in states.states.items():
        analytic = known.get(name)
        if analytic is None:
            raise fault("R-STATE", analysis=name, where=where)
        read_states[name] = analytic.state.read(state, where)
    return Asked(statement, read_states)


def check_states(asked: Asked, found: Mapping[Name, Course], where: str) -> None:
    """Raise R-STATE unless the posted states are those that the releases give."""
    wanted = unfinished(found)
    for name in asked.states.keys() | wanted.keys():
        if name not in wanted or name not in asked.states:
            raise fault("R-STATE", analysis=name, where=where)
        state = asked.states[name]
        if state is None or not same(state.json_value(), wanted[name].json_value()):
            raise fault("R-STATE", analysis=name, where=where)


def contribution(
    path: Path, site: Name, query: Query, number: int, members: Membership, keys: Keys
) -> Contribution:
    """A site's release of a round, verified against its place and opened."""
    release = release_of(path, site, query, number, members)
    return Contribution(release, open_values(release, read_sealed(path), keys, _where(path, site, query)))


def release_of(path: Path, site: Name, query: Query, number: int, members: Membership) -> Verified[Release]:
    """A site's release of a round, verified against its place."""
    where = _where(path, site, query)
    release = verify_release(read(path), members, where)
    told = release.value
    if (told.site, told.query, told.round) != (site, query.sha256, number):
        raise fault("R-REPLAY", where=where)
    check_reviews(told, path, members, {query.researcher}, where)
    return release


def _where(path: Path, site: Name, query: Query) -> str:
    return f"{site}/releases/{query.sha256}/{path.name}"


def history(
    office: FolderExchange, query: Query, members: Membership, keys: Keys
) -> tuple[list[Asked], list[list[Contribution]]]:
    """The rounds that were posted, and the releases that each of them says it follows from."""
    asked = posted(office, query, members, keys)
    return asked, [named(office, one, query, members, keys) for one in asked]


def posted(office: FolderExchange, query: Query, members: Membership, keys: Keys) -> list[Asked]:
    """The rounds that were posted."""
    asked: list[Asked] = []
    for number, path in enumerate(office.rounds(query.researcher, query.sha256), 1):
        where = _where_posted(query, path.name)
        one = opened(read(path), read_sealed(path), query, members, keys, where)
        if one.number != number:
            raise fault("R-REPLAY", where=where)
        asked.append(one)
    return asked


def _where_posted(query: Query, name: str) -> str:
    return f"{query.researcher}/queries/{query.sha256}/rounds/{name}"


def named(
    office: FolderExchange, asked: Asked, query: Query, members: Membership, keys: Keys
) -> list[Contribution]:
    """The releases that a round names, each found by its digest at its site, in the order of the query."""
    number = asked.number - 1
    those = asked.statement.value.releases
    if not those.keys() <= set(query.sites):
        raise fault("R-SITE", site=", ".join(sorted(those.keys() - set(query.sites))))
    found = []
    for site in (site for site in query.sites if site in those):
        for round_, _, path in office.releases(site, query.sha256):
            if round_ == number and digest(read(path)) == those[site]:
                found.append(contribution(path, site, query, number, members, keys))
    if len(found) != len(those):
        raise fault("S-GONE", where=_where_posted(query, f"{asked.number:03}.json"))
    return found

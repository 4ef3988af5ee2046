"""What left a site before of the same persons, beside what is parked: for the people who review it.

It is read from what the site recorded itself. A query that is not in the exchange any more is listed too,
as one of which nothing is known but that it was answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import NamedTuple

from fedcli.analytics import parse
from fedcli.errors import FedcliError
from fedcli.files.canonical import digest_of
from fedcli.language.words import words
from fedcli.ledger import accounts, externals, registry
from fedcli.model.derived import Derived, defined, needed, sources
from fedcli.model.external import Known
from fedcli.model.identifiers import ColumnName, Digest, Name, short
from fedcli.model.predicate import Predicate, columns
from fedcli.model.query import Analysis, Query
from fedcli.model.release import Answered, Left, Release
from fedcli.model.shown.reviews import BesideShown, EarlierShown
from fedcli.trust.dsse import content, predicate
from fedcli.trust.dsse import parse as parse_envelope
from fedcli.workflows.difference import analysis_words
from fedcli.workflows.ran import Site
from fedcli.workflows.reviewed import told_by
from fedcli.workflows.standing import exchange

#: So many are listed for an analysis; of the others it is said how many they are.
MOST = 10


class Asked(NamedTuple):
    """What an output tells of: its dataset, the state of that, the cohort, and which columns it reads.

    What is None is not known; without a dataset, neither is the cohort. `asks` names the question that was
    put to the cohort, and `analytic` of which kind it is. Derived columns count as what they come from.
    """

    dataset: Name | None
    snapshot: Name | None
    cohort: Predicate | None
    reads: frozenset[ColumnName] | None
    analytic: str = ""
    asks: Digest = ""
    derive: tuple[Derived, ...] | None = None

    def touches(self, other: Asked) -> bool:
        """Whether both tell of a column; what reads none counts its cohort, as everything does."""
        return not self.reads or not other.reads or bool(self._columns & other._columns)

    @property
    def _columns(self) -> frozenset[ColumnName]:
        known = sources(self.derive)
        names = (self.reads or frozenset()) | columns(self.cohort)
        return frozenset[ColumnName]().union(*(known.get(name, frozenset({name})) for name in names))

    @property
    def _chosen(self) -> tuple[Predicate | None, str]:
        """How the cohort was chosen: in the words of the query, and by what these are derived from."""
        return self.cohort, defined(self.derive, columns(self.cohort))

    def differs(self, other: Asked) -> Iterator[str]:
        """In what the other asked something else, as far as it is known."""
        if other.dataset is None:
            yield "not known"
        elif other.dataset != self.dataset:
            yield "another dataset"
        if other.dataset and other._chosen != self._chosen:
            yield "another cohort"
        if other.snapshot and other.snapshot != self.snapshot:
            yield "another snapshot"
        if other.asks and other.asks != self.asks:
            yield "other groups" if other.analytic == self.analytic else "another analytic"


class Output(NamedTuple):
    """One thing that left: when, what it told of, how people know it, and its numbers where they are kept."""

    at: datetime
    asked: Asked
    shown: EarlierShown
    answered: Answered | None = None
    source: tuple[Digest, Name] | None = None


class Beside(NamedTuple):
    """What left before beside one analysis; and the answers to the same, with which it can be compared."""

    shown: BesideShown
    same: tuple[Left, ...]


def outputs(site: Site, population: Name) -> list[Output]:
    """All that left of a population, the newest first; of the rounds of a model the last."""
    found = {one.source: one for one in _released(site, population)}
    outside = map(_external, externals.of_population(site.book, population))
    return sorted([*found.values(), *outside], key=lambda one: one.at, reverse=True)


def beside(known: list[Output], query: Query, analysis: Analysis, snapshot: Name) -> Beside:
    """Those that touch an analysis: first the answers to the same question, each kind the newest first."""
    asked = asked_by(query, analysis, snapshot)
    others = [one for one in known if one.source != (query.sha256, analysis.id) and asked.touches(one.asked)]
    near = sorted(others, key=lambda one: one.asked.asks != asked.asks)
    listed = near[:MOST]
    shown = tuple(_differing(one, asked) for one in listed)
    same = tuple(
        Left(name=f"{one.shown.id} {one.source[1]} of {one.shown.at}", answered=one.answered)
        for one in listed
        if one.source and one.answered and one.asked.asks == asked.asks
    )
    return Beside(BesideShown(outputs=shown, more=len(near) - len(listed)), same)


def _differing(one: Output, asked: Asked) -> EarlierShown:
    return one.shown.model_copy(update={"differs": tuple(asked.differs(one.asked))})


def _released(site: Site, population: Name) -> Iterator[Output]:
    recalled = registry.withdrawals(site.book)
    for recorded in accounts.releases(site.book):
        if recorded.outcome == "released":
            release = told_by(recorded)
            query = _query(site, release)
            for charged in release.charges:
                judged = accounts.left(site.book, charged.charge, release)
                name = charged.entry.analysis
                if name and judged and judged.answered and charged.charge.population == population:
                    yield _output(release, query, name, judged.answered, recorded.query in recalled)


def _query(site: Site, release: Release) -> Query | None:
    """The query of a release. The release names its digest, so that nothing else has to vouch for it."""
    where, [researcher, *_] = "the query", [one.charge.researcher for one in release.charges]
    try:
        data = exchange(site.desk.home).query(researcher, release.query)
        query = predicate(content(parse_envelope(data, where), "query", where), Query, where)
    except FedcliError:
        return None
    return query if query.sha256 == release.query else None


def _output(release: Release, query: Query | None, name: Name, answered: Answered, recalled: bool) -> Output:
    analysis = next((one for one in query.analyses if one.id == name), None) if query else None
    if query and analysis:
        asked = asked_by(query, analysis, release.snapshot)
    else:
        asked = Asked(None, release.snapshot, None, None)
    shown = EarlierShown(
        at=release.issued.date(),
        id=short(release.query),
        title=query.title if query else "not in the exchange any more",
        who=release.charges[0].charge.researcher,
        project=query.project if query else None,
        cohort=words(query.cohort, query.derive) if query else None,
        analysis=analysis_words(analysis) if analysis else name,
        recalled=recalled,
    )
    return Output(release.issued, asked, shown, answered, (release.query, name))


def asked_by(query: Query, analysis: Analysis, snapshot: Name | None) -> Asked:
    """What an analysis of a query tells of, on a snapshot."""
    question = [analysis.analytic, analysis.version, analysis.parameters]
    try:
        reads = parse(analysis, "the query").reads()
    except FedcliError:  # an analytic of another version
        reads = None
    if needed(query.derive, reads or ()):
        question.append(defined(query.derive, reads or ()))
    asks = digest_of(question)
    return Asked(query.dataset, snapshot, query.cohort, reads, analysis.analytic, asks, query.derive)


def _external(known: Known) -> Output:
    """An output that left by another door: where it is about a dataset, of a cohort that is known."""
    external = known.external
    by = [table.by for table in external.tables]
    reads = frozenset(name for names in by for name in names)
    asked = Asked(external.dataset, None, known.cohort, reads)
    shown = EarlierShown(
        at=external.date,
        title=external.title,
        who=external.who,
        cohort=words(known.cohort) if external.dataset else None,
        analysis="; ".join(f"table by {', '.join(names)}" if names else "a count" for names in by),
    )
    return Output(datetime.combine(external.date, time(), UTC), asked, shown)

"""A rehearsal: the whole walk on local files, one site for each, in a folder that is gone afterwards.

Keys, homes and exchange are made for the occasion. Nothing of the walk is left out but the people:
the profile's disclosure rules hold, and its admission lets the query in. The releases say
`rehearsal`, and verification refuses them.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from fedcli.errors import FedcliError, Outcome, fault, gravest
from fedcli.files.canonical import digest_of
from fedcli.files.toml import to_toml
from fedcli.files.writer import write
from fedcli.ledger.store import Store
from fedcli.model.disclosure import Finding
from fedcli.model.home import Desk, Home, HomeFile, Part
from fedcli.model.identifiers import Digest, Name
from fedcli.model.policy import Admission, Approvals, Policy, Visibility
from fedcli.model.result import Result
from fedcli.model.shown.base import Trouble
from fedcli.model.shown.results import RehearsalShown, RehearsalSite
from fedcli.policy.profiles import profile_or_file
from fedcli.workflows import combine, datasets, enrol, execute, federate, submit
from fedcli.workflows.dictionary import read_dictionary
from fedcli.workflows.errand import Vaults
from fedcli.workflows.ran import Ran, failed
from fedcli.workflows.resolve import read_draft, resolve
from fedcli.workflows.rounds import iterative
from fedcli.workflows.spare import Spares
from fedcli.workflows.tidy import noisy, rounded, suppressed

_ORGANISATION = "rehearsal"
_ANYTHING = Admission(
    analytics=("*",), projects=("*",), purposes=("*",), approvals=Approvals(people=0, roles=())
)


class Place(NamedTuple):
    """A site of a rehearsal: its name and its data."""

    site: Name
    path: Path
    table: str | None


def rehearse(
    query: Path, data: Path, dictionary: Path, rules: str, now: datetime, spares: Spares | None = None
) -> RehearsalShown:
    """Rehearse a query file on the data sets of a folder, under a profile or a policy file.

    Of a query that recurs the first run is played, at the time at which that is due.
    """
    policy = open_rules(rules)
    draft, agreed = read_draft(query), read_dictionary(dictionary)
    now = (draft.recurs.starts if draft.recurs else None) or now
    asked = resolve(draft, agreed, query.name).analyses
    rounds = any(map(iterative, asked))
    if spares is not None:
        spares.expect(one.analytic for one in asked)
    places = [
        place for place in _places(data, agreed.own_table) if not draft.sites or place.site in draft.sites
    ]
    if not places:
        raise fault("D-MISSING", path=data)
    with (
        tempfile.TemporaryDirectory(prefix="fedcli-rehearsal-", dir=in_memory()) as folder,
        _vaults(places, spares) as vaults,
    ):
        stage = Stage(Path(folder), now, policy, agreed.dataset)
        stage.found(places, dictionary)
        return stage.perform(query, places, vaults, rounds)


def open_rules(rules: str) -> Policy:
    """The disclosure rules of a profile, or of a file, with an admission that lets everything in."""
    return profile_or_file(rules).model_copy(update={"admission": _ANYTHING})


def _places(data: Path, table: str) -> list[Place]:
    """One site for each Parquet file, folder or database in a folder."""
    if not data.is_dir():
        raise fault("D-MISSING", path=data)
    found = []
    for path in sorted(data.iterdir()):
        name = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")
        name = name if name[:1].isalpha() else f"site-{name}"
        if (path.is_dir() and any(path.rglob("*.parquet"))) or path.suffix == ".parquet":
            found.append(Place(name, path, None))
        elif path.suffix in (".duckdb", ".db", ".ddb"):
            found.append(Place(name, path, table))
    return found


@contextmanager
def _vaults(places: list[Place], spares: Spares | None) -> Iterator[dict[Name, Vaults]]:
    """A vault for all that is done with a site's data."""
    threads = max(1, _cores() // len(places))
    with ExitStack() as stack:
        yield {place.site: stack.enter_context(Vaults(threads, one=True, spares=spares)) for place in places}


def in_memory() -> Path | None:
    """A file system in memory, where there is one: nothing is kept, and what is left of a kill is gone too.

    Whoever sets TMPDIR has chosen.
    """
    usual, memory = (Path(name) for name in ("/tmp", "/dev/shm"))  # noqa: S108 - the folder in it is private
    chosen = Path(tempfile.gettempdir()) != usual
    return memory if not chosen and memory.is_dir() and os.access(memory, os.W_OK) else None


def _cores() -> int:
    return os.cpu_count() or 1


class Stage:
    """The homes of a rehearsal, below one folder."""

    def __init__(self, folder: Path, now: datetime, policy: Policy, dataset: Name) -> None:
        self._folder = folder
        self._now = now
        self._policy = policy.model_copy(update={"visibility": Visibility()})  # nobody else looks here
        self._dataset = dataset
        self._vaults: dict[Name, Vaults] = {}

    def found(self, places: list[Place], dictionary: Path) -> None:
        """Make everyone's home, and a federation of them."""
        chair, researcher = self.desk("federation", "chair"), self.desk("researcher", "researcher")
        sites = [self.desk("site", place.site) for place in places]
        for desk in (chair, researcher, *sites):
            self._furnish(desk)
        enrol.make_keys(chair.home, "chair", ("administrator",), self._now, None)
        federate.begin(chair, threshold=1)
        federate.add_members(chair, [desk.home.card(desk.actor) for desk in (chair, researcher, *sites)])
        federate.add_dataset(chair, dictionary)
        federate.sign_root(chair)
        pin = federate.publish(chair).digest
        for desk in (researcher, *sites):
            federate.verify(desk, pin)
        for desk in sites:
            write(desk.home.path / "policy.toml", to_toml(self._policy.json_value()).encode())

    def perform(
        self, query: Path, places: list[Place], vaults: dict[Name, Vaults], rounds: bool
    ) -> RehearsalShown:
        """Every step from the signed query to the result; each site has one vault for all of it."""
        self._vaults = vaults
        with ThreadPoolExecutor(min(2 * _cores(), len(places))) as self._pool:
            taking = self._pool.map(self._take_in, places)
            if rounds:
                import numpy  # noqa: F401 - a step is computed with it, and now is nothing else to do
            problems = dict(zip(places, taking, strict=True))
            ended = [(place.site, problem) for place, problem in problems.items() if problem is not None]
            ready = [place for place, problem in problems.items() if problem is None]
            if not ready:
                return self._shown(ended, None, None)
            researcher = self.desk("researcher", "researcher")
            try:
                signed = submit.sign_query(researcher, query)
            except FedcliError as error:
                if not ended:
                    raise
                return self._shown(ended, None, error)  # it may be of the sites that are left out
            submit.submit(researcher, signed.digest)
            return self._rounds(ended, ready, researcher, signed.digest)

    def _rounds(
        self, ended: list[tuple[Name, Ran]], ready: list[Place], researcher: Desk, query: Digest
    ) -> RehearsalShown:
        """Let the sites answer, and add up, until there is a result or none can come.

        Who refuses is asked in each round, as in a federation, and left out where the others are enough.
        """
        rounds: list[list[Ran]] = []
        while True:
            rounds.append(list(self._pool.map(self._run, ready)))
            told = [
                (place.site, _whole(one)) for place, one in zip(ready, zip(*rounds, strict=True), strict=True)
            ]
            try:
                result = combine.combine(researcher, query).result
            except FedcliError as error:
                if error.code == "R-ROUND" and any(one.released for one in rounds[-1]):
                    continue
                return self._shown(ended + told, None, error)
            return self._shown(ended + told, result, None)

    def _shown(
        self, ended: list[tuple[Name, Ran]], result: Result | None, problem: FedcliError | None
    ) -> RehearsalShown:
        sites = tuple(
            RehearsalSite(
                site=site,
                status=ran.outcome.word,
                code=ran.code,
                message=ran.message,
                findings=ran.shown_findings,
            )
            for site, ran in ended
        )
        return RehearsalShown(
            policy=self._policy.name,
            rehearsed=sites,
            result=result,
            suppressed=suppressed(result) if result else (),
            rounded=rounded(result) if result else (),
            noisy=noisy(result) if result else (),
            problem=Trouble.of(problem) if problem else None,
        )

    def _furnish(self, desk: Desk) -> None:
        file = desk.home.file
        enrol.make_home(
            file.role, file.name, desk.home.path, file.exchange, file.organisation, self._now, None
        )
        if file.role == "site":
            self._same_again(desk)

    @staticmethod
    def _same_again(desk: Desk) -> None:
        """Let a site draw what it draws in every rehearsal: values that are filled in, a person's rows."""
        book = Store(desk.home.database)
        with book.writing():
            book.set("snapshot_key", digest_of({"a rehearsal of": desk.home.file.name}))
        book.close()

    def desk(self, part: Part, name: Name) -> Desk:
        """The desk in somebody's home, which needs no pass-phrase."""
        exchange = str(self._folder / "exchange")
        file = HomeFile(role=part, name=name, organisation=_ORGANISATION, exchange=exchange)
        return Desk(Home(self._folder / f"{part}-{name}", file), self._now, name, lambda _: "")

    def _take_in(self, place: Place) -> Ran | None:
        """Add the site's data; what does not meet the dictionary is the site's end."""
        try:
            desk = self.desk("site", place.site)
            kept = self._vaults[place.site].of("")
            taken = datasets.add(desk, self._dataset, [place.path.resolve()], place.table, None, kept)
        except FedcliError as error:
            return failed("", "", error)
        first = taken.problems[0] if taken.problems else None
        return Ran("", "", Outcome.DATA, first.code, first.message) if first else None

    def _run(self, place: Place) -> Ran:
        desk, vaults = self.desk("site", place.site), self._vaults[place.site]
        [ran] = execute.run_all(desk, (), rehearses=True, vaults=vaults)
        return ran


def _whole(rounds: tuple[Ran, ...]) -> Ran:
    """All rounds of a query at one site: how the gravest ended, and what the checks found in any of them."""
    worst = gravest(one.outcome for one in rounds)
    last = next(one for one in reversed(rounds) if one.outcome is worst)
    if worst is Outcome.REFUSED and any(one.released for one in rounds):
        last = last._replace(outcome=Outcome.PARTIAL, message="released in part")
    found: dict[Name, tuple[tuple[Name, Finding], ...]] = {}
    for one in rounds:
        found |= {key: tuple(pair for pair in one.findings if pair[0] == key) for key, _ in one.findings}
    return last._replace(findings=tuple(pair for pairs in found.values() for pair in pairs))

"""A simulated month: five sites, a query that recurs every night, and what goes wrong in practice.

`north` grows every night, `south` never changes; `east` fails at random, before the charge, in the vault or
before its release is visible; `west` is slow, and comes after the deadline on some nights; `upland` has a
full disk for some days. Time is passed in. Every morning the researcher combines, and the result is held
against rows that were counted here.
"""

from __future__ import annotations

import random
import resource
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq

from tests.workflows.acts import entries
from tests.world import EPOCH, Ended, World, enrolled

SITES = ("north", "south", "east", "west", "upland")
WARDS = ("cardiology", "geriatrics", "surgery")
#: So many come to each ward in a night: more than min_count, or the change would tell of few.
FIRST, NIGHTLY = 500, 15
QUORUM = 3
DICTIONARY = """
schema = "fedcli/dictionary/1"
dataset = "stays"
version = 1
population = "month-patients"
unit = "person"
person_id = "patient"
row_key = "stay"
max_rows = 1
overlap = "declared-disjoint"
evidence = "made up"

[columns.patient]
type = "text"
sensitivity = "identifier"

[columns.stay]
type = "text"
sensitivity = "identifier"

[columns.ward]
type = "text"
levels = ["cardiology", "geriatrics", "surgery"]
sensitivity = "plain"
use = ["group"]
"""
QUERY = """
schema = "fedcli/query/1"
title = "Every night"
project = "cardio-2026"
purpose = "DUO:0000006"
dataset = "stays"
sites = ["north", "south", "east", "west", "upland"]
min_sites = {quorum}
round_deadline = "6 hours"

[recurs]
every = "1 day"
times = {nights}
starts = {starts}

[[analysis]]
id = "all"
analytic = "count"

[[analysis]]
id = "wards"
analytic = "crosstab"
by = ["ward"]
"""
#: Where east fails: it does not come, or dies before the charge, in the vault, or before it is seen.
FAILURES = {
    "away": None,
    "uncharged": "fedcli.workflows.walk._charge",
    "charged": "fedcli.workflows.walk.errand",
    "hidden": "fedcli.exchange.folder.FolderExchange.put_release",
}


class Crash(BaseException):
    """The process is gone."""


@dataclass(frozen=True)
class Night:
    """What goes wrong in one: how east fails (or nothing), whether west is slow, whether the disk is full."""

    east: str = ""
    slow: bool = False
    full: bool = False

    @property
    def answering(self) -> set[str]:
        """The sites whose release is there in the morning."""
        wrong = {"east": bool(self.east), "west": self.slow, "upland": self.full}
        return {site for site in SITES if not wrong.get(site, False)}

    @property
    def charging(self) -> set[str]:
        """The sites that wrote down what the night's question costs."""
        return self.answering | ({"east"} if self.east in ("charged", "hidden") else set())


def drawn(nights: int, seed: int) -> list[Night]:
    """A month as it comes: east fails in a third of the nights, west in a fifth, and three days are full."""
    lots = random.Random(seed)
    first = lots.randrange(1, nights - 3)
    return [
        Night(
            east=lots.choice(list(FAILURES)) if lots.random() < 1 / 3 else "",
            slow=lots.random() < 1 / 5,
            full=first <= at < first + 3,
        )
        for at in range(nights)
    ]


#: The whole month. Its days are drawn, and the draw has everything: also nights with too few for a result.
MONTH = drawn(30, seed=45)


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can grow: the kernel refuses every write, of whatever process below this one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@dataclass
class Month:
    """A federation, its rows as they are tonight, and what was found to be wrong."""

    world: World
    nights: list[Night]
    say: Callable[[str], None] = lambda _: None
    query: str = ""
    rows: dict[str, Counter[str]] = field(default_factory=dict)
    known: list[dict[str, Counter[str]]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def holds(self, truth: object, what: str) -> None:
        """Write down what does not hold."""
        if not truth:
            self.wrong.append(what)
            self.say(f"WRONG: {what}")

    def found(self) -> None:
        """Every site with its data, and the query granted for all of its runs."""
        world, starts = self.world, EPOCH.replace(hour=22)
        for site in SITES:
            self.rows[site] = Counter(dict.fromkeys(WARDS, FIRST))
            self._cut(site)
            world.ok("data", "add", "stays", self._file(site), home=site)
        text = QUERY.format(quorum=QUORUM, nights=len(self.nights), starts=starts.isoformat())
        self.query = world.submit(text)
        more = ("--max-runs", str(len(self.nights)), "--period", "1 day", "--reason", "ok")
        for site in SITES:
            for person in ("owner", "officer"):
                world.ok("approval", "grant", self.query, "--key", f"{site}-{person}", *more, home=site)
        world.now = starts

    def live(self) -> None:
        """All nights, and the mornings after them."""
        for run, night in enumerate(self.nights, start=1):
            self._night(run, night)
            self._morning(run, night)

    def _night(self, run: int, night: Night) -> None:
        """A cut of the data, then the sites' runs, the slow one after the deadline."""
        for site in SITES:
            if site != "south":
                self.rows[site].update(dict.fromkeys(WARDS, NIGHTLY))
                self._cut(site)
        self.known.append({site: Counter(rows) for site, rows in self.rows.items()})
        self.world.later(minutes=20)
        for site in ("north", "south"):
            self._ran(run, site)
        self._east(run, night)
        if night.full:
            with full_disk():
                ended = self._run("upland")
            self.holds(ended.exit != 0, f"run {run}: upland wrote on a full disk")
        else:
            self._ran(run, "upland")
        self.world.later(hours=7 if night.slow else 1)
        if night.slow:
            ended = self._run("west")
            late = (ended.exit, ended.data.get("queries")) == (0, [])
            self.holds(late, f"run {run}: west was not too late")
        else:
            self._ran(run, "west")
            self.world.later(hours=6)

    def _east(self, run: int, night: Night) -> None:
        place = FAILURES.get(night.east)
        if not night.east:
            self._ran(run, "east")
        elif place is not None:
            with mock.patch(place, side_effect=Crash), suppress(Crash):
                ended = self._run("east")
                self.holds(False, f"run {run}: east did not fail ({night.east}): {ended.text}")

    def _ran(self, run: int, site: str) -> None:
        ended = self._run(site)
        told = [(one["run"], one["status"]) for one in ended.data.get("queries", ())]
        self.holds((ended.exit, told) == (0, [(run, "done")]), f"run {run}: {site}: {ended.text}")

    def _morning(self, run: int, night: Night) -> None:
        """What the researcher has: those that answered added up, and the missing named."""
        ended = self.combine()
        missing = [site for site in SITES if site not in night.answering]
        if len(night.answering) < QUORUM:
            told = (ended.exit, ended.document["code"])
            named = all(site in ended.document["message"] for site in missing)
            self.holds(told == (8, "R-MISSED") and named, f"run {run}: {ended.text}")
        else:
            self.holds(ended.exit == (7 if missing else 0), f"run {run}: ended with {ended.exit}")
            self.check(run, ended, night.answering)
            again = self.combine()
            self.holds(again.data["new"] is False, f"run {run}: was posted twice")
        told = f"missing: {', '.join(missing)}" if missing else "nobody is missing"
        self.say(f"run {run}: {len(night.answering)} of {len(SITES)} answered; {told}")
        self.world.now = EPOCH.replace(hour=22)
        self.world.later(days=run)

    def check(self, run: int, ended: Ended, answering: set[str]) -> None:
        """Whether a result is of this run, of these sites, and of the rows that they had in that night."""
        data = ended.data
        self.holds(data["run"]["run"] == run, f"run {run}: a result of run {data['run']['run']}")
        statuses = {one["site"]: one["status"] for one in data["sites"]}
        wanted = {site: "released" if site in answering else "missing" for site in SITES}
        self.holds(statuses == wanted, f"run {run}: {statuses}")
        truth: Counter[str] = sum((self.known[run - 1][site] for site in answering), Counter())
        table = data["results"]["wards"]["tables"]["counts"]
        told = {
            row[table["columns"].index("ward")]: row[table["columns"].index("count")] for row in table["rows"]
        }
        self.holds(told == dict(truth), f"run {run}: {told} is not {dict(truth)}")
        number = data["results"]["all"]["scalars"]["n"]
        self.holds(number == truth.total(), f"run {run}: {number} is not {truth.total()}")

    def ends(self) -> None:
        """Late releases make second results; ledgers verify, and what was charged is what was asked."""
        for run, night in enumerate(self.nights[:-1], start=1):
            if night.east == "hidden" and len(night.answering) >= QUORUM:
                ended = self.combine("--run", str(run))
                self.holds(ended.data["new"], f"run {run}: the late release of east is not seen")
                self.check(run, ended, night.answering | {"east"})
        for site in SITES:
            told = self.world.cli("ledger", "verify", home=site)
            self.holds(told.exit == 0, f"the ledger of {site}: {told.text}")
            charged = entries(self.world, site, "charge")
            nights = 1 if site == "south" else sum(site in one.charging for one in self.nights)
            self.holds(charged == 2 * nights, f"{site}: {charged} charges for {nights} states of its data")
            self.say(f"{site}: {charged} charges, {entries(self.world, site, 'release')} releases")
        verified = self.world.cli("verify", str(self.world.exchange), home="researcher")
        self.holds(verified.exit == 0, verified.text)
        parts = list(self.world.folder.rglob("*.part"))
        self.holds(not parts, f"half-written files: {parts}")

    def combine(self, *more: str) -> Ended:
        """Combine as the researcher does in the morning."""
        return self.world.cli("combine", self.query, *more, "--format", "json", home="researcher")

    def _run(self, site: str) -> Ended:
        return self.world.cli("run", "--pending", "--format", "json", home=site)

    def _file(self, site: str) -> Path:
        return self.world.folder / site / "stays.parquet"

    def _cut(self, site: str) -> None:
        """The night's cut: everybody who was there, and those who came."""
        wards = [ward for ward in WARDS for _ in range(self.rows[site][ward])]
        names = [f"{site}-{ward}-{at}" for ward in WARDS for at in range(self.rows[site][ward])]
        pq.write_table(pa.table({"patient": names, "stay": names, "ward": wards}), self._file(site))


def lived(folder: Path, nights: list[Night], say: Callable[[str], None] = lambda _: None) -> list[str]:
    """A month from its founding to its end; what was found to be wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stays.toml").write_text(DICTIONARY)
    month = Month(enrolled(folder / "world", SITES, folder / "stays.toml"), nights, say)
    month.found()
    month.live()
    month.ends()
    return month.wrong

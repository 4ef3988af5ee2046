"""A federation of three sample hospitals in a folder, driven by command lines and with a clock of its own."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fedcli import app
from fedcli.config import Options
from fedcli.config import desk as desk_of
from fedcli.model.home import Desk
from fedcli.report.console import Console
from tests import sweeping

SAMPLES = Path(__file__).parent.parent / "sample_data"
SAMPLE = SAMPLES / "hospitals"
SITES = {"north": SAMPLE / "north", "south": SAMPLE / "south.parquet", "east": SAMPLE / "east.duckdb"}
EPOCH = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

QUERY = """
schema = "fedcli/query/1"
title = "A test"
project = "cardio-2026"
purpose = "DUO:0000006"
dataset = "cohort"
sites = ["north", "south", "east"]
min_sites = 3
round_deadline = "3 days"
"""


def query_text(*analyses: str, **keys: str) -> str:
    """A query file: the standard head with some keys replaced (values in TOML), then analyses."""
    lines = [line for line in QUERY.strip().splitlines() if line.split(" = ")[0] not in keys]
    lines += [f"{key} = {value}" for key, value in keys.items() if value]
    blocks = [f"\n[[analysis]]\n{analysis}" for analysis in analyses or ('id = "n"\nanalytic = "count"',)]
    return "\n".join(lines) + "\n" + "\n".join(blocks) + "\n"


@dataclass
class Ended:
    """How a command line ended."""

    exit: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def document(self) -> dict[str, Any]:
        return json.loads(self.out)

    @property
    def data(self) -> dict[str, Any]:
        return self.document["data"]


@dataclass
class World:
    """The homes of a federation below one folder, and the time there."""

    folder: Path
    now: datetime = EPOCH
    environ: dict[str, str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        sweeping.watch(self.folder)

    def cli(self, *args: str, home: str | None = None) -> Ended:
        """Run a command line in this process, as the given participant."""
        out, err = io.StringIO(), io.StringIO()
        options = Options(environ=self.environ, cwd=self.folder, now=lambda: self.now)
        console = Console(out=out, err=err, environ=self.environ)
        line = [*(["--home", str(self.folder / home)] if home else []), *map(str, args)]
        code = app.run(line, options, console)
        self.written += [out.getvalue(), err.getvalue()]
        sweeping.said(out.getvalue() + err.getvalue(), args)
        return Ended(code, out.getvalue(), err.getvalue())

    def ok(self, *args: str, home: str | None = None) -> Ended:
        """Run a command line that must end with 0."""
        ended = self.cli(*args, home=home)
        assert ended.exit == 0, f"{args} ended with {ended.exit}:\n{ended.text}"
        return ended

    def desk(self, home: str, key: str | None = None) -> Desk:
        """The desk of a participant, for tests of workflows."""
        options = Options(home=self.folder / home, key=key, environ=self.environ, now=lambda: self.now)
        return desk_of(options)

    def later(self, **delta: float) -> None:
        """Let time pass."""
        self.now += timedelta(**delta)

    @property
    def exchange(self) -> Path:
        return self.folder / "exchange"

    # The acts of a study.

    def submit(self, text: str, name: str = "query.toml") -> str:
        """Sign and submit a query file; its digest."""
        file = self.folder / "researcher" / name
        file.write_text(text)
        return self.ok("query", "submit", str(file), "--format", "json", home="researcher").data["digest"]

    def approve(self, query: str, *sites: str) -> None:
        """Let both people of each site grant a query."""
        for site in sites or SITES:
            for person in ("owner", "officer"):
                self.ok("approval", "grant", query, "--key", f"{site}-{person}", "--reason", "ok", home=site)

    def run(self, *sites: str) -> list[Ended]:
        """Run all that is pending at each site."""
        return [self.cli("run", "--pending", home=site) for site in sites or SITES]

    def study(self, text: str) -> tuple[str, dict[str, Any]]:
        """From a query file to the combined data; the query's digest, and the data of `combine`."""
        query = self.submit(text)
        self.approve(query)
        self.run()
        return query, self.cli("combine", query, "--format", "json", home="researcher").data

    def releases(self, site: str, query: str) -> list[Path]:
        """The statements that a site has published for a query."""
        return sorted((self.exchange / site / "releases" / query).glob("*.release.json"))


def found(
    folder: Path, sites: Mapping[str, Path] = SITES, dictionary: Path = SAMPLE / "cohort.toml"
) -> World:
    """Found a federation of sites with their data; by default of the three sample hospitals."""
    world = enrolled(folder, tuple(sites), dictionary)
    for site, source in sites.items():
        more = ["--table", "cohort"] if source.suffix == ".duckdb" else []
        world.ok("data", "add", "cohort", source, *more, home=site)
    return world


def enrolled(folder: Path, sites: Sequence[str], dictionary: Path) -> World:
    """A federation of sites that trust it and hold no data yet."""
    world = World(folder)
    ok = world.ok
    ok("init", "federation", "cardio-net", "--dir", folder / "federation", "--threshold", "2")
    for name in ("ada", "ben"):
        ok("key", "new", name, "--role", "administrator", "--no-passphrase", home="federation")
    for site in sites:
        ok("init", "site", site, "--dir", folder / site, "--organisation", f"{site.title()} Hospital")
        ok("key", "new", f"{site}-owner", "--role", "data-owner", "--no-passphrase", home=site)
        ok("key", "new", f"{site}-officer", "--role", "disclosure-officer", "--no-passphrase", home=site)
    ok("init", "researcher", "ana", "--dir", folder / "researcher", "--no-passphrase")
    cards = sorted(str(card) for card in folder.glob("*/keys/*.card.json"))
    ok("federation", "member", "add", *cards, home="federation")
    ok("federation", "dataset", "add", dictionary, home="federation")
    for name in ("ada", "ben"):
        ok("federation", "sign", "--key", name, home="federation")
    pin = ok("federation", "publish", "--format", "json", home="federation").data["digest"]
    for home in ("researcher", *sites):
        ok("federation", "verify", "--pin", pin, home=home)
    return world


def copied(template: World, folder: Path) -> World:
    """The same federation in another folder; the sample data stay where they are."""
    shutil.copytree(template.folder, folder, symlinks=True)
    return World(folder, template.now)

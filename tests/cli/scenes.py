"""Where each command's examples are run: whose home it is, what happened before, and how they end.

The stage is a copy of what `fedcli demo demo --keep` leaves behind. The words of an example that stand for
something of the reader's (a query's digits, a person, a folder) are replaced by what is there.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from tests.models import classifier
from tests.world import SAMPLE, SITES, World, query_text

ASKED = query_text(
    'id = "n"\nanalytic = "count"',
    'id = "x"\nanalytic = "crosstab"\nby = ["statin", "sex"]',
    cohort='"age > 70"',
    title='"Statins after 70"',
)
FEWER = query_text(
    'id = "x"\nanalytic = "crosstab"\nby = ["statin", "sex"]', cohort='"age > 70"', title='"Statins after 70"'
)

NIGHTLY = (
    query_text(title='"Every night"', round_deadline='"6 hours"') + '[recurs]\nevery = "1 day"\ntimes = 30\n'
)

REPORTED = """
schema = "fedcli/external/1"
title = "Annual report"
date = 2026-02-11
who = "the registry, for the ministry"
dataset = "cohort"
"""

#: What a register says of the demonstration's first query: as many as the hospitals have.
REGISTER = """
schema = "fedcli/totals/1"
title = "The national register"

[[total]]
analysis = "persons"
count = 3050
"""

Act = Callable[[World], None]


def nothing(world: World) -> None:
    """Nothing happens before."""


@dataclass(frozen=True)
class Scene:
    """A home, the acts before, and the exit code of each example that does not end with 0, by its place.

    Of a slow command only the first example is run a second time, for its JSON.
    """

    home: str | None = None
    before: Act = nothing
    exits: dict[int, int] = field(default_factory=dict)
    slow: bool = False


def furnished(world: World) -> None:
    """The files that examples name, in the folder where they are typed."""
    folder = world.folder
    (folder / "query.toml").write_text(ASKED)
    shutil.copy(folder / "query.toml", folder / "q.toml")
    for name in ("cohort.toml", "d.toml"):
        shutil.copy(SAMPLE / "cohort.toml", folder / name)
    for name in ("studies", "sites"):
        (folder / name).mkdir()
        for source in SITES.values():
            (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name / source.name)
    shutil.copytree(SITES["north"], folder / "data" / "cohort")
    for name in ("data/hospital.duckdb", "hospital.duckdb"):
        shutil.copy(SITES["east"], folder / name)
    shutil.copy(SITES["south"], folder / "cohort.parquet")
    for name in ("policy.toml", "new.toml"):
        shutil.copy(folder / "north" / "policy.toml", folder / name)
    shutil.copytree(folder / "exchange" / "north" / "releases", folder / "releases")
    secret = folder / "secret"
    secret.write_text("a pass-phrase\n")
    secret.chmod(0o600)
    world.environ["FEDCLI_PASSPHRASE_FILE"] = str(secret)


def asked(world: World) -> str:
    """A query that waits; its digest."""
    (world.folder / "query.toml").write_text(ASKED)
    line = ["query", "submit", str(world.folder / "query.toml"), "--format", "json"]
    return world.ok(*line, home="researcher").data["digest"]


def _elsewhere(world: World) -> None:
    """Nobody has these names yet."""
    for home in ("north", "south"):
        shutil.rmtree(world.folder / home)


def _blank(world: World) -> None:
    (world.folder / "query.toml").unlink()


def _signed(world: World) -> None:
    world.ok("query", "sign", str(world.folder / "query.toml"), home="researcher")


def _submitted(world: World) -> None:
    asked(world)


def _granted(world: World) -> None:
    query = asked(world)
    for person in ("north-owner", "north-officer"):
        world.ok("approval", "grant", query, "--key", person, "--reason", "ok", home="north")


def _nightly(world: World) -> str:
    """A query that recurs, as well; its digest."""
    return world.submit(NIGHTLY, "nightly.toml")


def _submitted_both(world: World) -> None:
    _submitted(world)
    _nightly(world)


def _answered(world: World) -> None:
    """The first run of a query that recurs is answered, and what a register says is at hand."""
    world.approve(_nightly(world))
    world.run()
    _registered(world)


def _reportable(world: World) -> None:
    _answered(world)
    world.ok("combine", _nightly(world), home="researcher")
    kept = next((world.folder / "researcher" / "results").glob("*/result.json"))
    shutil.copy(kept, world.folder / "given.json")


def _modelled(world: World) -> None:
    """A model is among the results."""
    line = 'id = "m"\nanalytic = "penalised"\nformula = "sbp ~ bmi"\npenalties = [1]'
    assert world.study(query_text(line, title='"A model"'))[1]["results"]["m"]["scalars"]


def _given(world: World) -> None:
    """A classifier that somebody handed over."""
    told = classifier("diabetes ~ age + bmi", "diabetes", True, {"age": 0.05, "bmi": 0.1}, -7.0)
    (world.folder / "model.json").write_bytes(told.canonical())


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{path} has no {old!r}"
    path.write_text(text.replace(old, new))


def _parked(world: World) -> None:
    """A release that waits for people, of whom ben is one."""
    _edit(world.folder / "north" / "policy.toml", "[admission]\n", '[admission]\nreview   = "all"\n')
    _granted(world)
    assert world.cli("run", "--pending", home="north").exit == 8


def _fewer(world: World) -> None:
    asked(world)
    (world.folder / "query.toml").write_text(FEWER)


def _looser(world: World) -> None:
    _edit(world.folder / "policy.toml", "[disclosure] ", "[disclosure]\nmin_count = 5\n#")


def _cases(world: World) -> None:
    shipped = (SAMPLE.parent.parent / "configs" / "cases" / "standard.toml").read_text()
    text = shipped.replace("../../sample_data/hospitals/cohort.toml", str(SAMPLE / "cohort.toml"))
    (world.folder / "cases").mkdir()
    for name in ("cases.toml", "cases/cases.toml"):
        (world.folder / name).write_text(text)


def _cards(world: World) -> None:
    world.ok("init", "site", "west", "--dir", str(world.folder / "west"))
    world.ok("init", "researcher", "bea", "--dir", str(world.folder / "bea"), "--no-passphrase")
    for home, name in (("west", "north.card.json"), ("bea", "a.json")):
        shutil.copy(world.folder / home / "keys" / f"{home}.card.json", world.folder / name)


def _changed(world: World) -> None:
    world.ok("federation", "member", "remove", "east-owner", "--reason", "left", home="federation")


def _agreed(world: World) -> None:
    _changed(world)
    for name in ("ada", "ben"):
        world.ok("federation", "sign", "--key", name, home="federation")


def _beside(world: World) -> None:
    for file in sorted((world.exchange / "north" / "releases").glob("*/000.01.*")):
        shutil.copy(file, world.folder / file.name)


def _reported(world: World) -> None:
    (world.folder / "annual-report.toml").write_text(REPORTED)


def _registered(world: World) -> None:
    (world.folder / "register.toml").write_text(REGISTER)


def _far(world: World) -> None:
    """The folder that all share is mounted, and has an address."""
    _edit(world.folder / "north" / "fedcli.toml", '"../exchange"', f'"file://{world.exchange}"')


def _proven(world: World) -> None:
    proof = world.ok("ledger", "prove", "3", "--format", "json", home="north").out
    (world.folder / "proof.json").write_text(proof)


def _clinic(world: World) -> None:
    """A table of persons, and one of what they went through."""
    folder = world.folder / "data" / "clinic"
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        for name, columns in (
            ("persons", "range AS person_id, range % 2 = 0 AS female"),
            ("visits", "range // 2 AS person_id, DATE '2026-01-01' + CAST(range AS INTEGER) AS day"),
        ):
            text = f"COPY (SELECT {columns} FROM range(60)) TO '{folder / name}.parquet'"
            connection.execute(text)


def _kept(world: World) -> None:
    """A checkpoint that was kept from before."""
    (world.folder / "kept").mkdir()
    shutil.copy(world.exchange / "north" / "checkpoints" / "002", world.folder / "kept" / "north")


SCENES: dict[str, Scene] = {
    "rehearse": Scene(slow=True),
    "init federation": Scene(),
    "init site": Scene(None, _elsewhere),
    "init researcher": Scene(),
    "key show": Scene("north"),
    "key new": Scene("north"),
    "key rotate": Scene("north"),
    "key revoke": Scene("north"),
    "federation show": Scene("researcher"),
    "federation verify": Scene("researcher"),
    "federation sign": Scene("federation", _changed),
    "federation publish": Scene("federation", _agreed),
    "federation member add": Scene("federation", _cards),
    "federation member remove": Scene("federation"),
    "federation dataset add": Scene("federation"),
    "data add": Scene("north"),
    "data list": Scene("north"),
    "data describe": Scene("north"),
    "data check": Scene("north"),
    "data draft-dictionary": Scene(None, _clinic),
    "data mock": Scene(slow=True),
    "analytic list": Scene(),
    "analytic show": Scene(),
    "analytic schema": Scene(),
    "analytic example": Scene(),
    "query new": Scene("researcher", _blank),
    "query check": Scene("researcher"),
    "query explain": Scene("researcher"),
    "query sign": Scene("researcher"),
    "query submit": Scene("researcher", _signed),
    "query amend": Scene("researcher", _fewer),
    "query list": Scene("researcher"),
    "query status": Scene("researcher"),
    "approval list": Scene("north", _submitted),
    "approval show": Scene("north", _submitted),
    "approval grant": Scene("north", _submitted_both),
    "approval deny": Scene("north", _submitted),
    "approval revoke": Scene("north", _granted),
    "review list": Scene("north", _parked),
    "review show": Scene("north", _parked),
    "review approve": Scene("north", _parked),
    "review request-changes": Scene("north", _parked),
    "review reject": Scene("north", _parked),
    "run": Scene("north", _granted),
    "combine": Scene("researcher", _answered),
    "report": Scene("researcher", _reportable),
    "model list": Scene("researcher", _modelled),
    "model show": Scene("researcher", _modelled),
    "model export": Scene("researcher", _modelled),
    "model evaluate": Scene("researcher", _given),
    "release export": Scene("north"),
    "release list": Scene("north"),
    "release show": Scene("researcher", _beside),
    "release withdraw": Scene("north"),
    "exchange pull": Scene("north", _far),
    "exchange push": Scene("north", _far),
    "exchange sync": Scene("north", _far),
    "exchange ls": Scene("north", _far),
    "verify": Scene("researcher", _proven),
    "ledger show": Scene("north"),
    "ledger verify": Scene("north"),
    "ledger checkpoint": Scene("north"),
    "ledger prove": Scene("north"),
    "ledger record-external": Scene("north", _reported),
    "state show": Scene("north"),
    "state purge": Scene("north"),
    "schedule show": Scene("north"),
    "audit check": Scene("north", _kept),
    "audit export": Scene("north"),
    "budget show": Scene("north"),
    "budget history": Scene("north"),
    "policy show": Scene("north"),
    "policy explain": Scene("north"),
    "policy check": Scene("north"),
    "policy lint": Scene("north"),
    "policy test": Scene(None, _cases),
    "policy attack": Scene(None, exits={1: 10}, slow=True),
    "policy diff": Scene(None, _looser, {0: 10}),
    "doctor": Scene("researcher"),
    "selftest": Scene(),
    "config show": Scene("north"),
    "schema": Scene(),
    "explain": Scene(),
    "help": Scene(),
}


@dataclass(frozen=True)
class Placed:
    """What stands in the place of the words of an example."""

    words: dict[str, str]
    folders: dict[str, Path]

    @classmethod
    def of(cls, world: World, home: str | None) -> Placed:
        """The query that waits, else the first of the demonstration; the pin; the people of a hospital."""
        listed = world.ok("query", "list", "--format", "json", home="researcher").data["queries"]
        ids = {one["title"]: str(one["id"]) for one in listed}
        query = ids.get("Statins after 70", ids["Who is in the cohort"])
        pin = world.ok("federation", "show", "--format", "json", home="researcher").data["pin"]
        people = {"alice": "north-owner"} | ({} if home == "federation" else {"ben": "north-officer"})
        folders = {"/data/": world.folder / "data", "/mnt/shared": world.exchange, "/srv/": world.folder}
        trained = world.ok("model", "list", "--format", "json", home="researcher").data["models"]
        models = {"m-5ad3": str(trained[0]["id"])} if trained else {}
        nightly = {"q-7a3f": ids["Every night"]} if "Every night" in ids else {}
        return cls(
            {**nightly, **models, "q-4be1c2d3e4f5": query, "q-4be1": query[:10], "9f3c…": pin, **people},
            folders,
        )

    def word(self, word: str) -> str:
        """A word of an example as it is typed here."""
        for prefix, folder in self.folders.items():
            if word.startswith(prefix):
                return str(folder / word.removeprefix(prefix))
        return self.words.get(word, word)


def stage(played: Path, folder: Path) -> World:
    """A copy of what the demonstration left, with the files that examples name."""
    shutil.copytree(played, folder, symlinks=True)
    world = World(folder)
    furnished(world)
    return world

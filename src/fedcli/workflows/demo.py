"""The demonstration: a whole federation on sample data, by the commands that people would type.

Each step is a command line, printed and run. At the end every number is held against the pooled one
of the sample data, which plain SQL has computed, and one byte of a release is changed.
"""

from __future__ import annotations

import json
import shlex
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fedcli.errors import Outcome, fault, meant
from fedcli.files.assets import asset
from fedcli.files.reader import names, read
from fedcli.files.strict import parse_json, parse_toml
from fedcli.files.writer import make_folder, write
from fedcli.model.identifiers import Name, short
from fedcli.model.scenario import Scenario
from fedcli.model.shown.results import DemoShown
from fedcli.workflows.compare import Comparison, compare, table

#: Runs a command line; its outcome and what it wrote.
Invoke = Callable[[Sequence[str]], tuple[Outcome, str]]
Say = Callable[[str], None]

_SCENARIO = "scenario.toml"
_POLICY = "policy.toml"


def scenarios() -> list[str]:
    """The names of the scenarios that ship with fedcli."""
    samples = asset("sample_data")
    return [name for name in names(samples) if (samples / name / _SCENARIO).exists()]


def play(folder: Path | None, scenario: str, keep: bool, invoke: Invoke, say: Say) -> DemoShown:
    """Play a scenario in a folder, which is removed afterwards unless it is to be kept."""
    if scenario not in scenarios():
        raise fault("U-SCENARIO", name=scenario, meant=meant(scenario, scenarios()))
    if folder is not None and folder.exists() and any(folder.iterdir()):
        raise fault("F-EXISTS", path=folder)
    stage = folder or Path(tempfile.mkdtemp(prefix="fedcli-demo-"))
    try:
        return _Play(stage, asset("sample_data") / scenario, invoke, say).all(keep)
    finally:
        if not keep:
            shutil.rmtree(stage, ignore_errors=True)


class _Play:
    """One performance."""

    def __init__(self, folder: Path, sample: Path, invoke: Invoke, say: Say) -> None:
        self._folder = folder
        self._sample = sample
        self._invoke = invoke
        self._say = say
        self._sites = _sites(sample)
        self._cast = Scenario.read(parse_toml(read(sample / _SCENARIO), _SCENARIO), _SCENARIO)

    def all(self, keep: bool) -> DemoShown:
        """Every act in order."""
        make_folder(self._folder)
        self._found()
        self._adopt()
        self._take_in()
        queries = self._ask()
        self._approve(list(queries.values()))
        self._act("Each site runs what was approved, and publishes signed releases")
        for site in self._sites:
            self._do(["--home", self._home(site), "run", "--pending"], show=True)
        comparison = self._combine(queries)
        refused = self._tamper(next(iter(queries.values())))
        return DemoShown(
            folder=str(self._folder),
            kept=keep,
            agreed=comparison.agreed,
            within=comparison.within,
            differing=comparison.differing,
            tampering_refused=refused,
        )

    def _found(self) -> None:
        """Homes, keys, and the root that the administrators sign."""
        self._make_homes()
        self._act("The administrators enrol everybody, agree on the dictionary, and sign the root")
        home = self._home("federation")
        cards = sorted(str(card) for card in self._folder.glob("*/keys/*.card.json"))
        self._do(["--home", home, "federation", "member", "add", *cards])
        dictionary = self._sample / f"{self._cast.dataset}.toml"
        self._do(["--home", home, "federation", "dataset", "add", str(dictionary)])
        for name in self._cast.administrators:
            self._do(["--home", home, "federation", "sign", "--key", name])
        pin = self._json(["--home", home, "federation", "publish"])["digest"]
        self._act("Everybody else trusts it from its digest, told by another way")
        for name in ("researcher", *self._sites):
            self._do(["--home", self._home(name), "federation", "verify", "--pin", pin])

    def _make_homes(self) -> None:
        """A home for everybody, with the keys of the people there."""
        cast, home = self._cast, self._home("federation")
        self._act(f"A federation, its administrators, the {cast.sites} and their people, and a researcher")
        threshold = str(len(cast.administrators))
        self._do(["init", "federation", cast.federation, "--dir", home, "--threshold", threshold])
        for name in cast.administrators:
            self._do(["--home", home, "key", "new", name, "--role", "administrator", "--no-passphrase"])
        for site in self._sites:
            self._do(["init", "site", site, "--dir", self._home(site), *self._organisation(site)])
            for person, role in cast.people.items():
                name = f"{site}-{person}"
                self._do(["--home", self._home(site), "key", "new", name, "--role", role, "--no-passphrase"])
        line = ["init", "researcher", cast.researcher, "--dir", self._home("researcher"), "--no-passphrase"]
        self._do([*line, *self._organisation(cast.researcher)])

    def _organisation(self, name: Name) -> list[str]:
        return ["--organisation", self._cast.organisations[name]]

    def _adopt(self) -> None:
        """Put the policy that the sites agreed on in the place of the profile that they began with."""
        agreed = self._sample / _POLICY
        if not agreed.exists():
            return
        self._act(f"Each {self._cast.site} puts the policy that was agreed on in the place of the profile")
        for site in self._sites:
            own = self._folder / site / _POLICY
            self._say(f"$ {shlex.join(['cp', str(agreed), str(own)])}")
            write(own, read(agreed))
            self._do(["--home", self._home(site), "policy", "check"])

    def _take_in(self) -> None:
        self._act(f"The {self._cast.sites} take their data in; it never leaves their folders")
        dataset = self._cast.dataset
        for site, source in self._sites.items():
            target = self._folder / site / "data" / source.name
            make_folder(target.parent, 0o700)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
            more = ["--table", dataset] if source.suffix == ".duckdb" else []
            self._do(["--home", self._home(site), "data", "add", dataset, str(target), *more])

    def _ask(self) -> dict[str, str]:
        """Submit every example query; digests by the names of their files."""
        self._act("The researcher signs and submits the example queries")
        found = {}
        for name in names(self._sample / "queries", ".toml"):
            file = self._folder / "researcher" / name
            write(file, read(self._sample / "queries" / name))
            said = self._json(["--home", self._home("researcher"), "query", "submit", str(file)])
            found[name.removesuffix(".toml")] = said["digest"]
        return found

    def _approve(self, queries: list[str]) -> None:
        self._act(f"At each {self._cast.site} its people read the queries and approve them")
        for site in self._sites:
            for query in queries:
                for person in self._cast.people:
                    home, key = self._home(site), f"{site}-{person}"
                    reason = ["--reason", self._cast.reason]
                    self._do(["--home", home, "approval", "grant", short(query), "--key", key, *reason])

    def _combine(self, queries: dict[str, str]) -> Comparison:
        self._act("The researcher verifies the releases, adds them up, and compares with the pooled data")
        pooled = parse_json(read(self._sample / "pooled.json"), "pooled.json")
        total = Comparison(0, 0, 0)
        for name, query in queries.items():
            said = self._json(["--home", self._home("researcher"), "combine", short(query)])
            rows, comparison = compare(said["results"], pooled[name])
            total = total.plus(comparison)
            self._say(f"\n{said['title']} ({comparison.words})\n")
            for line in table(rows):
                self._say(f"  {line}")
        return total

    def _tamper(self, query: str) -> bool:
        """Change one byte of a release, see it refused, and put the byte back."""
        self._act("Anyone can verify what left; here one byte of a release is changed, and put back")
        release = next(iter(sorted(self._folder.glob(f"exchange/*/releases/{query}/*.release.json"))))
        whole = read(release)
        place = len(whole) // 2
        changed = b"A" if whole[place : place + 1] != b"A" else b"B"
        verify = ["--home", self._home("researcher"), "verify", str(self._folder / "exchange")]
        good = self._do(verify)
        write(release, whole[:place] + changed + whole[place + 1 :])
        bad = self._do(["--home", self._home("researcher"), "verify", str(release)], show=True)
        write(release, whole)
        return good is Outcome.DONE and bad is Outcome.INTEGRITY

    def _home(self, name: str) -> str:
        return str(self._folder / name)

    def _act(self, text: str) -> None:
        self._say(f"\n# {text}")

    def _do(self, command: list[str], show: bool = False) -> Outcome:
        """Print a command, run it, and tell how it ended where that is not plain success."""
        self._say(f"$ fedcli {_typed(command)}")
        outcome, text = self._invoke(command)
        if show or outcome is not Outcome.DONE:
            for line in text.rstrip().splitlines():
                self._say(f"  {line}".rstrip())
        if outcome is not Outcome.DONE:
            self._say(f"  (exit {outcome.exit_code}: {outcome.word})")
        return outcome

    def _json(self, command: list[str]) -> dict[str, Any]:
        """Print and run a command, and read its answer as a program does."""
        self._say(f"$ fedcli {_typed(command)}")
        _, text = self._invoke([*command, "--format", "json"])
        document = json.loads(text)
        if not document["data"]:
            raise fault("B-DEMO", ended=document["code"], message=document["message"])
        data: dict[str, Any] = document["data"]
        return data


def _sites(sample: Path) -> dict[Name, Path]:
    """The sample data of each site: a folder, a Parquet file or a database, named for it."""
    found = {path.stem: path for path in sorted(sample.iterdir()) if path.suffix in (".parquet", ".duckdb")}
    folders = (path for path in sorted(sample.iterdir()) if path.is_dir())
    found |= {path.name: path for path in folders if names(path, ".parquet")}
    return dict(sorted(found.items()))


def _typed(command: list[str]) -> str:
    """A command as a person would type it, a long list of cards shortened."""
    words = [word for word in command if not word.endswith(".card.json")]
    cards = len(command) - len(words)
    return " ".join(map(shlex.quote, words)) + (f"  # and {cards} cards" if cards else "")

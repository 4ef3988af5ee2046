"""A training whose sites and researcher are killed in every round, beside the same training undisturbed.

Every command is killed once in each round, at a call of its own on a file, and typed again. What is killed
is the installed command, as an operator has it; what is left undisturbed runs in this process.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from tests.faults.trace import KILL, faulty, unusable
from tests.workflows.acts import entries
from tests.workflows.fitting import SITES, fitted_world, question
from tests.world import World, copied

MODELS = {
    "fedavg": 'family = "binomial"\nformula = "ill ~ age + sex"\nrounds = 2\nstrategy = "scaffold"',
    "logistic": 'formula = "ill ~ age + sex"',
    "boosted_trees": 'outcome = "ill"\ncolumns = ["sex"]\ntrees = 2\ndepth = 1',
}
#: Every command makes something last so often in a round, at least.
_LEAST = 6
_MOST_ROUNDS = 12


class Ended(NamedTuple):
    """What a training came to: the numbers of its answer, and how often each site charged and released."""

    numbers: dict[str, Any]
    charges: dict[str, int]
    releases: dict[str, int]


class Kill(NamedTuple):
    """Where a participant's command ends for good in a round."""

    round: int
    who: str
    call: str
    nth: int


def ready(folder: Path, analytic: str) -> tuple[World, str]:
    """A federation at the time of the machine, with a query that all sites have granted."""
    world = fitted_world(folder)
    query = world.submit(question(f'id = "risk"\nanalytic = "{analytic}"\n{MODELS[analytic]}'))
    world.now = datetime.now(UTC)
    world.approve(query, *SITES)
    return world, query


def undisturbed(world: World, query: str) -> tuple[Ended, int]:
    """The training as it is, and how many rounds it took."""
    for rounds in range(1, _MOST_ROUNDS):
        codes = {who: _types(world, who, query) for who in (*SITES, "researcher")}
        assert set(codes.values()) <= {0, 8}, codes
        if codes["researcher"] == 0:
            return _ended(world, query), rounds
    raise AssertionError("no result")


def disturbed(world: World, query: str, kills: Sequence[Kill]) -> tuple[Ended, list[Kill]]:
    """The training with each kill in its round, and those that were not met."""
    missed = []
    for at in range(1 + max(one.round for one in kills)):
        for who in (*SITES, "researcher"):
            for one in kills:
                if (one.round, one.who) == (at, who):
                    done, met = faulty(world.folder, _line(world, who, query), one.call, one.nth, KILL)
                    missed += [] if met and done.exit < 0 else [one]
            code = _types(world, who, query)
            assert code in (0, 8), f"{who} ended with {code} in round {at}"
    return _ended(world, query), missed


def compared(folder: Path, analytic: str, killed: Sequence[str], nth: int) -> tuple[list[Kill], list[str]]:
    """A training in two copies of a federation: the kills of one, and what is otherwise than in the other.

    In the first round the `nth` time that something is made to last is the end of a command, and two more in
    each round after it.
    """
    world, query = ready(folder / "federation", analytic)
    copy = copied(world, folder / "copy")
    clean, rounds = undisturbed(world, query)
    kills = [Kill(at, who, "fsync", nth + 2 * at % _LEAST) for at in range(rounds) for who in killed]
    found, missed = disturbed(copy, query, kills)
    wrong = [f"{one} was not met" for one in missed]
    wrong += [f"{name}: {cell}" for name, cell in found.numbers.items() if not _same(cell, clean, name)]
    wrong += [f"{name} is gone" for name in clean.numbers.keys() - found.numbers.keys()]
    if (found.charges, found.releases) != (clean.charges, clean.releases):
        wrong.append(f"charges {found.charges}, releases {found.releases}: {clean[1:]}")
    return kills, wrong


def campaign(say: Callable[[str], None]) -> int:
    """Every model, with every site and the researcher killed in every round; how much went wrong."""
    if reason := unusable():
        say(f"training: left out, since {reason}")
        return 0
    failed = 0
    for analytic, nth in product(MODELS, range(1, 3)):
        with tempfile.TemporaryDirectory() as folder:
            kills, wrong = compared(Path(folder), analytic, (*SITES, "researcher"), nth)
        rounds = 1 + max(one.round for one in kills)
        say(f"{analytic}: {len(kills)} kills in {rounds} rounds, {len(wrong)} differences")
        for told in wrong:
            say(told)
        failed += len(wrong)
    return failed


def _same(cell: object, clean: Ended, name: str) -> bool:
    """Whether a cell is that of the undisturbed training, a real number to 1e-12."""
    other = clean.numbers.get(name)
    if isinstance(cell, float) and isinstance(other, float):
        return math.isclose(cell, other, rel_tol=1e-12, abs_tol=1e-12)
    return cell == other


def _words(who: str, query: str) -> list[str]:
    return ["combine", query] if who == "researcher" else ["run", "--pending"]


def _line(world: World, who: str, query: str) -> list[str]:
    return ["--home", str(world.folder / who), *_words(who, query), "--format", "json"]


def _types(world: World, who: str, query: str) -> int:
    world.now = datetime.now(UTC)
    return world.cli(*_words(who, query), "--format", "json", home=who).exit


def _ended(world: World, query: str) -> Ended:
    ended = world.ok("combine", query, "--format", "json", home="researcher")
    counted = [{site: entries(world, site, kind) for site in SITES} for kind in ("charge", "release")]
    return Ended(_numbers(ended.data["results"]["risk"]), *counted)


def _numbers(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Every cell of an answer by its place."""
    cells = {f"{name}": cell for name, cell in answer["scalars"].items()}
    for name, table in answer["tables"].items():
        for at, row in enumerate(table["rows"]):
            cells |= {f"{name} {at} {of}": cell for of, cell in zip(table["columns"], row, strict=True)}
    return cells

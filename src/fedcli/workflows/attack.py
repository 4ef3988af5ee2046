"""Attacks against a policy: each by a researcher of its own, on made-up persons, through vault and gate."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from fedcli.ledger.store import Store
from fedcli.model.policy import Policy
from fedcli.model.shown.trials import AttackTold, PolicyAttacked, Price
from fedcli.workflows.attacking import differencing, margins, membership, prices, reconstruction
from fedcli.workflows.attacking.attempt import Attempt, Found
from fedcli.workflows.attacking.population import Lots, Population
from fedcli.workflows.errand import Kept, Vaults
from fedcli.workflows.questioner import Questioner
from fedcli.workflows.rehearse import in_memory
from fedcli.workflows.spare import Spares
from fedcli.workflows.trial import Held, Trial, check_exact, written


class Attack(NamedTuple):
    """What an attack does, and when it has done what it must not."""

    name: str
    does: str
    succeeds: str
    run: Callable[[Attempt, Any], Found]


_ISOLATED = "somebody's secret bit is told"
#: Against the same persons; what takes longest comes last, and has the time that the others left.
ATTACKS: tuple[Attack, ...] = (
    Attack(
        "margins",
        "tables with hidden cells, and their sums asked for apart",
        "a hidden cell is told",
        margins.recover,
    ),
    Attack("differencing-complement", "everybody, and everybody but one", _ISOLATED, differencing.complement),
    Attack("differencing-bands", "bands whose end moves past one person", _ISOLATED, differencing.bands),
    Attack(
        "differencing-nested", "a cohort, and the same without one person", _ISOLATED, differencing.nested
    ),
    Attack(
        "averaging",
        "two cohorts that differ by one person, in other words again and again",
        f"more than {differencing.MOST:.0%} of the bits are right",
        differencing.averaged,
    ),
    Attack(
        "reconstruction",
        "counts of a secret bit in halves by chance, solved by linear programming",
        f"more than {reconstruction.MOST:.0%} of the bits are right",
        reconstruction.reconstruct,
    ),
)
MEMBERSHIP = Attack(
    "membership",
    "means of many traits, held against those of a known person",
    f"the area under the curve is above {membership.MOST}, not by chance",
    membership.tell_members,
)


def attack(
    policy: Policy, persons: int, seed: int, seconds: float, now: datetime, spares: Spares
) -> PolicyAttacked:
    """Every attack on so many persons, and the price of the policy, in about so many seconds.

    Raises:
        UsageFault: P-NOISE for a policy without checks.
    """
    check_exact(policy)
    lots = Lots(seed)
    with (
        tempfile.TemporaryDirectory(prefix="fedcli-attack-", dir=in_memory()) as folder,
        Vaults(one=True, spares=spares) as vaults,
    ):
        stage = Stage(policy, Path(folder), vaults.of(""), now, seconds)
        return PolicyAttacked(
            policy=policy.name,
            persons=persons,
            seed=seed,
            attacks=tuple(stage.attacks(persons, lots)),
            prices=tuple(stage.prices(lots)),
        )


class Stage:
    """Where attacks take place: a vault, a folder, and time for all of them."""

    def __init__(self, policy: Policy, folder: Path, kept: Kept, now: datetime, seconds: float) -> None:
        self._policy, self._folder, self._kept = policy, folder, kept
        self._now, self._until = now, time.monotonic() + seconds

    def attacks(self, persons: int, lots: Lots) -> Iterator[AttackTold]:
        """One after another, each with its own limits and its own book."""
        cohort, population = membership.Cohort(persons, lots), Population(persons, lots)
        yield self._told(MEMBERSHIP, self._held("traits", cohort), cohort, 1 + len(ATTACKS))
        held = self._held("persons", population)
        for done, one in enumerate(ATTACKS):
            yield self._told(one, held, population, len(ATTACKS) - done)

    def _held(self, name: str, made: Population | membership.Cohort) -> Held:
        return written(made.dictionary, made.columns, self._folder / f"{name}.parquet", self._kept)

    def prices(self, lots: Lots) -> Iterator[Price]:
        """What ordinary analyses of few persons give."""
        agreed = prices.dictionary()
        for size in prices.SIZES:
            path = self._folder / f"ordinary-{size}.parquet"
            held = written(agreed, prices.columns(size, lots), path, self._kept)
            yield from prices.priced(Trial(self._policy, held, self._kept), size)

    def _told(self, one: Attack, held: Held, against: object, left: int) -> AttackTold:
        """One attack, which may take its part of the time that is left for so many."""
        book = Store.create(self._folder / f"{one.name}.db")
        try:
            questioner = Questioner(Trial(self._policy, held, self._kept), book, self._now)
            attempt = Attempt(questioner, (self._until - time.monotonic()) / left)
            found = one.run(attempt, against)
        finally:
            book.close()
        return AttackTold(
            attack=one.name,
            does=one.does,
            succeeds=one.succeeds,
            succeeded=found.succeeded,
            questions=attempt.questions,
            refusals=questioner.refusals,
            ended=attempt.ended,
            until=found.until,
            **found.scores._asdict(),
        )

"""Made-up persons for attacks: what an attacker knows of each, a secret bit, and traits.

Numbers follow from a seed by SHAKE-256. They are data to attack, never noise that protects anybody.
"""

from __future__ import annotations

import hashlib
from typing import Any, TypeAlias

import numpy as np

from fedcli.model.dataset import Column, Dictionary
from fedcli.workflows.trial import Columns

Vector: TypeAlias = Any
WARDS, STAGES = ("a", "b", "c", "d"), ("i", "ii", "iii")
_WARD_SHARES, _STAGE_SHARES = (0.4, 0.3, 0.2, 0.1), (0.6, 0.3, 0.1)
NO, YES = "no", "yes"
RICHEST = 100_000


class Lots:
    """Numbers in [0, 1) by name, which follow from a seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def of(self, name: str, number: int) -> Vector:
        """So many numbers; the same name gives the same ones."""
        drawn = hashlib.shake_256(f"{self._seed} {name}".encode()).digest(8 * number)
        return (np.frombuffer(drawn, dtype="<u8") >> np.uint64(11)) / 2.0**53

    def order(self, name: str, number: int) -> Vector:
        """The numbers below `number` in an order of chance."""
        return np.argsort(self.of(name, number))


class Population:
    """Persons by increasing income, which the attacker knows of each; half of them are ill, a secret."""

    def __init__(self, persons: int, lots: Lots) -> None:
        self.persons, self.lots = persons, lots
        steps = np.arange(persons) + 0.8 * lots.of("income", persons)
        self.income = np.round(steps * RICHEST / persons, 3)
        self.ill = lots.order("ill", persons) % 2 == 1
        self.ward = _drawn(lots.of("ward", persons), _WARD_SHARES)
        self.stage = _drawn(lots.of("stage", persons), _STAGE_SHARES)

    @property
    def dictionary(self) -> Dictionary:
        """One row for each person."""
        return Dictionary(
            dataset="synthetic",
            unit="person",
            person_id="person",
            columns={
                "person": Column(type="integer", sensitivity="identifier"),
                "income": Column(type="real", bounds=(0, RICHEST), sensitivity="quasi"),
                "ill": Column(type="text", levels=(NO, YES), sensitivity="sensitive"),
                "ward": Column(type="text", levels=WARDS),
                "stage": Column(type="text", levels=STAGES),
            },
        )

    @property
    def columns(self) -> Columns:
        """The rows."""
        return {
            "person": tuple(range(self.persons)),
            "income": tuple(self.income.tolist()),
            "ill": tuple(YES if one else NO for one in self.ill),
            "ward": tuple(WARDS[place] for place in self.ward),
            "stage": tuple(STAGES[place] for place in self.stage),
        }


def _drawn(lots: Vector, shares: tuple[float, ...]) -> Vector:
    """The place of each lot among cumulated shares."""
    return np.searchsorted(np.cumsum(shares[:-1]), lots, side="right")

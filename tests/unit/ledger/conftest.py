"""Fixtures: a site database of one's own, and things to write into it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fedcli.ledger.store import Store
from fedcli.model.charge import Charge
from fedcli.model.entry import Entry

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def entry(**more: Any) -> Entry:
    """Something that happened."""
    told: dict[str, Any] = {"kind": "opened", "at": NOW, "site": "north"}
    return Entry(**(told | more))


def charge(**more: Any) -> Charge:
    """What one question of Ana's costs."""
    told: dict[str, Any] = {
        "question": "a" * 64,
        "snapshot": "s-1",
        "mode": "disclosure-control",
        "population": "north-patients",
        "researcher": "ana",
        "scalars": 3,
    }
    return Charge(**(told | more))


def noisy(**more: Any) -> Charge:
    """What one question of Ana's costs under differential privacy: one draw of rho 0.1."""
    told: dict[str, Any] = {
        "mode": "differential-privacy",
        "project": "cardio",
        "share": "0.1",
        "draws": 1,
    }
    return charge(**(told | more))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database lies; its folder is not there yet."""
    return tmp_path / "state" / "site.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """A new database."""
    made = Store.create(path)
    yield made
    made.close()

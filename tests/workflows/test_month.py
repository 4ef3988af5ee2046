"""Some nights of the simulated month (`tests/campaign/month.py`), with one of everything that goes wrong."""

from __future__ import annotations

from pathlib import Path

from tests.campaign.month import FAILURES, MONTH, QUORUM, Night, lived

NIGHTS = [
    Night(east="hidden", full=True),
    Night(slow=True, full=True),
    Night(east="charged"),
]


def test_some_nights(tmp_path: Path) -> None:
    """Five sites: a crash in the vault and one before a release is seen, a full disk, one too late."""
    assert lived(tmp_path, NIGHTS) == []


def test_a_month_has_everything() -> None:
    """The whole one, which `make campaign` lives through."""
    assert {night.east for night in MONTH} == {"", *FAILURES}
    assert (len(MONTH), sum(night.full for night in MONTH)) == (30, 3)
    assert sum(night.slow for night in MONTH) > 3
    assert {len(night.answering) for night in MONTH} >= {QUORUM - 1, QUORUM, 5}

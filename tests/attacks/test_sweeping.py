"""The sweep of the whole run finds what it looks for: a control for each place where it looks."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests import sweeping
from tests.attacks.sweep import REAL, TEXT, WHOLE
from tests.workflows.acts import CANARY
from tests.world import SAMPLE, SITES, World


def test_every_person_and_visit_of_the_sample_is_a_canary() -> None:
    """The data that most tests use have identifiers that the sweep knows."""
    files = [SAMPLE / "south.parquet", *sorted(SITES["north"].glob("*.parquet"))]
    for table in map(pq.read_table, files):
        for column in ("patient_id", "visit_id"):
            ids = table[column].to_pylist()
            assert [one for one in ids if sweeping.hits(f'"{one}"'.encode()) != [one.encode()]] == []


@pytest.mark.parametrize("planted", [TEXT, CANARY, str(REAL), str(WHOLE), "S-0001-1", "N-0002"])
def test_a_planted_leak(tmp_path: Path, planted: str) -> None:
    """On the console, in a file of an exchange, in a log and inside a database."""
    assert sweeping.hits(f'{{"value": "{planted}"}}'.encode()) == [planted.encode()]
    for place in (
        "exchange/north/releases/1/000.01.values.sealed",
        "north/private.log",
        "north/state/site.db",
    ):
        file = tmp_path / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"\x00before " + planted.encode() + b" after\x00")
    assert len(list(sweeping.below(tmp_path))) == 3


def test_what_is_not_written_anew_is_not_swept_twice(tmp_path: Path) -> None:
    """A copy of another world was swept there."""
    (tmp_path / "file").write_text("S-0001-1")
    assert list(sweeping.below(tmp_path, since=(tmp_path / "file").stat().st_mtime + 1)) == []


def test_every_world_is_watched(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What any test writes into a world, and what any command says there, is found at the end of the run."""
    assert world.folder in sweeping._worlds
    monkeypatch.setattr(sweeping, "_found", [])
    monkeypatch.setattr(sweeping, "_worlds", {world.folder: sweeping._worlds[world.folder]})
    (world.exchange / "north" / "leak.json").write_text('{"visit": "S-0001-1"}')
    world.cli("explain", "S-0001")
    found = sweeping.everything()
    (world.exchange / "north" / "leak.json").unlink()
    assert len(found) >= 2
    assert any("leak.json" in one for one in found)

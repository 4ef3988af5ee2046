"""Power failures: what others may act on rests on the disk before it is let go."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults.order import Deed, Disk, breaches, deeds, followed
from tests.faults.scenes import Scene, again


@pytest.mark.parametrize(
    "name", ["run", "run with noise", "recovery of a record", "approval grant", "review approve", "combine"]
)
def test_all_is_on_the_disk_before_it_counts(acts: Mapping[str, Scene], name: str, tmp_path: Path) -> None:
    """The charge before the vault is asked, the record before the release is named, all before it is told."""
    scene = acts[name]
    world = again(scene, tmp_path / "world")
    done, made = followed(world.folder, scene.line(world))
    assert done.exit == 0, done.err
    assert list(breaches(world.folder, made)) == []


def test_the_order_of_deeds(acts: Mapping[str, Scene], tmp_path: Path) -> None:
    """The book is written, the vault asked, the book written, the checkpoint named, and then the release."""
    world = again(acts["run"], tmp_path / "world")
    _, made = followed(world.folder, acts["run"].line(world))
    marks = [mark for one in made if (mark := _mark(world.folder, one))]
    ordered = [mark for at, mark in enumerate(marks) if marks[at - 1 : at] != [mark]]
    assert ordered == ["book", "vault", "book", "checkpoint", "values", "statement", "book", "told"]


def _mark(folder: Path, deed: Deed) -> str | None:
    """What of the order a call is, if anything."""
    last = deed.paths[-1] if deed.paths else ""
    if deed.name == "unlink" and last.endswith("site.db-journal"):
        return "book"
    if deed.name == "link" and "/checkpoints/" in last:
        return "checkpoint"
    if deed.name == "link" and "/releases/" in last:
        return "values" if last.endswith(".sealed") else "statement"
    if deed.name == "write" and last == f"{folder}.out":
        return "told"
    return "vault" if deed.name == "write" and last.startswith("pipe:") else None


# The check itself.

SITE = "/w/south/state"
WRITTEN = [
    f'7 pwrite64(3<{SITE}/site.db-journal>, ""..., 512, 0) = 512',
    f"7 fdatasync(3<{SITE}/site.db-journal>) = 0",
    f'7 pwrite64(4<{SITE}/site.db>, ""..., 4096, 0) = 4096',
    f"7 fdatasync(4<{SITE}/site.db>) = 0",
    f'7 unlink("{SITE}/site.db-journal") = 0',
    f"7 fdatasync(5<{SITE}>) = 0",
]
RELEASES = "/w/exchange/south/releases"
NAMED = [
    f'7 write(6<{RELEASES}/.x.part>, ""..., 10) = 10',
    f"7 fsync(6<{RELEASES}/.x.part>) = 0",
    f'7 link("{RELEASES}/.x.part", "{RELEASES}/a.json") = 0',
    f"7 fsync(8<{RELEASES}>) = 0",
]
TOLD = ['7 write(1</w.out>, ""..., 10) = 10']
ASKED = ['8 write(9<pipe:[1]>, ""..., 10) = 10']


def _found(log: list[str]) -> list[str]:
    return list(breaches(Path("/w"), deeds(log)))


def test_a_good_log() -> None:
    """Nothing is found where nothing is missing."""
    assert _found([*WRITTEN, *ASKED, *WRITTEN, *NAMED, *WRITTEN, *TOLD]) == []


@pytest.mark.parametrize(
    ("log", "what"),
    [
        (
            WRITTEN[:3] + WRITTEN[4:] + ASKED,
            "the vault is asked before /w/south/state/site.db is on the disk",
        ),
        (WRITTEN[:5] + ASKED, "the vault is asked before /w/south/state/site.db-journal is on the disk"),
        (WRITTEN[:3] + NAMED, f"{RELEASES}/a.json is visible before {SITE}/site.db"),
        (NAMED[:1] + NAMED[2:], f"{RELEASES}/a.json is named before its bytes are on the disk"),
        (NAMED[:3] + WRITTEN, f"the book goes on before {RELEASES}/a.json is on the disk"),
        (NAMED[:3] + TOLD, f"it is told before {RELEASES}/a.json is on the disk"),
        ([f'7 mkdir("{RELEASES}", 0755) = 0', *TOLD], f"it is told before {RELEASES} is on the disk"),
    ],
)
def test_a_sync_that_is_missing(log: list[str], what: str) -> None:
    """Each of them is found."""
    assert what in _found(log)


def test_calls_that_others_break_in_upon() -> None:
    """A call counts where it ended, and one that failed does not."""
    log = [
        f'7 pwrite64(4<{SITE}/site.db>, ""..., 4096, 0) = 4096',
        f"7 fdatasync(4<{SITE}/site.db> <unfinished ...>",
        "8 write(9<pipe:[1]>, ..., 10) = 10",
        "7 <... fdatasync resumed>) = 0",
        f'7 mkdir("{SITE}", 0755) = -1 EEXIST (File exists)',
    ]
    assert _found(log) == [f"the vault is asked before {SITE}/site.db is on the disk"]
    disk = Disk()
    for one in deeds(log):
        disk.does(one)
    assert disk.loses("/w") == []

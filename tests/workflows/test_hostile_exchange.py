"""An exchange in the hands of an enemy: stale, mixed, swapped, cut, reordered, doubled, withheld, forked.

Whoever carries the files can do all of this without a key. Every command ends in its documented code,
`verify` names the file, and nothing is charged, kept or posted. What cannot be seen is in the table too,
with an empty code: that the newest of a row was withheld, somebody learns who has seen it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from fedcli.errors import CATALOGUE
from tests.workflows.acts import book, code, combine, grant, run, tree
from tests.workflows.conftest import ALONE
from tests.world import Ended, World, copied, query_text

SECOND = query_text('id = "sexes"\nanalytic = "crosstab"\nby = ["sex"]', title='"Another"')


class Hostile(NamedTuple):
    """What is done, the file that `verify` then names and its code, and what `combine` and `run` say."""

    act: Callable[[World], object]
    file: str = ""
    verify: str = ""
    combine: str = ""
    run: str = ""


@pytest.fixture(scope="module")
def peopled_template(
    studied_template: World, strangers: World, tmp_path_factory: pytest.TempPathFactory
) -> World:
    """Two queries, answered by all sites and combined, and strangers' files beside the exchange."""
    world = copied(studied_template, tmp_path_factory.mktemp("hostile") / "world")
    world.study(SECOND)
    shutil.copytree(strangers.exchange, world.folder / "strangers")
    return world


@pytest.fixture
def peopled(peopled_template: World, tmp_path: Path) -> World:
    """The same, of one's own."""
    return copied(peopled_template, tmp_path / "world")


def queries(world: World) -> tuple[str, str]:
    """The two queries: the first that was asked, and the second."""
    found = {folder.name for folder in (world.exchange / "ana" / "queries").iterdir()}
    [second] = [one for one in found if b'"sexes"' in _body(world, one)]
    [first] = found - {second}
    return first, second


def _body(world: World, query: str) -> bytes:
    import base64
    import json

    text = (world.exchange / "ana" / "queries" / query / "query.json").read_bytes()
    return base64.b64decode(json.loads(text)["payload"])


def place(world: World, name: str) -> Path:
    """A file of the exchange: A and B in its name are the two queries."""
    first, second = queries(world)
    return world.exchange / name.replace("{A}", first).replace("{B}", second)


def put(source: str, target: str) -> Callable[[World], None]:
    """Copy a file to the place of another, which is replaced."""

    def act(world: World) -> None:
        paths = [place(world, name) for name in (source, target)]
        paths[1].parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(*paths)

    return act


def swap(one: str, other: str) -> Callable[[World], None]:
    """Exchange two files."""

    def act(world: World) -> None:
        first, second = (place(world, name) for name in (one, other))
        kept = first.read_bytes()
        shutil.copy(second, first)
        second.write_bytes(kept)

    return act


def gone(*names: str) -> Callable[[World], None]:
    """Take files or folders away."""

    def act(world: World) -> None:
        for name in names:
            path = place(world, name)
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return act


def both(*acts: Callable[[World], object]) -> Callable[[World], None]:
    """Several of these."""

    def act(world: World) -> None:
        for one in acts:
            one(world)

    return act


def release(site: str, query: str = "{A}", number: str = "000.01") -> tuple[str, str]:
    """The two halves of a release."""
    return tuple(f"{site}/releases/{query}/{number}.{half}" for half in ("values.sealed", "release.json"))  # type: ignore[return-value]


def put_release(source: tuple[str, str], target: tuple[str, str]) -> Callable[[World], None]:
    """Copy both halves."""
    return both(*(put(*pair) for pair in zip(source, target, strict=True)))


A, B, ONES = "{A}", "{B}", "1" * 64
CASES: dict[str, Hostile] = {
    # Mixed: genuine files of another federation, query or site.
    "a stranger's manifest": Hostile(
        put("../strangers/north/manifest/001.json", "north/manifest/002.json"),
        "north/manifest/002.json",
        "S-SIGNER",
    ),
    "a stranger's policy": Hostile(
        put("../strangers/north/policy/001.json", "north/policy/002.json"),
        "north/policy/002.json",
        "S-SIGNER",
    ),
    "a stranger's checkpoint": Hostile(
        put("../strangers/north/checkpoints/001", "north/checkpoints/001"), "north/checkpoints/001", "S-NOTE"
    ),
    "another site's manifest": Hostile(
        put("south/manifest/001.json", "north/manifest/002.json"), "north/manifest/002.json", "S-PLACE"
    ),
    "another site's policy": Hostile(
        put("south/policy/001.json", "north/policy/002.json"), "north/policy/002.json", "S-PLACE"
    ),
    "another site's checkpoint": Hostile(
        put("south/checkpoints/001", "north/checkpoints/001"), "north/checkpoints/001", "S-NOTE"
    ),
    "another site's approval": Hostile(
        put("south/approvals/{A}.001.json", "north/approvals/{A}.003.json"),
        "north/approvals/{A}.003.json",
        "S-PLACE",
    ),
    "another query's approval": Hostile(
        put("north/approvals/{B}.001.json", "north/approvals/{A}.003.json"),
        "north/approvals/{A}.003.json",
        "S-PLACE",
    ),
    "another site's release": Hostile(
        put_release(release("south"), release("north")),
        "north/releases/{A}/000.01.release.json",
        "S-PLACE",
        combine="R-REPLAY",
    ),
    "another query's release": Hostile(
        put_release(release("north", B), release("north")),
        "north/releases/{A}/000.01.release.json",
        "S-PLACE",
        combine="R-REPLAY",
    ),
    "another query's result": Hostile(
        both(
            put("ana/queries/{B}/result.sealed", "ana/queries/{A}/result.002.sealed"),
            put("ana/queries/{B}/result.json", "ana/queries/{A}/result.002.json"),
        ),
        "ana/queries/{A}/result.002.json",
        "S-PLACE",
    ),
    "a query in a site's folder": Hostile(
        put("ana/queries/{A}/query.json", "north/queries/{A}/query.json"),
        "north/queries/{A}/query.json",
        "S-PLACE",
        run="S-SUBJECT",
    ),
    # Swapped.
    "two queries": Hostile(
        swap("ana/queries/{A}/query.json", "ana/queries/{B}/query.json"),
        "ana/queries/{B}/query.json",
        "S-PLACE",
        run="S-SUBJECT",
    ),
    "two sites' sealed halves": Hostile(
        swap(release("north")[0], release("south")[0]),
        "north/releases/{A}/000.01.release.json",
        "S-SUBJECT",
        combine="S-SUBJECT",
    ),
    "two queries' sealed halves": Hostile(
        swap(release("north")[0], release("north", B)[0]),
        "north/releases/{B}/000.01.release.json",
        "S-SUBJECT",
        combine="S-SUBJECT",
    ),
    "two results": Hostile(
        swap("ana/queries/{A}/result.sealed", "ana/queries/{B}/result.sealed"),
        "ana/queries/{B}/result.json",
        "S-SUBJECT",
    ),
    "two sites' policies": Hostile(
        swap("north/policy/001.json", "south/policy/001.json"), "north/policy/001.json", "S-PLACE"
    ),
    # Reordered.
    "two checkpoints": Hostile(
        swap("north/checkpoints/003", "north/checkpoints/004"), "north/checkpoints/003", "L-FORK"
    ),
    "the last two checkpoints": Hostile(
        swap("north/checkpoints/005", "north/checkpoints/006"), "north/checkpoints/005", "L-FORK"
    ),
    "two proofs": Hostile(
        swap("north/checkpoints/003.proof.json", "north/checkpoints/004.proof.json"),
        "north/checkpoints/003",
        "L-FORK",
    ),
    "an old checkpoint as the newest": Hostile(
        put("north/checkpoints/003", "north/checkpoints/007"), "north/checkpoints/007", "L-FORK"
    ),
    # Duplicated.
    "a release as a second attempt": Hostile(
        put_release(release("north"), release("north", A, "000.02")),
        "north/releases/{A}/000.02.release.json",
        "S-PLACE",
        combine="R-REPLAY",
    ),
    "a release as a later round": Hostile(
        put_release(release("north"), release("north", A, "001.01")),
        "north/releases/{A}/001.01.release.json",
        "S-PLACE",
        combine="R-REPLAY",
    ),
    "a query under another digest": Hostile(
        put("ana/queries/{A}/query.json", f"ana/queries/{ONES}/query.json"),
        f"ana/queries/{ONES}/query.json",
        "S-PLACE",
        run="S-SUBJECT",
    ),
    "a manifest as a newer one": Hostile(
        put("north/manifest/001.json", "north/manifest/002.json"), "north/manifest/002.json", "S-PLACE"
    ),
    "an approval again": Hostile(put("north/approvals/{A}.001.json", "north/approvals/{A}.003.json")),
    "a checkpoint again": Hostile(
        put("north/checkpoints/007", "north/checkpoints/008"), "north/checkpoints/008", "S-GONE"
    ),
    # Withheld.
    "the root": Hostile(gone("federation/0001.root.json"), "", "T-PIN", combine="T-PIN", run="T-PIN"),
    "the dictionary": Hostile(
        gone("federation/dictionaries"), "federation/0001.root.json", "S-GONE", combine="S-GONE"
    ),
    "a query": Hostile(
        gone("ana/queries/{A}/query.json"), "ana/queries/{A}/result.json", "S-GONE", run="S-GONE"
    ),
    "a checkpoint in between": Hostile(
        gone("north/checkpoints/003", "north/checkpoints/003.proof.json"), "north/checkpoints/004", "S-GONE"
    ),
    "the first checkpoints": Hostile(
        gone("north/checkpoints/001", "north/checkpoints/002"), "north/checkpoints/003", "S-GONE"
    ),
    "a proof": Hostile(gone("north/checkpoints/004.proof.json"), "north/checkpoints/004", "S-GONE"),
    "all checkpoints": Hostile(gone("north/checkpoints"), "north/releases/{B}/000.01.release.json", "S-GONE"),
    "the first approval": Hostile(
        gone("north/approvals/{A}.001.json"), "north/approvals/{A}.002.json", "S-GONE"
    ),
    "all approvals": Hostile(gone("north/approvals"), "north/releases/{B}/000.01.release.json", "S-GONE"),
    "a sealed half": Hostile(
        gone(release("north")[0]), "north/releases/{A}/000.01.release.json", "S-GONE", combine="S-GONE"
    ),
    "a release": Hostile(gone(*release("north")), "ana/queries/{A}/result.json", "S-GONE", combine="R-WAIT"),
    "all releases of a site": Hostile(
        gone("north/releases"), "ana/queries/{B}/result.json", "S-GONE", combine="R-WAIT"
    ),
    "a site": Hostile(gone("north"), "ana/queries/{B}/result.json", "S-GONE", combine="R-WAIT"),
    "a sealed result": Hostile(
        gone("ana/queries/{A}/result.sealed"), "ana/queries/{A}/result.json", "S-GONE"
    ),
    "a manifest": Hostile(gone("north/manifest")),
    "a policy": Hostile(gone("north/policy"), "north/releases/{B}/000.01.release.json", "S-GONE"),
}

#: What every command may end with when files were meddled with: an alarm, a wait, or nothing to say.
ENDS = {0, 6, 8}


@pytest.mark.parametrize("name", CASES)
def test_files_in_the_wrong_hands(peopled: World, name: str) -> None:
    """The file that is not right is named by `verify`; the others end as the table says, or go on."""
    case, (first, _) = CASES[name], queries(peopled)
    bad = place(peopled, case.file) if case.file else None
    case.act(peopled)
    before = _kept(peopled)
    ended = verified(peopled, peopled.exchange)
    assert code(ended) == case.verify
    assert bad is None or str(bad) in named(ended)
    ends = {"combine": combine(peopled, first), "run": run(peopled, "north")}
    assert {one: code(ended) for one, ended in ends.items()} == {"combine": case.combine, "run": case.run}
    for one in (*ends.values(), *_others(peopled, first)):
        assert one.exit in ENDS, one.text
        assert not one.exit or not code(one) or CATALOGUE[code(one)].kind.outcome.exit_code == one.exit
    assert _kept(peopled) == before


def _kept(world: World) -> tuple[object, ...]:
    """What must not change: the books, the researcher's home, and the exchange; a site says its head anew."""
    posted = {name: data for name, data in tree(world.exchange).items() if "/checkpoints/" not in name}
    return book(world, "north"), tree(world.folder / "researcher"), posted


def verified(world: World, *paths: Path) -> Ended:
    """`verify`, as the researcher."""
    return world.cli("verify", *map(str, paths), "--format", "json", home="researcher")


def named(ended: Ended) -> list[str]:
    """The files that do not hold, in order."""
    return [one["file"] for one in ended.data.get("files", []) if one.get("problem")]


def _others(world: World, query: str) -> list[Ended]:
    lines = (
        ("north", "ledger", "verify"),
        ("north", "approval", "list"),
        ("researcher", "query", "status", query),
    )
    return [world.cli(*line, "--format", "json", home=home) for home, *line in lines]


def test_untouched(peopled: World) -> None:
    """The control: nothing is named where nobody meddled."""
    first, _ = queries(peopled)
    ends = [verified(peopled, peopled.exchange), combine(peopled, first), run(peopled, "north")]
    assert [one.exit for one in (*ends, *_others(peopled, first))] == [0] * 6


KINDS = (
    "federation/0001.root.json",
    "ana/queries/{A}/query.json",
    "ana/queries/{A}/result.json",
    "ana/queries/{A}/result.sealed",
    "north/manifest/001.json",
    "north/policy/001.json",
    "north/approvals/{A}.001.json",
    "north/checkpoints/007",
    "north/checkpoints/007.proof.json",
    *release("north"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_of_a_file(peopled: World, kind: str) -> None:
    """A transfer that broke off at each tenth, or that added a line, is noticed in every signed file."""
    path = place(peopled, kind)
    whole = path.read_bytes()
    for cut in (
        *(whole[: len(whole) * tenth // 10] for tenth in range(10)),
        whole + whole[-1:],
        whole + b"\r\n",
    ):
        path.write_bytes(cut)
        beside = path.with_name(
            path.name.replace(".values.sealed", ".release.json").replace(".sealed", ".json")
        )
        ended = verified(peopled, beside.with_name(beside.name.replace(".proof.json", "")))
        assert ended.exit == 6, len(cut)


@pytest.fixture
def twins(alone: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, World]:
    """A site that went on twice from one state, each time with its own keys: to every reader one history."""
    other = copied(alone, tmp_path_factory.mktemp("twin") / "alone")
    for world, column in ((alone, "sex"), (other, "statin")):
        world.submit(query_text(f'id = "x"\nanalytic = "crosstab"\nby = ["{column}"]', **ALONE))
        assert run(world, "south").exit == 0
    return alone, other


def test_two_histories_side_by_side(twins: tuple[World, World]) -> None:
    """Each view holds by itself; two readers who lay them side by side see the fork, at its first entry."""
    ours, theirs = (world.exchange for world in twins)
    assert [verified(twins[0], view).exit for view in (ours, theirs)] == [0, 0]
    ended = verified(twins[0], ours, theirs)
    newest = max(theirs.glob("south/checkpoints/???"))
    assert code(ended) == "L-FORK"
    assert str(newest) in named(ended)
    assert all(one.startswith(str(theirs)) for one in named(ended))


def test_a_release_of_another_history(twins: tuple[World, World]) -> None:
    """A release that was made on a fork does not go with the log that others are shown."""
    ours, theirs = (world.exchange for world in twins)
    [path] = theirs.glob("south/releases/*/000.01.release.json")
    ended = verified(twins[0], *sorted(ours.glob("south/releases/*/*.release.json")), path)
    assert (named(ended), code(ended)) == ([str(path)], "L-FORK")


def test_a_backup_behind_a_fork(twins: tuple[World, World]) -> None:
    """A state folder on a second host, or from a backup: whichever the exchange does not show is stopped."""
    ours, theirs = twins
    shutil.rmtree(theirs.exchange)
    shutil.copytree(ours.exchange, theirs.exchange)
    before = book(theirs, "south"), tree(theirs.exchange)
    query = next((theirs.exchange / "ana" / "queries").iterdir()).name
    lines = (("run", "--pending"), ("ledger", "verify"), ("ledger", "checkpoint"), ("run", query))
    ends = [theirs.cli(*line, "--format", "json", home="south") for line in lines]
    assert [(one.exit, code(one)) for one in ends] == [(6, "L-ROLLBACK")] * 4
    assert code(grant(theirs, "south", query)) == "L-ROLLBACK"
    assert (book(theirs, "south"), tree(theirs.exchange)) == before

"""The names that are carried are those that the exchange writes."""

from __future__ import annotations

from pathlib import Path

from fedcli.exchange import names
from fedcli.exchange.folder import FolderExchange
from fedcli.files.reader import tree

A, B = "a" * 64, "b" * 64


def test_whatever_is_written_is_carried(tmp_path: Path) -> None:
    """A new kind of file that is not in the table would stay in the home of who wrote it."""
    office = FolderExchange.make(tmp_path)
    written = {
        "put_root": (1, b""),
        "put_dictionary": (A, b""),
        "put_query": ("ana", A, b""),
        "put_result": ("ana", A, b"", b""),
        "put_round": ("ana", A, 1, b"", b""),
        "put_numbered": ("north", "policy", 1, b""),
        "put_checkpoint": ("north", 1000, b"", b""),
        "put_approval": ("north", A, 1, b""),
        "put_review": ("north", A, B, b""),
        "put_release": ("north", A, (0, 100), b"", b""),
        "put_withdrawal": ("north", A, b""),
    }
    assert set(written) == {name for name in dir(office) if name.startswith("put_")}
    for name, given in written.items():
        getattr(office, name)(*given)
    office.put_result("ana", A, b"", b"")
    office.put_result("ana", A, b"", b"", 7)
    office.put_result("ana", A, b"", b"", 7)
    office.put_numbered("north", "manifest", 12, b"")
    found = tree(tmp_path)
    assert len(found) == 22
    assert [name for name in found if not names.counts(name)] == []
    assert all(names.is_folder(Path(name).parent.as_posix()) for name in found)


def test_what_rests_on_others_comes_after_it() -> None:
    """Sealed before its statement, a proof before its note, a note before the releases that it anchors."""
    some = [
        f"ana/queries/{A}/result.json",
        f"ana/queries/{A}/007.result.json",
        f"north/releases/{A}/000.01.release.json",
        "federation/0001.root.json",
    ]
    first = [
        f"ana/queries/{A}/007.result.sealed",
        f"north/releases/{A}/000.01.values.sealed",
        "north/checkpoints/999.proof.json",
        "north/checkpoints/999",
        "north/checkpoints/1000",
        f"federation/dictionaries/{A}.json",
    ]
    ordered = names.in_order([*some, *first])
    assert set(ordered[: len(first)]) == set(first)
    assert ordered.index("north/checkpoints/999") < ordered.index("north/checkpoints/1000")
    assert [names.rests_on_others(name) for name in some] == [True] * len(some)

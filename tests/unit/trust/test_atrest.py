"""What a site keeps for its vault: it opens where it was locked, with its key, unchanged."""

from __future__ import annotations

import pickle
import stat
from pathlib import Path

import pytest

from fedcli.errors import Untrusted
from fedcli.trust.atrest import AtRest


def test_what_was_locked_opens(tmp_path: Path) -> None:
    """With a key that is made once, and private; the same text is locked differently each time."""
    path = tmp_path / "memory.key"
    first, again = AtRest(path).lock(b"a record", "record 1"), AtRest(path).lock(b"a record", "record 1")
    assert AtRest(path).open(first, "record 1") == AtRest(path).open(again, "record 1") == b"a record"
    assert first != again and b"a record" not in first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_was_changed_or_moved_does_not_open(tmp_path: Path) -> None:
    """Every byte counts, and so does the place; neither does another key open it."""
    keeper = AtRest(tmp_path / "memory.key")
    box = keeper.lock(b"a record", "record 1")
    for at in range(len(box)):
        with pytest.raises(Untrusted, match="L-MEMORY"):
            keeper.open(box[:at] + bytes([box[at] ^ 1]) + box[at + 1 :], "record 1")
    for short in (b"", box[:12], box[:-1]):
        with pytest.raises(Untrusted, match="L-MEMORY"):
            keeper.open(short, "record 1")
    with pytest.raises(Untrusted, match="L-MEMORY"):
        keeper.open(box, "record 2")
    with pytest.raises(Untrusted, match="L-MEMORY"):
        AtRest(tmp_path / "another.key").open(box, "record 1")


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """And so is a file that is no key."""
    path = tmp_path / "memory.key"
    AtRest(path)
    path.chmod(0o640)
    with pytest.raises(Untrusted, match="K-MODE"):
        AtRest(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(Untrusted, match="K-BROKEN"):
        AtRest(path)


def test_it_shows_nothing_of_its_key(tmp_path: Path) -> None:
    """Neither printed nor copied."""
    keeper = AtRest(tmp_path / "memory.key")
    assert repr(keeper) == "<AtRest>"
    with pytest.raises(TypeError):
        pickle.dumps(keeper)

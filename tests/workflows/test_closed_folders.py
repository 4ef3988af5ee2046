"""A folder that cannot be listed is not an empty one: who checks an exchange says so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.workflows.acts import code
from tests.workflows.test_inspected import audit
from tests.world import World


@pytest.fixture
def closed(studied: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The releases of south may not be listed by who looks."""
    honest, shut = os.scandir, studied.exchange / "south" / "releases"

    def scandir(path: Any) -> Iterator[os.DirEntry[str]]:
        if str(path).startswith(str(shut)):
            raise PermissionError(13, "Permission denied", str(path))
        return honest(path)

    monkeypatch.setattr(os, "scandir", scandir)
    return studied


def test_verify(closed: World) -> None:
    """Of an exchange of which a part is not seen nothing is called whole."""
    ended = closed.cli("verify", str(closed.exchange), "--format", "json", home="researcher")
    assert (ended.exit, code(ended)) == (3, "F-OPEN")
    assert "south/releases" in ended.document["message"]


def test_audit(closed: World) -> None:
    """Nor does an audit pass."""
    ended = audit(closed)
    assert ended.exit not in (0, 10)
    assert code(ended) == "F-OPEN"


def test_a_link_to_what_may_not_be_looked_at(studied: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused as a file, as every link is, and the others are verified."""
    link = studied.exchange / "south" / "note.json"
    link.symlink_to("/proc/1/cwd/x")
    ended = studied.cli("verify", str(studied.exchange), "--format", "json", home="researcher")
    assert (ended.exit, code(ended)) == (3, "F-OPEN")
    assert len(ended.data["files"]) > 20

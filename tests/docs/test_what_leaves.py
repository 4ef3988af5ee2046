"""The release on the page is a real one: the quickstart's query, answered again, has the same numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests import pages
from tests.world import World, copied

DOCS = pages.PROJECT / "docs"
HEX = r"[0-9a-f]{64}|[0-9a-f]{8}…|s-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@pytest.fixture(scope="module")
def shown(played: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `release show` tells the researcher of North Hospital's answer to the quickstart's query."""
    world = copied(World(played / "demo"), tmp_path_factory.mktemp("released") / "demo")
    asked = re.search(
        r"^cat > statins.toml <<'END'\n(.*?)^END$", (DOCS / "quickstart.md").read_text(), re.M | re.S
    )
    assert asked is not None
    query = world.submit(asked[1])
    world.approve(query, "north")
    [ended] = world.run("north")
    assert ended.exit == 0, ended.text
    [release] = world.releases("north", query)
    return world.ok("release", "show", str(release), "--format", "json", home="researcher").data


def _masked(value: Any) -> Any:
    """A JSON value without what differs from run to run: digests, random names, times."""
    match value:
        case dict():
            return {key: _masked(one) for key, one in value.items()}
        case list():
            return [_masked(one) for one in value]
        case str():
            return re.sub(rf"^({HEX})$", "#", value)
    return value


def test_the_release_on_the_page(shown: dict[str, Any]) -> None:
    """Every field and every number of both halves, where the page prints one charge and one rule."""
    text = (DOCS / "what-leaves.md").read_text()
    statement, answered = (json.loads(one) for one in re.findall(r"^```json\n(.*?)^```", text, re.M | re.S))
    real = shown["statement"]
    assert statement.pop("checkpoint").split()[:2] == real.pop("checkpoint").split()[:2]
    assert len(real["charges"]) == 2
    real["charges"] = real["charges"][:1]
    assert _masked(statement) == _masked(real)
    opened = shown["values"]["analyses"]["statin-by-history"]
    assert len(opened["rules"]) == 12
    opened["rules"] = opened["rules"][:1]
    assert answered == opened


def test_the_files_on_the_page(played: Path) -> None:
    """The folder of a hospital has the files that the page lists, and no other kind."""
    told = (DOCS / "what-leaves.md").read_text().partition("exchange/north/\n")[2].partition("```")[0]
    kinds = [line.split()[0] for line in told.splitlines()]
    north = played / "demo" / "exchange" / "north"
    real = {path.relative_to(north).parts[0] for path in north.rglob("*") if path.is_file()}
    assert real == {kind.split("/")[0] for kind in kinds}
    releases = {path.name for path in (north / "releases").rglob("*") if path.is_file()}
    assert releases == {"000.01.release.json", "000.01.values.sealed"}


def test_who_is_no_recipient(played: Path, tmp_path: Path) -> None:
    """Another hospital sees the statement, and not the numbers; a changed byte shows nothing at all."""
    world = copied(World(played / "demo"), tmp_path / "demo")
    release = sorted(world.exchange.glob("north/releases/*/000.01.release.json"))[0]
    told = world.ok("release", "show", str(release), "--format", "json", home="south").data
    assert "values" not in told
    assert "sealed" in world.ok("release", "show", str(release), home="south").out
    whole = release.read_bytes()
    release.write_bytes(whole.replace(b"A", b"B", 1))
    ended = world.cli("release", "show", str(release), "--format", "json", home="researcher")
    assert (ended.exit, ended.data) == (6, {})
    release.write_bytes(whole)
    sealed = release.with_name("000.01.values.sealed")
    sealed.write_bytes(sealed.read_bytes()[:-9] + b"aaaaaaaaa")
    ended = world.cli("release", "show", str(release), "--format", "json", home="researcher")
    assert (ended.exit, ended.document["code"]) == (6, "S-SUBJECT")

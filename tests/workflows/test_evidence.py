"""An evidence pack: what is in it, what is not, what it proves, and that it is always the same."""

from __future__ import annotations

import json
import sqlite3
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from fedcli.files.canonical import canonical, digest
from fedcli.ledger import merkle
from fedcli.ledger.checkpoint import opened
from fedcli.model.entry import Entry
from fedcli.workflows.packing.documents import _told
from fedcli.workflows.sbom import sbom
from tests.workflows.acts import flipped, only_query, tree
from tests.workflows.forging import release_of
from tests.world import SAMPLE, World, copied, query_text

HOSTILE = "<script>alert(1)</script> | [x](javascript:y) `z`"


@pytest.fixture(scope="module")
def world(template: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A federation that has answered one question, of a hostile title, and packed it twice."""
    world = copied(template, tmp_path_factory.mktemp("evidence") / "world")
    world.study(query_text(title=f"'{HOSTILE}'", ethics='"REC 26/17"'))
    for folder in ("pack", "again"):
        world.ok("audit", "export", "-o", str(world.folder / folder), home="north")
    pin = world.ok("federation", "show", "--format", "json", home="researcher").data["pin"]
    line = ("audit", "export", str(world.exchange), "--pin", pin, "-o", str(world.folder / "whole"))
    world.ok(*line)
    return world


def document(world: World, name: str, folder: str = "pack") -> Any:
    """A document of the pack, which is canonical JSON."""
    data = (world.folder / folder / name).read_bytes()
    value = json.loads(data)
    assert canonical(value) == data
    return value


def test_the_index_has_every_file(world: World) -> None:
    """By SHA-256, and only its owner can read them."""
    files = tree(world.folder / "pack")
    told = document(world, "index.json")["files"]
    assert told == {name: digest(data) for name, data in files.items() if name != "index.json"}
    modes = {path.stat().st_mode & 0o777 for path in (world.folder / "pack").rglob("*") if path.is_file()}
    assert modes == {0o600}


def test_it_is_always_the_same(world: World) -> None:
    """The same bytes in another folder; again in the same one it says so, and replaces no other file."""
    assert tree(world.folder / "pack") == tree(world.folder / "again")
    folder = world.folder / "again"
    line = ("audit", "export", "-o", str(folder), "--format", "json")
    assert not world.ok(*line, home="north").data["new"]
    (folder / "satre.md").write_text("mine")
    ended = world.cli(*line, home="north")
    assert (ended.exit, ended.document["code"]) == (2, "F-EXISTS")
    assert (folder / "satre.md").read_text() == "mine"


@pytest.mark.parametrize("folder", ["pack", "whole"])
def test_what_is_not_in_it(world: World, folder: str) -> None:
    """No patient, no number of rows, no secret half of a key, no sealed file and no script."""
    whole = b"\n".join(tree(world.folder / folder).values())
    rows = pq.read_table(SAMPLE / "north")
    patients = {str(one) for one in rows.column("patient_id").to_pylist()}
    assert len(patients) > 100 and min(map(len, patients)) > 5
    assert not [one for one in patients if one.encode() in whole]
    for key in (*world.folder.glob("*/keys/*.key.json"), *world.folder.glob("*/keys/memory.key")):
        data = key.read_bytes()
        secret = json.loads(data)["secret"].encode() if key.suffix == ".json" else data
        assert secret not in whole
    assert not list((world.folder / folder).rglob("*.sealed"))
    told = world.ok("data", "list", "--format", "json", home="north").data["datasets"][0]
    assert {"rows", "persons"} <= told.keys()
    assert b'"rows":' not in (world.folder / folder / "data.json").read_bytes()
    assert b"<script" not in b"".join(path.read_bytes() for path in (world.folder / folder).glob("*.md"))


def test_titles_are_data(world: World) -> None:
    """What a researcher wrote is shown as it was written, and neither a link nor HTML."""
    text = (world.folder / "pack" / "five-safes.md").read_text()
    assert r"&lt;script&gt;alert(1)&lt;/script&gt; \| \[x\](javascript:y) \`z\`" in text
    assert document(world, "releases.json")[0]["title"] == HOSTILE


def test_the_log_is_proven(world: World) -> None:
    """Each entry leads to the root that the site signed and published."""
    log = document(world, "ledger.json")
    keys = world.ok("federation", "show", "--format", "json", home="researcher").data["root"]["members"]
    known = [one["signing_key"] for one in keys if one["name"] == "north"]
    head = opened(log["checkpoint"], log["origin"], known, "x")
    assert (head.size, head.root) == (log["size"], log["root"]) == (len(log["entries"]), log["root"])
    for one in log["entries"]:
        leaf = merkle.leaf_hash(Entry.read(one["entry"], "x").canonical())
        assert leaf == one["leaf"]
        assert merkle.included(leaf, one["number"], head.size, one["inclusion"], head.root)


def test_why_somebody_reviewed_stays_at_the_site() -> None:
    """A reason may tell of what was found; that of an approval was published."""
    told = {"kind": "review", "reason": "two men of 90", "decision": "approve"}
    assert _told(told) == {"kind": "review", "decision": "approve"}
    assert _told({**told, "kind": "approval"})["reason"] == "two men of 90"


def test_who_allowed_it(world: World) -> None:
    """A release with its references and its two grants; the policy that it names is in the history."""
    [release] = document(world, "releases.json")
    assert [one["approver"] for one in release["approvals"]] in (
        ["north-owner", "north-officer"],
        ["north-officer", "north-owner"],
    )
    assert (release["ethics"], release["opened_data"], release["recalled"]) == ("REC 26/17", True, None)
    known = document(world, "policies.json")["north"]
    assert release["policy"] in [one["digest"] for one in known]
    assert {one["site"] for one in document(world, "releases.json", "whole")} == {"north", "south", "east"}
    assert "ledger.json" not in tree(world.folder / "whole")


def test_copies_are_what_was_signed(world: World) -> None:
    """Every copy has the bytes of the exchange; without the sealed half only a release does not verify."""
    copies = world.folder / "pack" / "signed"
    for path in (path for path in copies.rglob("*") if path.is_file()):
        assert path.read_bytes() == (world.exchange / path.relative_to(copies)).read_bytes()
    ended = world.cli("verify", str(copies), "--format", "json", home="researcher")
    told = {one["problem"]["code"] for one in ended.data["files"] if one.get("problem")}
    assert told == {"S-GONE"}
    assert len(list(copies.glob("north/checkpoints/*.proof.json"))) > 1
    assert not list(copies.glob("south/*"))


def test_what_was_verified(world: World) -> None:
    """Each file of the exchange with its signers, and the findings."""
    told = document(world, "audit.json")
    assert (told["exit"], told["findings"]) == (0, [])
    assert all(one["holds"] and one["signers"] for one in told["files"])
    query = only_query(world)
    assert f"ana/queries/{query}/query.json" in [one["file"] for one in told["files"]]


def test_blanks_are_for_people(world: World) -> None:
    """What fedcli does not know is marked in every record."""
    for name in ("gdpr-article-30.md", "gdpr-article-35.md", "five-safes.md"):
        assert "**to be filled in by people**" in (world.folder / "pack" / name).read_text()
    assert "North Hospital (north)" in (world.folder / "pack" / "gdpr-article-30.md").read_text()


def test_a_pack_of_a_broken_exchange_says_so(studied: World) -> None:
    """Findings are part of the evidence."""
    path = release_of(studied, only_query(studied), "south")
    path.write_bytes(flipped(path.read_bytes()))
    folder = studied.folder / "pack"
    assert studied.ok("audit", "export", "-o", str(folder), "--format", "json", home="north").data["findings"]
    assert document(studied, "audit.json")["exit"] == 6


def test_a_pack_of_an_edited_book(studied: World) -> None:
    """There is none: what the site's own log says would be no evidence."""
    with sqlite3.connect(studied.folder / "north" / "state" / "site.db") as connection:
        connection.execute(
            "UPDATE entry SET leaf = CAST(replace(CAST(leaf AS TEXT), 'ok', 'no') AS BLOB) WHERE number = 3"
        )
    ended = studied.cli("audit", "export", "-o", str(studied.folder / "other"), home="north")
    assert ended.exit == 6
    assert not Path(studied.folder / "other").exists()


def test_the_bill_of_materials() -> None:
    """CycloneDX 1.6: its required keys, and a component for each dependency, as it is installed."""
    told = json.loads(sbom())
    assert (told["bomFormat"], told["specVersion"], told["version"]) == ("CycloneDX", "1.6", 1)
    components = {one["name"]: one for one in told["components"]}
    assert {"cryptography", "duckdb", "pydantic", "numpy", "cffi"} <= set(components)
    assert not {"pytest", "hypothesis", "ruff"} & set(components)
    for name, one in components.items():
        assert one["type"] == "library"
        assert one["version"] == version(name)
        assert one["purl"] == one["bom-ref"] == f"pkg:pypi/{name}@{one['version']}"
        assert all(len(item["value"]) == 64 for item in one["properties"])
    refs = {one["bom-ref"] for one in components.values()} | {told["metadata"]["component"]["bom-ref"]}
    assert {one["ref"] for one in told["dependencies"]} == refs
    assert all(set(one["dependsOn"]) <= refs for one in told["dependencies"])
    assert sbom() == sbom()

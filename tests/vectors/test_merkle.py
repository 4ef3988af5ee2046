"""Merkle trees: transparency-dev's proofs good and bad, and RFC 6962's own example and roots."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from fedcli.ledger import merkle

#: The leaves of Certificate Transparency's reference tests, and the roots over the first 0, 1, … of them.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
#: A proof between two empty strings: our types let nothing in that is not a digest of 32 bytes.
NO_DIGESTS = "single-entry/empty-root-and-leaf.json"

ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def hexadecimal(text: str) -> str:
    """A hash of the testdata as we write it."""
    return base64.b64decode(text).hex()


def cases(shared: Path, kind: str) -> dict[str, dict[str, Any]]:
    """The cases of a kind by file name."""
    folder = shared / "vectors" / "merkle" / "testdata" / kind
    return {str(file.relative_to(folder)): json.loads(file.read_bytes()) for file in folder.rglob("*.json")}


def test_the_inclusion_proofs(shared: Path) -> None:
    """Each of the 98 proofs, but the one without any hash, holds or does not, as the testdata say."""
    found = {
        name: merkle.included(
            hexadecimal(case["leafHash"]),
            case["leafIdx"],
            case["treeSize"],
            [hexadecimal(one) for one in case["proof"] or []],
            hexadecimal(case["root"]),
        )
        for name, case in cases(shared, "inclusion").items()
    }
    assert len(found) == 98
    wanted = {name: not case["wantErr"] for name, case in cases(shared, "inclusion").items()}
    assert found.pop(NO_DIGESTS) != wanted.pop(NO_DIGESTS)
    assert found == wanted


def test_the_consistency_proofs(shared: Path) -> None:
    """Each of the 98 proofs holds or does not; against an empty tree nothing holds."""
    found = {
        name: merkle.consistent(
            case["size1"],
            case["size2"],
            [hexadecimal(one) for one in case["proof"] or []],
            hexadecimal(case["root1"]),
            hexadecimal(case["root2"]),
        )
        for name, case in cases(shared, "consistency").items()
    }
    assert len(found) == 98
    assert found == {name: not case["wantErr"] for name, case in cases(shared, "consistency").items()}


def test_the_known_roots() -> None:
    """The tree hash over the first leaves is the published one, for every size."""
    hashes = [merkle.leaf_hash(leaf) for leaf in LEAVES]
    assert [merkle.root_hash(hashes[:size]) for size in range(len(LEAVES) + 1)] == ROOTS


def test_leaves_and_nodes_have_prefixes_of_their_own() -> None:
    """RFC 6962 section 2.1: 0x00 before a leaf, 0x01 before two children."""
    left, right = merkle.leaf_hash(b"left"), merkle.leaf_hash(b"right")
    assert left == sha256(b"\x00left").hexdigest()
    joined = b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)
    assert merkle.root_hash([left, right]) == sha256(joined).hexdigest()


def seven() -> tuple[list[str], dict[str, str]]:
    """The seven leaves of section 2.1.3, and the nodes of its picture by their letters."""
    leaves = [merkle.leaf_hash(b"d%d" % number) for number in range(7)]
    nodes = dict(zip("abcdef", leaves[:6], strict=True)) | {"j": leaves[6]}

    def node(left: str, right: str) -> str:
        return merkle.root_hash([nodes[left], nodes[right]])

    for name, pair in {"g": "ab", "h": "cd", "i": "ef", "k": "gh", "l": "ij"}.items():
        nodes[name] = node(*pair)
    return leaves, nodes


@pytest.mark.parametrize(("leaf", "path"), [(0, "bhl"), (3, "cgl"), (4, "fjk"), (6, "ik")])
def test_the_audit_paths_of_section_2_1_3(leaf: int, path: str) -> None:
    """The four audit paths that the RFC writes out."""
    leaves, nodes = seven()
    assert merkle.inclusion(leaves, leaf) == tuple(nodes[name] for name in path)


@pytest.mark.parametrize(("size", "proof"), [(3, "cdgl"), (4, "l"), (6, "ijk")])
def test_the_consistency_proofs_of_section_2_1_3(size: int, proof: str) -> None:
    """The three consistency proofs that the RFC writes out."""
    leaves, nodes = seven()
    assert merkle.consistency(leaves, size) == tuple(nodes[name] for name in proof)

"""The Merkle tree against its own definition, for every size up to forty."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.ledger import merkle

LARGEST = 40
HASHES = [merkle.leaf_hash(b"%d" % number) for number in range(LARGEST)]


def defined(hashes: list[str]) -> str:
    """MTH of RFC 6962 section 2.1, word for word: recursive, split at the largest power of two below n."""
    if not hashes:
        return sha256().hexdigest()
    if len(hashes) == 1:
        return hashes[0]
    split = max(2**power for power in range(20) if 2**power < len(hashes))
    left, right = defined(hashes[:split]), defined(hashes[split:])
    return sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


ROOTS = [defined(HASHES[:size]) for size in range(LARGEST + 1)]


def test_the_root_is_as_defined() -> None:
    """Level by level and by recursion give the same tree."""
    assert [merkle.root_hash(HASHES[:size]) for size in range(LARGEST + 1)] == ROOTS


def test_every_inclusion_is_proved() -> None:
    """Every leaf of every size has a path that holds."""
    for size in range(1, LARGEST + 1):
        for index in range(size):
            path = merkle.inclusion(HASHES[:size], index)
            assert merkle.included(HASHES[index], index, size, path, ROOTS[size])


def test_a_path_proves_one_leaf_at_one_place() -> None:
    """Every other leaf, index or root of the same size is refused, and so is a path that was changed."""
    for size in range(1, LARGEST + 1, 3):
        for index in range(size):
            path = merkle.inclusion(HASHES[:size], index)
            others = [other for other in range(size) if other != index]
            assert not any(
                merkle.included(HASHES[index], other, size, path, ROOTS[size])
                or merkle.included(HASHES[other], index, size, path, ROOTS[size])
                for other in others
            )
            assert not merkle.included(HASHES[index], index, size, (*path, HASHES[0]), ROOTS[size])
            assert not merkle.included(HASHES[index], index, size, path, ROOTS[size - 1])
            for place in range(len(path)):
                assert not merkle.included(
                    HASHES[index], index, size, path[:place] + path[place + 1 :], ROOTS[size]
                )


def test_every_consistency_is_proved() -> None:
    """Every size is a beginning of every larger one."""
    for new in range(1, LARGEST + 1):
        for old in range(1, new + 1):
            proof = merkle.consistency(HASHES[:new], old)
            assert merkle.consistent(old, new, proof, ROOTS[old], ROOTS[new])


def test_a_proof_of_consistency_is_of_two_trees() -> None:
    """Another old tree, another new one, a longer or a shorter proof is refused."""
    for new in range(2, LARGEST + 1, 3):
        for old in range(1, new):
            proof = merkle.consistency(HASHES[:new], old)
            forked = defined([*HASHES[: old - 1], HASHES[-1], *HASHES[old:new]][:new])
            assert forked == ROOTS[new] or not merkle.consistent(old, new, proof, ROOTS[old], forked)
            assert not merkle.consistent(old, new, proof, ROOTS[old - 1], ROOTS[new])
            assert not merkle.consistent(old, new, proof, ROOTS[old], ROOTS[new - 1])
            assert not merkle.consistent(old, new, (*proof, HASHES[0]), ROOTS[old], ROOTS[new])
            for place in range(len(proof)):
                assert not merkle.consistent(
                    old, new, proof[:place] + proof[place + 1 :], ROOTS[old], ROOTS[new]
                )


def test_an_equal_tree_needs_no_proof() -> None:
    """And admits none; equal sizes have equal roots."""
    assert merkle.consistency(HASHES[:5], 5) == ()
    assert merkle.consistent(5, 5, (), ROOTS[5], ROOTS[5])
    assert not merkle.consistent(5, 5, (HASHES[0],), ROOTS[5], ROOTS[5])
    assert not merkle.consistent(5, 5, (), ROOTS[5], ROOTS[4])


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (-1, 5), (6, 5), (1, 0)])
def test_an_empty_or_a_larger_tree_is_no_beginning(old: int, new: int) -> None:
    """Nothing can be proved against an empty tree, nor backwards."""
    assert not merkle.consistent(old, new, (), ROOTS[max(old, 0)], ROOTS[max(new, 0)])
    assert merkle.consistency(HASHES[:5], 0) == ()


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 5), (5, 5), (2**64, 5)])
def test_an_index_outside_the_tree_is_refused(index: int, size: int) -> None:
    """Before anything is hashed."""
    assert not merkle.included(HASHES[0], index, size, (), HASHES[0])


def test_a_single_leaf_is_its_own_root() -> None:
    """With an empty path, and with no other."""
    assert merkle.inclusion(HASHES[:1], 0) == ()
    assert merkle.included(HASHES[0], 0, 1, (), HASHES[0])
    assert not merkle.included(HASHES[0], 0, 1, (HASHES[1],), HASHES[0])


@given(st.lists(st.binary(max_size=4), min_size=2, max_size=20), st.data())
def test_an_inner_node_is_no_leaf(leaves: list[bytes], data: st.DataObject) -> None:
    """The prefixes keep a node's children from being shown as an entry."""
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    index = data.draw(st.integers(0, len(hashes) - 2).filter(lambda place: place % 2 == 0))
    pair = bytes.fromhex(hashes[index]) + bytes.fromhex(hashes[index + 1])
    node = merkle.root_hash(hashes[index : index + 2])
    assert merkle.leaf_hash(pair) != node
    assert merkle.leaf_hash(b"\x01" + pair) != node

"""The Merkle tree of RFC 6962 section 2.1: hashes, inclusion and consistency proofs, and their checks.

Proofs are lists of digests in hexadecimal, from the leaf towards the root. A size of zero has no
proofs: every check against an empty tree is an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from fedcli.model.identifiers import Digest

EMPTY: Digest = sha256(b"").hexdigest()


def leaf_hash(leaf: bytes) -> Digest:
    """The hash of an entry; its prefix keeps entries and inner nodes apart."""
    return sha256(b"\x00" + leaf).hexdigest()


def root_hash(hashes: Sequence[Digest]) -> Digest:
    """The tree hash over leaf hashes (MTH)."""
    if not hashes:
        return EMPTY
    level = list(hashes)
    while len(level) > 1:
        # Pairing from the left and carrying the odd one up gives RFC 6962's tree.
        paired = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def inclusion(hashes: Sequence[Digest], index: int) -> tuple[Digest, ...]:
    """The audit path of a leaf (PATH, section 2.1.1)."""
    if len(hashes) == 1:
        return ()
    split = _split(len(hashes))
    if index < split:
        return (*inclusion(hashes[:split], index), root_hash(hashes[split:]))
    return (*inclusion(hashes[split:], index - split), root_hash(hashes[:split]))


def consistency(hashes: Sequence[Digest], size: int) -> tuple[Digest, ...]:
    """The proof that the first `size` leaves are a prefix (PROOF, section 2.1.2)."""
    return () if size in (0, len(hashes)) else _subproof(hashes, size, whole=True)


def included(leaf: Digest, index: int, size: int, proof: Sequence[Digest], root: Digest) -> bool:
    """Whether an audit path leads from a leaf to the root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at % 2 or at == last:
            found = _node(sibling, found)
            while not at % 2 and at:
                at, last = at >> 1, last >> 1
        else:
            found = _node(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def consistent(
    old_size: int, new_size: int, proof: Sequence[Digest], old_root: Digest, new_root: Digest
) -> bool:
    """Whether a proof shows that the old tree is a prefix of the new (RFC 9162 section 2.1.4.2)."""
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = old_size - 1, new_size - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            old, new = _node(sibling, old), _node(sibling, new)
            while not at % 2 and at:
                at, last = at >> 1, last >> 1
        else:
            new = _node(new, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def _node(left: Digest, right: Digest) -> Digest:
    return sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def _split(size: int) -> int:
    """The largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


def _subproof(hashes: Sequence[Digest], size: int, whole: bool) -> tuple[Digest, ...]:
    if size == len(hashes):
        return () if whole else (root_hash(hashes),)
    split = _split(len(hashes))
    if size <= split:
        return (*_subproof(hashes[:split], size, whole), root_hash(hashes[split:]))
    return (*_subproof(hashes[split:], size - split, whole=False), root_hash(hashes[:split]))

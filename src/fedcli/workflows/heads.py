"""Checkpoints that others published: each continues the one before it, and no two of a length differ."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from fedcli.errors import fault
from fedcli.exchange.folder import part
from fedcli.files.canonical import canonical
from fedcli.files.reader import read
from fedcli.files.strict import parse_json
from fedcli.ledger import merkle
from fedcli.ledger.checkpoint import Checkpoint, opened, origin
from fedcli.model.identifiers import Digest, Name
from fedcli.trust.membership import Membership

#: What commits to a site's log: whose it is, its length and its root.
Head: TypeAlias = tuple[Name, Checkpoint]


def checked_head(members: Membership, path: Path, data: bytes) -> Head:
    """The head of a checkpoint in the folder of its site, which continues the one before it there.

    Raises:
        Untrusted: S-SIGNER, S-NOTE, S-GONE without its proof, L-FORK.
    """
    site = path.resolve().parent.parent.name
    known = [key.signing_key for key in members.keys("site").values() if key.name == site]
    if not known:
        raise fault("S-SIGNER", where=path.name)
    name = origin(members.root.federation, site)
    head = opened(data.decode("utf-8", "replace"), name, known, path.name)
    before = path.with_name(f"{int(path.name) - 1:03}")
    if before.exists():
        old = opened(read(before).decode("utf-8", "replace"), name, known, before.name)
        _check_continues(old, head, part(path.with_name(f"{path.name}.proof.json")), path.name)
    return site, head


def _check_continues(old: Checkpoint, new: Checkpoint, data: bytes, where: str) -> None:
    """A proof says of which two sizes it is, in the one form that it is written in."""
    proof = parse_json(data, where)
    path = proof.get("proof") if isinstance(proof, dict) else None
    good = isinstance(path, list) and all(
        isinstance(one, str) and re.fullmatch("[0-9a-f]{64}", one) for one in path
    )
    if (
        not good
        or not isinstance(path, list)
        or canonical({"from": old.size, "to": new.size, "proof": path}) != data
        or not merkle.consistent(old.size, new.size, path, old.root, new.root)
    ):
        raise fault("L-FORK", where=where)


def forks(heads: Sequence[Head | None]) -> list[bool]:
    """Which of them tell of a log that differs from an earlier one of the same site and length.

    Who shows each reader a log of its own is found out when the readers lay them side by side.
    """
    seen: dict[tuple[Name, int], Digest] = {}
    return [
        head is not None and seen.setdefault((head[0], head[1].size), head[1].root) != head[1].root
        for head in heads
    ]

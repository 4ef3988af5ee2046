"""Checkpoints (c2sp.org/tlog-checkpoint): the size and root of a site's log, signed by the site."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import NamedTuple

from fedcli.errors import fault
from fedcli.ledger.merkle import EMPTY
from fedcli.model.identifiers import Digest, Name, PublicKey
from fedcli.trust.keys import Keys
from fedcli.trust.note import open_note, sign_note


class Checkpoint(NamedTuple):
    """A log's size and the root hash over its entries."""

    size: int
    root: Digest


def origin(federation: Name, site: Name) -> str:
    """The name of a site's log."""
    return f"{federation}/{site}"


def signed(checkpoint: Checkpoint, name: str, keys: Keys) -> str:
    """The signed note of a checkpoint."""
    root = base64.b64encode(bytes.fromhex(checkpoint.root)).decode()
    return sign_note(f"{name}\n{checkpoint.size}\n{root}\n", name, keys)


def opened(note: str, name: str, signing_keys: Iterable[PublicKey], where: str) -> Checkpoint:
    """The checkpoint of a note, after verifying it with any of the keys that its site has had.

    Raises:
        Untrusted: S-NOTE.
    """
    lines = open_note(note, name, signing_keys, where).split("\n")
    try:
        said, size, root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True).hex()
    except (IndexError, ValueError):
        raise fault("S-NOTE", where=where) from None
    if said != name or str(size) != lines[1] or size < 0 or len(root) != len(EMPTY):
        raise fault("S-NOTE", where=where)
    return Checkpoint(size, root)

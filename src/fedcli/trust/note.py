"""Signed notes (c2sp.org/signed-note): the form in which a log's checkpoint is published."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from fedcli.errors import fault
from fedcli.model.identifiers import PublicKey
from fedcli.trust.keys import Keys, decoded, encoded, signature_holds

_DASH = "—"  # U+2014, which starts a signature line
_LINE = re.compile(rf"{_DASH} ([^\s+]+) ([A-Za-z0-9+/]+=*)")
_ED25519 = b"\x01"
_ID = 4


def sign_note(text: str, name: str, keys: Keys) -> str:
    """The note of a text (which ends with a newline), signed under a key name."""
    blob = _key_hash(name, keys.signing_key) + keys.sign(text.encode())
    return f"{text}\n{_DASH} {name} {encoded(blob)}\n"


def open_note(note: str, name: str, signing_keys: Iterable[PublicKey], where: str) -> str:
    """The text of a note, if a key of that name signed it; after it there are signatures and nothing else.

    Raises:
        Untrusted: S-NOTE.
    """
    text, separator, lines = note.rpartition("\n\n")
    text += "\n"
    known = tuple(signing_keys)
    signed = [_LINE.fullmatch(line) for line in lines.removesuffix("\n").split("\n")]
    if not separator or not lines.endswith("\n") or not all(signed):
        raise fault("S-NOTE", where=where)
    for said, blob in (line.groups() for line in signed if line):
        if said == name and any(_holds(decoded(blob), name, key, text) for key in known):
            return text
    raise fault("S-NOTE", where=where)


def _holds(blob: bytes, name: str, signing_key: PublicKey, text: str) -> bool:
    ours = blob[:_ID] == _key_hash(name, signing_key)
    return ours and signature_holds(signing_key, blob[_ID:], text.encode())


def _key_hash(name: str, signing_key: PublicKey) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + decoded(signing_key)).digest()[:_ID]

"""Signed notes (c2sp.org/signed-note): the form in which a log's checkpoint is published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from fedcli.errors import fault
from fedcli.model.identifiers import PublicKey
from fedcli.trust.keys import Keys, decoded, encoded, signature_holds

_DASH = "—"  # U+2014, which starts a signature line
_ED25519 = b"\x01"
_ID = 4


def sign_note(text: str, name: str, keys: Keys) -> str:
    """The note of a text (which ends with a newline), signed under a key name."""
    blob = _key_hash(name, keys.signing_key) + keys.sign(text.encode())
    return f"{text}\n{_DASH} {name} {encoded(blob)}\n"


def open_note(note: str, name: str, signing_keys: Iterable[PublicKey], where: str) -> str:
    """The text of a note, if a key of that name signed it.

    Raises:
        Untrusted: S-NOTE.
    """
    text, separator, lines = note.rpartition("\n\n")
    text += "\n"
    known = tuple(signing_keys)
    for line in lines[:-1].split("\n") if separator and lines.endswith("\n") else []:
        dash, _, rest = line.partition(" ")
        said, _, blob = rest.rpartition(" ")
        if dash == _DASH and said == name and any(_holds(decoded(blob), name, key, text) for key in known):
            return text
    raise fault("S-NOTE", where=where)


def _holds(blob: bytes, name: str, signing_key: PublicKey, text: str) -> bool:
    ours = blob[:_ID] == _key_hash(name, signing_key)
    return ours and signature_holds(signing_key, blob[_ID:], text.encode())


def _key_hash(name: str, signing_key: PublicKey) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + decoded(signing_key)).digest()[:_ID]

"""Sealing: a random content key (ChaCha20-Poly1305), wrapped for each recipient by HPKE (RFC 9180).

The plaintext is padded to a length that follows from public facts, so the size of a sealed file says
nothing of what is in it. What the file is bound to goes into both layers as associated data.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from pydantic import Field

from fedcli.errors import fault
from fedcli.files.canonical import canonical
from fedcli.files.strict import MAX_BYTES, parse_json
from fedcli.model.document import Document
from fedcli.model.identifiers import Digest, PublicKey
from fedcli.trust.keys import Keys, decoded, encoded, key_id

_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
_NONCE = bytes(12)  # a content key seals once
_PREFIX = 8
MAX_SEALED = 16 * MAX_BYTES


class Sealed(Document):
    """A sealed file: the wrapped content key by recipient, and the box."""

    schema_: Annotated[Literal["fedcli/sealed/1"], Field(alias="schema")] = "fedcli/sealed/1"
    recipients: Annotated[dict[Digest, str], Field(min_length=1, max_length=1000)]
    box: str


def seal(
    plaintext: bytes, recipients: Mapping[Digest, PublicKey], bound: Mapping[str, object], length: int
) -> bytes:
    """Seal `plaintext`, padded to `length` bytes, to the sealing keys of `recipients`.

    Raises:
        Bug: B-LENGTH when the plaintext is longer than what its plan allows.
    """
    if len(plaintext) > length:
        raise fault("B-LENGTH", length=len(plaintext), planned=length)
    padded = len(plaintext).to_bytes(_PREFIX, "big") + plaintext.ljust(length, b"\0")
    aad, key = canonical(dict(bound)), ChaCha20Poly1305.generate_key()
    wrapped = {
        name: encoded(_SUITE.encrypt(key, X25519PublicKey.from_public_bytes(decoded(public)), info=aad))
        for name, public in sorted(recipients.items())
    }
    return Sealed(
        recipients=wrapped, box=encoded(ChaCha20Poly1305(key).encrypt(_NONCE, padded, aad))
    ).canonical()


def unseal(data: bytes, keys: Keys, bound: Mapping[str, object], where: str) -> bytes:
    """The plaintext, for one of the recipients.

    Raises:
        Untrusted: S-RECIPIENT when it was not sealed to us, S-SEAL when it does not open.
    """
    sealed = Sealed.read(parse_json(data, where, MAX_SEALED), where)
    wrapped = sealed.recipients.get(key_id(keys.signing_key))
    if wrapped is None:
        raise fault("S-RECIPIENT", name=keys.name, where=where)
    aad = canonical(dict(bound))
    try:
        key = _SUITE.decrypt(decoded(wrapped), keys.opener(), info=aad)
        padded = ChaCha20Poly1305(key).decrypt(_NONCE, decoded(sealed.box), aad)
    except (InvalidTag, ValueError):
        raise fault("S-SEAL", where=where) from None
    length = int.from_bytes(padded[:_PREFIX], "big")
    if length > len(padded) - _PREFIX or padded[_PREFIX + length :].strip(b"\0"):
        raise fault("S-SEAL", where=where)
    return padded[_PREFIX : _PREFIX + length]


def token() -> Digest:
    """32 random bytes in hexadecimal: a salt, or a key for digests."""
    return os.urandom(32).hex()

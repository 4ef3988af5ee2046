"""Keys: an Ed25519 key to sign and an X25519 key to open what is sealed, in one file.

A person's key file is protected by a pass-phrase (Argon2id, RFC 9106, and ChaCha20-Poly1305 with the
header as associated data); a key that acts unattended by the file's mode alone.
"""

from __future__ import annotations

import base64
import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from pydantic import Field

from fedcli.errors import fault
from fedcli.files.canonical import digest
from fedcli.files.reader import read
from fedcli.files.strict import parse_json
from fedcli.files.writer import PRIVATE, write_once
from fedcli.model.document import Document
from fedcli.model.identifiers import Digest, Name, PublicKey
from fedcli.trust.points import is_canonical_u, is_prime_order

SEED = 32
NONCE = 12
SALT = 16


class Argon(Document):
    """Argon2id's cost; the default is the second recommendation of RFC 9106 section 4."""

    kdf: Literal["argon2id"] = "argon2id"
    memory_kib: Annotated[int, Field(ge=8, le=2**21)] = 65536
    iterations: Annotated[int, Field(ge=1, le=100)] = 3
    lanes: Annotated[int, Field(ge=1, le=64)] = 4
    salt: str


class Header(Document):
    """What a key file says in clear; it is bound to the secret where that is encrypted."""

    schema_: Annotated[Literal["fedcli/key/1"], Field(alias="schema")] = "fedcli/key/1"
    name: Name
    signing_key: PublicKey
    sealing_key: PublicKey
    protection: Argon | Literal["mode"]


class KeyFile(Document):
    """A key file: header, nonce, and the two private keys, encrypted or not."""

    header: Header
    nonce: str = ""
    secret: str


class Keys:
    """A pair of private keys; it shows its name and nothing else."""

    __slots__ = ("__sealing", "__signing", "name")

    def __init__(self, name: Name, secret: bytes) -> None:
        self.name = name
        self.__signing = Ed25519PrivateKey.from_private_bytes(secret[:SEED])
        self.__sealing = X25519PrivateKey.from_private_bytes(secret[SEED:])

    def __repr__(self) -> str:
        return f"<Keys of {self.name}>"

    @property
    def signing_key(self) -> PublicKey:
        """The public key that verifies."""
        return encoded(self.__signing.public_key().public_bytes_raw())

    @property
    def sealing_key(self) -> PublicKey:
        """The public key to seal to."""
        return encoded(self.__sealing.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """64 bytes (RFC 8032 section 5.1.6)."""
        return self.__signing.sign(message)

    def opener(self) -> X25519PrivateKey:
        """The key that opens what was sealed to us; for `trust.sealing`."""
        return self.__sealing


def new_keys(name: Name) -> Keys:
    """Fresh keys from the operating system's randomness."""
    return Keys(name, os.urandom(2 * SEED))


def encoded(key: bytes) -> PublicKey:
    """A public key, or other bytes, as text."""
    return base64.b64encode(key).decode()


def decoded(text: str) -> bytes:
    """Strict base64, or S-ENCODING: an encoding that has two forms has two digests."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise fault("S-ENCODING") from None
    if base64.b64encode(data).decode() != text:
        raise fault("S-ENCODING")
    return data


def key_id(signing_key: PublicKey) -> Digest:
    """How an envelope names a key: the digest of its 32 bytes."""
    return digest(decoded(signing_key))


def check_enrolable(signing_key: PublicKey, sealing_key: PublicKey, name: str) -> None:
    """Raise K-WEAK unless both keys are canonical and of large order."""
    signing, sealing = decoded(signing_key), decoded(sealing_key)
    if not is_prime_order(signing) or not is_canonical_u(sealing):
        raise fault("K-WEAK", name=name)
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(sealing))
    except ValueError:  # a point of small order gives the all-zero secret (RFC 7748 section 6.1)
        raise fault("K-WEAK", name=name) from None


def signature_holds(signing_key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature verifies."""
    try:
        Ed25519PublicKey.from_public_bytes(decoded(signing_key)).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def create(path: Path, name: Name, passphrase: str | None) -> Keys:
    """Make keys and write their file once, mode 0600."""
    secret = os.urandom(2 * SEED)
    keys = Keys(name, secret)
    protection: Argon | Literal["mode"] = (
        "mode" if passphrase is None else Argon(salt=encoded(os.urandom(SALT)))
    )
    header = Header(
        name=name, signing_key=keys.signing_key, sealing_key=keys.sealing_key, protection=protection
    )
    if isinstance(protection, Argon) and passphrase is not None:
        nonce = os.urandom(NONCE)
        box = _cipher(protection, passphrase).encrypt(nonce, secret, header.canonical())
        file = KeyFile(header=header, nonce=encoded(nonce), secret=encoded(box))
    else:
        file = KeyFile(header=header, secret=encoded(secret))
    write_once(path, file.canonical(), PRIVATE)
    return keys


def is_protected(path: Path) -> bool:
    """Whether a key file asks for a pass-phrase."""
    return isinstance(_file(path).header.protection, Argon)


def load(path: Path, passphrase: str | None) -> Keys:
    """The keys of a file.

    Raises:
        Untrusted: K-MODE where others may read it, K-PASSPHRASE where it does not open.
    """
    file = _file(path)
    header = file.header
    if isinstance(header.protection, Argon):
        if passphrase is None:
            raise fault("K-PASSPHRASE", name=header.name)
        secret = _opened(file, header.protection, passphrase)
    else:
        secret = decoded(file.secret)
    keys = Keys(header.name, secret) if len(secret) == 2 * SEED else None
    if keys is None or (keys.signing_key, keys.sealing_key) != (header.signing_key, header.sealing_key):
        raise fault("K-BROKEN", path=path)
    return keys


def _file(path: Path) -> KeyFile:
    status = path.lstat() if path.exists() else None
    if status is not None and (status.st_mode & 0o077 or status.st_uid != os.geteuid()):
        raise fault("K-MODE", path=path)
    return _read(read(path), str(path))


@lru_cache(maxsize=16)  # a command asks for its own keys at every signature
def _read(data: bytes, where: str) -> KeyFile:
    return KeyFile.read(parse_json(data, where), where)


def _opened(file: KeyFile, protection: Argon, passphrase: str) -> bytes:
    try:
        cipher = _cipher(protection, passphrase)
        return cipher.decrypt(decoded(file.nonce), decoded(file.secret), file.header.canonical())
    except (InvalidTag, ValueError):
        raise fault("K-PASSPHRASE", name=file.header.name) from None


def _cipher(protection: Argon, passphrase: str) -> ChaCha20Poly1305:
    derivation = Argon2id(
        salt=decoded(protection.salt),
        length=32,
        iterations=protection.iterations,
        lanes=protection.lanes,
        memory_cost=protection.memory_kib,
    )
    return ChaCha20Poly1305(derivation.derive(passphrase.encode("utf-8")))

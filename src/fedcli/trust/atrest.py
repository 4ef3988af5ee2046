"""What a site keeps for its vault alone: encrypted with a key of the site's, which lies beside its others.

ChaCha20-Poly1305 (RFC 8439) with a random nonce for each record, and its place as associated data.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from fedcli.errors import fault
from fedcli.files.reader import read
from fedcli.files.writer import PRIVATE, write_once
from fedcli.trust.keys import NONCE


@final
class AtRest:
    """Locks and opens records; it shows nothing of its key."""

    __slots__ = ("__cipher",)

    def __init__(self, path: Path) -> None:
        """The key of a file, which is made where there is none.

        Raises:
            Untrusted: K-MODE where others may read it, K-BROKEN where it is no key.
        """
        if not path.exists():
            write_once(path, ChaCha20Poly1305.generate_key(), PRIVATE)
        status = path.lstat()
        if status.st_mode & 0o077 or status.st_uid != os.geteuid():
            raise fault("K-MODE", path=path)
        try:
            self.__cipher = ChaCha20Poly1305(read(path))
        except ValueError:
            raise fault("K-BROKEN", path=path) from None

    def __repr__(self) -> str:
        return "<AtRest>"

    def __reduce_ex__(self, _: object) -> NoReturn:
        raise TypeError("a key cannot be copied or pickled")

    def lock(self, plaintext: bytes, place: str) -> bytes:
        """A record, for its place."""
        nonce = os.urandom(NONCE)
        return nonce + self.__cipher.encrypt(nonce, plaintext, place.encode())

    def open(self, box: bytes, place: str) -> bytes:
        """What was locked, or L-MEMORY where it was changed, moved or locked with another key."""
        try:
            return self.__cipher.decrypt(box[:NONCE], box[NONCE:], place.encode())
        except (InvalidTag, ValueError):
            raise fault("L-MEMORY", place=place) from None

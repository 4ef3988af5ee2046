"""Canonical JSON (RFC 8785) and digests of it: equal meaning has equal bytes."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785


def canonical(value: Any) -> bytes:
    """The RFC 8785 bytes of a JSON value; raises on NaN, infinity and integers beyond 2^53 - 1."""
    return rfc8785.dumps(value)


def digest(data: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def digest_of(value: Any) -> str:
    """The digest of a JSON value's canonical bytes."""
    return digest(canonical(value))

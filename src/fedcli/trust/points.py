"""Which public keys may be enrolled: canonical encodings of points of prime order, and nothing else.

With a key of small order one fixed signature verifies for every message, and OpenSSL accepts such
keys; so they are refused here, at enrolment. The arithmetic is RFC 8032 section 5.1 on public
values only, so it need not run in constant time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

Point: TypeAlias = tuple[int, int, int, int]  # extended homogeneous coordinates (X, Y, Z, T)
IDENTITY: Point = (0, 1, 1, 0)


@lru_cache(1024)
def is_prime_order(key: bytes) -> bool:
    """Whether 32 bytes are the canonical encoding of an Ed25519 point of prime order.

    The same few keys are asked for whenever a root is followed, so that answers are remembered.
    """
    point = _decode(key)
    return point is not None and not _same(point, IDENTITY) and _same(_times(ORDER, point), IDENTITY)


def is_canonical_u(key: bytes) -> bool:
    """Whether 32 bytes are a reduced X25519 u-coordinate (RFC 7748 section 5)."""
    return len(key) == 32 and int.from_bytes(key, "little") < P


def _decode(key: bytes) -> Point | None:
    """RFC 8032 section 5.1.3, refusing what step 1 and step 4 call out of range."""
    if len(key) != 32:
        return None
    number = int.from_bytes(key, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    x = _recover(y) if y < P else None
    if x is None or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def _recover(y: int) -> int | None:
    """A square root of (y² - 1) / (d·y² + 1), where there is one."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    return None if (x * x - square) % P else x


def _add(p: Point, q: Point) -> Point:
    """RFC 8032 section 5.1.4."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    total = IDENTITY
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point = _add(point, point)
        scalar >>= 1
    return total


def _same(p: Point, q: Point) -> bool:
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0

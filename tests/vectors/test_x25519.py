"""X25519: which sealing keys may be enrolled, by Wycheproof's flags and the points of small order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fedcli.errors import Untrusted
from fedcli.trust.keys import check_enrolable, encoded, new_keys
from fedcli.trust.points import P, is_canonical_u

#: u-coordinates of points whose order divides 8 (RFC 7748 section 6.1; cr.yp.to/ecdh.html#validate).
SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]

#: RFC 7748 section 6.1: Alice's and Bob's public keys.
RFC_7748 = [
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
]

SIGNING = new_keys("somebody").signing_key


def is_enrolable(public: str) -> bool:
    """Whether a sealing key passes enrolment; any error but K-WEAK passes through."""
    try:
        check_enrolable(SIGNING, encoded(bytes.fromhex(public)), "somebody")
    except Untrusted as error:
        assert error.code == "K-WEAK"
        return False
    return True


def test_wycheproof(shared: Path) -> None:
    """Keys flagged as of low order or not canonical are refused, and all others are accepted."""
    vectors = json.loads((shared / "vectors/wycheproof/testvectors_v1/x25519_test.json").read_bytes())
    cases = [case for group in vectors["testGroups"] for case in group["tests"]]
    assert len(cases) == vectors["numberOfTests"] == 518
    weak = {"LowOrderPublic", "NonCanonicalPublic", "ZeroSharedSecret"}
    wanted = {case["public"]: not weak & set(case["flags"]) for case in cases}
    assert {public: is_enrolable(public) for public in wanted} == wanted
    assert sum(not good for good in wanted.values()) >= 20


@pytest.mark.parametrize("public", SMALL_ORDER)
def test_points_of_small_order_are_refused(public: str) -> None:
    """Whatever is sealed to such a key, everybody can open."""
    assert not is_enrolable(public)


@pytest.mark.parametrize("public", RFC_7748)
def test_the_keys_of_rfc_7748_are_accepted(public: str) -> None:
    """Keys that a specification gives as good ones are good ones."""
    assert is_enrolable(public)


def test_a_second_encoding_is_refused() -> None:
    """A set top bit, which X25519 ignores, and a coordinate of p and more are not canonical."""
    top_bit = bytearray.fromhex(RFC_7748[0])
    top_bit[31] |= 0x80
    assert not is_enrolable(bytes(top_bit).hex())
    assert not is_enrolable((P + 9).to_bytes(32, "little").hex())
    assert is_canonical_u((P - 1).to_bytes(32, "little"))
    assert not is_canonical_u(P.to_bytes(32, "little"))
    assert not is_canonical_u(bytes(31))


def test_a_weak_signing_key_is_refused_beside_a_good_sealing_key() -> None:
    """Both keys of a member must be good."""
    neutral = encoded(bytes([1]) + bytes(31))
    with pytest.raises(Untrusted, match="K-WEAK"):
        check_enrolable(neutral, encoded(bytes.fromhex(RFC_7748[0])), "somebody")

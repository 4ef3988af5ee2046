"""Ed25519: RFC 8032 section 7.1, Wycheproof's signatures, and CCTV's edge points."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fedcli.trust.keys import Keys, decoded, encoded, key_id, new_keys, signature_holds
from fedcli.trust.points import ORDER, P, is_prime_order

#: RFC 8032 section 7.1: secret key, public key, message, signature (tests 1, 2, 3 and SHA(abc)).
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da0"
        "85ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac1"
        "8ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2"
        "192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b5890"
        "9351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]

#: The points of small order in all their encodings (the README of CCTV's ed25519 lists them).
SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_the_signatures_of_rfc_8032(secret: str, public: str, message: str, signature: str) -> None:
    """Our keys derive, sign and verify as the RFC's do."""
    keys = Keys("somebody", bytes.fromhex(secret) + bytes(32))
    assert keys.signing_key == encoded(bytes.fromhex(public))
    assert keys.sign(bytes.fromhex(message)) == bytes.fromhex(signature)
    assert signature_holds(keys.signing_key, bytes.fromhex(signature), bytes.fromhex(message))
    assert is_prime_order(bytes.fromhex(public))


def test_a_signature_holds_for_nothing_else() -> None:
    """Another message, key or length, or a scalar raised by the group's order, does not verify."""
    _, public, message, signature = (bytes.fromhex(part) for part in RFC_8032[2])
    key = encoded(public)
    raised = int.from_bytes(signature[32:], "little") + ORDER
    assert not signature_holds(key, signature, message + b"\x00")
    assert not signature_holds(encoded(bytes.fromhex(RFC_8032[1][1])), signature, message)
    assert not signature_holds(key, signature[:-1], message)
    assert not signature_holds(key, signature + b"\x00", message)
    assert not signature_holds(key, b"", message)
    assert not signature_holds(key, signature[:32] + raised.to_bytes(32, "little"), message)


def test_key_ids_are_digests_of_the_raw_key() -> None:
    """The id in an envelope is SHA-256 over the 32 bytes, as any other tool would compute it."""
    public = bytes.fromhex(RFC_8032[0][1])
    assert key_id(encoded(public)) == "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9"


def test_wycheproof(shared: Path) -> None:
    """Every one of the 151 signatures verifies, or does not, as the vectors say."""
    vectors = json.loads((shared / "vectors/wycheproof/testvectors_v1/ed25519_test.json").read_bytes())
    found, wanted = {}, {}
    for group in vectors["testGroups"]:
        key = encoded(bytes.fromhex(group["publicKey"]["pk"]))
        for case in group["tests"]:
            signature, message = bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])
            found[case["tcId"]] = signature_holds(key, signature, message)
            wanted[case["tcId"]] = case["result"] == "valid"
    assert len(found) == vectors["numberOfTests"] == 151
    assert found == wanted


def test_the_edge_points_of_cctv(shared: Path) -> None:
    """A key with any flag on A (low order, low-order component, non-canonical) is refused, and no other."""
    vectors = json.loads((shared / "vectors/cctv/ed25519/ed25519vectors.json").read_bytes())
    flags: dict[str, set[str]] = {}
    for case in vectors:
        flags.setdefault(case["key"], set()).update(
            flag for flag in case["flags"] or [] if flag.endswith("_A")
        )
    assert len(vectors) == 914
    assert set().union(*flags.values()) == {"low_order_A", "low_order_component_A", "non_canonical_A"}
    accepted = {key for key in flags if is_prime_order(bytes.fromhex(key))}
    assert accepted == {key for key, flagged in flags.items() if not flagged}
    assert accepted


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_points_of_small_order_are_refused(point: str) -> None:
    """With such a key one signature verifies for every message, so nobody enrols with it."""
    assert not is_prime_order(bytes.fromhex(point))


def test_what_is_no_point_is_refused() -> None:
    """Another length, a y without an x, and a y that is not reduced are no keys."""
    public = bytes.fromhex(RFC_8032[0][1])
    without_x = (2).to_bytes(32, "little")  # y = 2 is not on the curve
    unreduced = (P + 3).to_bytes(32, "little")  # y = 3 is; this is its other encoding
    assert not is_prime_order(b"")
    assert not is_prime_order(public[:-1])
    assert not is_prime_order(public + b"\x00")
    assert not is_prime_order(without_x)
    assert not is_prime_order(unreduced)


def test_fresh_keys_are_accepted() -> None:
    """What fedcli makes passes its own check."""
    made = [new_keys("somebody") for _ in range(5)]
    assert len({keys.signing_key for keys in made}) == 5
    assert all(is_prime_order(decoded(keys.signing_key)) for keys in made)

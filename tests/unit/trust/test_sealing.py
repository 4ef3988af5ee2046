"""Sealing: its recipients open it, nobody else does, and its size says nothing."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from fedcli.errors import Bug, FedcliError, InvalidFile, Untrusted
from fedcli.files.canonical import canonical
from fedcli.trust.keys import Keys, decoded, encoded, key_id
from fedcli.trust.sealing import seal, token, unseal
from tests.unit.trust.builders import KEYS, flips

ANA, NORTH, SOUTH, EVE = KEYS["ana"], KEYS["north"], KEYS["south"], KEYS["eve"]
BOUND = {"query": "a" * 64, "site": "north", "round": 0}


def to(*recipients: Keys) -> dict[str, str]:
    """The sealing keys of some by the ids of their signing keys."""
    return {key_id(one.signing_key): one.sealing_key for one in recipients}


@given(st.binary(max_size=100))
def test_every_recipient_opens_it(plaintext: bytes) -> None:
    """Each of several gets the same bytes, zeros at the end included."""
    data = seal(plaintext, to(ANA, NORTH, SOUTH), BOUND, 100)
    for keys in (ANA, NORTH, SOUTH):
        assert unseal(data, keys, BOUND, "a file") == plaintext


def test_nobody_else_opens_it() -> None:
    """Who is no recipient is told so; who puts their own name on another's key gets nothing."""
    data = seal(b"secret", to(ANA, NORTH), BOUND, 16)
    with pytest.raises(Untrusted, match="S-RECIPIENT"):
        unseal(data, EVE, BOUND, "a file")
    value = json.loads(data)
    value["recipients"] = {key_id(EVE.signing_key): value["recipients"][key_id(ANA.signing_key)]}
    with pytest.raises(Untrusted, match="S-SEAL"):
        unseal(json.dumps(value).encode(), EVE, BOUND, "a file")


@pytest.mark.parametrize(
    "bound",
    [
        {},
        BOUND | {"site": "south"},
        BOUND | {"round": 1},
        BOUND | {"more": 1},
        {name: BOUND[name] for name in ("query", "site")},
        BOUND | {"round": "0"},
    ],
)
def test_another_binding_does_not_open_it(bound: dict[str, object]) -> None:
    """What the file is bound to is part of the seal; the order of its keys is not."""
    data = seal(b"secret", to(ANA), BOUND, 16)
    assert unseal(data, ANA, dict(reversed(BOUND.items())), "a file") == b"secret"
    with pytest.raises(Untrusted, match="S-SEAL"):
        unseal(data, ANA, bound, "a file")


def test_every_changed_bit_is_refused() -> None:
    """One bit changed, anywhere in a file with one recipient: it does not open, and fails as ours do."""
    data = seal(b"secret", to(ANA), BOUND, 8)
    opened = []
    for place, changed in flips(data):
        try:
            unseal(changed, ANA, BOUND, "a file")
        except (Untrusted, InvalidFile):
            continue
        opened.append(place)
    assert unseal(data, ANA, BOUND, "a file") == b"secret"
    assert opened == []


def test_a_wrapped_key_of_another_length_is_refused() -> None:
    """Cut to every length, and longer; the box likewise."""
    value = json.loads(seal(b"secret", to(ANA), BOUND, 8))
    me = key_id(ANA.signing_key)
    wrapped, box = decoded(value["recipients"][me]), decoded(value["box"])
    for length in range(len(wrapped)):
        cut = value | {"recipients": {me: encoded(wrapped[:length])}}
        with pytest.raises(Untrusted, match="S-SEAL"):
            unseal(json.dumps(cut).encode(), ANA, BOUND, "a file")
    for length in range(len(box)):
        with pytest.raises(Untrusted, match="S-SEAL"):
            unseal(json.dumps(value | {"box": encoded(box[:length])}).encode(), ANA, BOUND, "a file")
    for longer in (
        value | {"box": encoded(box + b"\0")},
        value | {"recipients": {me: encoded(wrapped + b"\0")}},
    ):
        with pytest.raises(Untrusted, match="S-SEAL"):
            unseal(json.dumps(longer).encode(), ANA, BOUND, "a file")


def crafted(padded: bytes, key: bytes = bytes(32), wrapped: bytes | None = None) -> bytes:
    """What somebody who may seal, and does not use fedcli, could send to Ana."""
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    public = X25519PublicKey.from_public_bytes(decoded(ANA.sealing_key))
    aad = canonical(BOUND)
    box = ChaCha20Poly1305(key.ljust(32, b"\0")[:32]).encrypt(bytes(12), padded, aad)
    told = suite.encrypt(key, public, info=aad) if wrapped is None else wrapped
    recipients = {key_id(ANA.signing_key): encoded(told)}
    return canonical({"schema": "fedcli/sealed/1", "recipients": recipients, "box": encoded(box)})


def test_the_format_is_as_described() -> None:
    """Length in eight bytes, plaintext, zeros; ChaCha20-Poly1305 under a key wrapped by HPKE."""
    padded = (6).to_bytes(8, "big") + b"secret" + bytes(10)
    assert unseal(crafted(padded), ANA, BOUND, "a file") == b"secret"


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        bytes(7),
        (17).to_bytes(8, "big") + bytes(16),
        (2**63).to_bytes(8, "big") + bytes(16),
        (6).to_bytes(8, "big") + b"secret" + bytes(9) + b"\x01",
        (5).to_bytes(8, "big") + b"secret" + bytes(10),
    ],
)
def test_padding_has_one_form(padded: bytes) -> None:
    """A length beyond the end, or anything but zeros after it, could carry more than the plaintext."""
    with pytest.raises(Untrusted, match="S-SEAL"):
        unseal(crafted(padded), ANA, BOUND, "a file")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_content_key_of_another_length_is_refused(length: int) -> None:
    """As a file that does not open."""
    with pytest.raises(Untrusted, match="S-SEAL"):
        unseal(crafted(bytes(24), b"k" * length), ANA, BOUND, "a file")


@pytest.mark.parametrize("point", [bytes(32), b"\x01" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f"])
def test_an_encapsulation_of_small_order_is_refused(point: bytes) -> None:
    """The shared secret would be known to everybody (RFC 9180 section 7.1.4)."""
    with pytest.raises(Untrusted, match="S-SEAL"):
        unseal(crafted(bytes(24), wrapped=point + bytes(48)), ANA, BOUND, "a file")


@pytest.mark.parametrize("data", [b"", b"{}", b"null", b'{"box":"","recipients":{}}', b"\xff"])
def test_what_is_no_sealed_file_is_refused(data: bytes) -> None:
    """By its form."""
    with pytest.raises(FedcliError, match=r"F-JSON|F-SCHEMA|F-ENCODING"):
        unseal(data, ANA, BOUND, "a file")


def test_the_size_says_nothing() -> None:
    """Whatever is in it, a file for the same recipients and the same plan has the same size."""
    sizes = {len(seal(b"x" * length, to(ANA, NORTH), BOUND, 4096)) for length in (0, 1, 100, 4095, 4096)}
    assert len(sizes) == 1


def test_more_than_planned_is_a_bug() -> None:
    """A plaintext longer than its plan is not sealed: its size would say something."""
    with pytest.raises(Bug, match="B-LENGTH"):
        seal(b"x" * 17, to(ANA), BOUND, 16)


def test_sealing_twice_gives_two_files() -> None:
    """Key and encapsulation are fresh each time, also for each recipient."""
    one, other = (json.loads(seal(b"secret", to(ANA, NORTH), BOUND, 16)) for _ in range(2))
    assert one["box"] != other["box"]
    wrapped = [*one["recipients"].values(), *other["recipients"].values()]
    assert len(set(wrapped)) == 4


def test_nothing_of_the_plaintext_shows() -> None:
    """Neither raw nor in base64."""
    data = seal(b"a very secret value", to(ANA), BOUND, 64)
    assert b"secret" not in data
    assert b"secret" not in decoded(json.loads(data)["box"])


def test_sealing_to_nobody_is_refused() -> None:
    """A file without recipients cannot be made."""
    with pytest.raises(ValueError, match="recipients"):
        seal(b"x", {}, BOUND, 16)


def test_tokens_are_random() -> None:
    """32 bytes in hexadecimal, never the same."""
    found = {token() for _ in range(20)}
    assert len(found) == 20
    assert all(len(bytes.fromhex(one)) == 32 for one in found)

"""Key files: who may read one, what opens it, and that what was tampered with does not open."""

from __future__ import annotations

import pickle
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from fedcli.errors import FedcliError, InvalidFile, Untrusted, UsageFault
from fedcli.files.canonical import canonical
from fedcli.files.strict import parse_json
from fedcli.trust.keys import (
    Argon,
    Header,
    KeyFile,
    Keys,
    check_enrolable,
    create,
    decoded,
    encoded,
    is_protected,
    key_id,
    load,
    new_keys,
    signature_holds,
)

SECRET = bytes(range(64))
NONCE = bytes(12)
PASSPHRASE = "a long pass-phrase, with é"
OTHER = new_keys("eve")
CHEAP = Argon(memory_kib=8, iterations=1, lanes=1, salt=encoded(bytes(16)))


def sealed_file(argon: Argon = CHEAP, secret: bytes = SECRET, name: str = "owner") -> KeyFile:
    """A protected key file, made as the format says but at a small cost."""
    keys = Keys(name, secret)
    header = Header(name=name, signing_key=keys.signing_key, sealing_key=keys.sealing_key, protection=argon)
    derivation = Argon2id(
        salt=decoded(argon.salt),
        length=32,
        iterations=argon.iterations,
        lanes=argon.lanes,
        memory_cost=argon.memory_kib,
    )
    box = ChaCha20Poly1305(derivation.derive(PASSPHRASE.encode())).encrypt(NONCE, secret, header.canonical())
    return KeyFile(header=header, nonce=encoded(NONCE), secret=encoded(box))


def put(path: Path, value: Any, mode: int = 0o600) -> Path:
    """A key file with any content."""
    path.write_bytes(canonical(value))
    path.chmod(mode)
    return path


@pytest.fixture
def protected(tmp_path: Path) -> Path:
    """A key file that a pass-phrase protects."""
    return put(tmp_path / "owner.key.json", sealed_file().json_value())


@pytest.fixture
def unattended(tmp_path: Path) -> Path:
    """A key file that its mode alone protects."""
    create(tmp_path / "site.key.json", "site", None)
    return tmp_path / "site.key.json"


def test_a_new_protected_key_opens_with_its_passphrase_alone(tmp_path: Path) -> None:
    """At the cost that RFC 9106 section 4 recommends second; the file is private."""
    path = tmp_path / "keys" / "owner.key.json"
    made = create(path, "owner", PASSPHRASE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert is_protected(path)
    opened = load(path, PASSPHRASE)
    assert (opened.name, opened.signing_key, opened.sealing_key) == (
        "owner",
        made.signing_key,
        made.sealing_key,
    )
    protection = KeyFile.read(parse_json(path.read_bytes(), "a key"), "a key").header.protection
    assert isinstance(protection, Argon)
    assert (protection.memory_kib, protection.iterations, protection.lanes) == (65536, 3, 4)
    with pytest.raises(Untrusted, match="K-PASSPHRASE"):
        load(path, PASSPHRASE + " ")


def test_a_new_unattended_key_needs_no_passphrase(unattended: Path) -> None:
    """Its file's mode protects it; a pass-phrase given is not asked."""
    assert stat.S_IMODE(unattended.stat().st_mode) == 0o600
    assert not is_protected(unattended)
    assert load(unattended, None).signing_key == load(unattended, "anything").signing_key


def test_keys_are_never_made_over_others(unattended: Path) -> None:
    """A key file is written once."""
    before = unattended.read_bytes()
    with pytest.raises(UsageFault, match="F-EXISTS"):
        create(unattended, "site", None)
    assert unattended.read_bytes() == before


def test_a_protected_file_says_nothing_of_the_secret(protected: Path) -> None:
    """Neither private key is in the file, raw or in base64."""
    data = protected.read_bytes()
    for part in (SECRET, SECRET[:32], SECRET[32:]):
        assert part not in data
        assert encoded(part).rstrip("=").encode()[:40] not in data


@pytest.mark.parametrize("passphrase", [None, "", "another", PASSPHRASE.upper(), "\udcff"])
def test_another_passphrase_does_not_open(protected: Path, passphrase: str | None) -> None:
    """None, an empty one, a wrong one, and one that is no text."""
    assert load(protected, PASSPHRASE).name == "owner"
    with pytest.raises(Untrusted, match="K-PASSPHRASE"):
        load(protected, passphrase)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o602, 0o777])
def test_a_file_that_others_may_use_is_refused(protected: Path, mode: int) -> None:
    """Before anything in it is read, and by whatever right others have."""
    protected.chmod(mode)
    with pytest.raises(Untrusted, match="K-MODE"):
        load(protected, PASSPHRASE)
    with pytest.raises(Untrusted, match="K-MODE"):
        is_protected(protected)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_file_is_accepted(protected: Path, mode: int) -> None:
    """Also one that is only read."""
    protected.chmod(mode)
    assert load(protected, PASSPHRASE).name == "owner"


def test_a_key_is_not_read_through_a_link(protected: Path) -> None:
    """A link can be turned to another key at any time."""
    link = protected.with_name("link.key.json")
    link.symlink_to(protected)
    dangling = protected.with_name("dangling.key.json")
    dangling.symlink_to(protected.with_name("nowhere"))
    for path in (link, dangling):
        with pytest.raises((Untrusted, InvalidFile), match=r"K-MODE|F-OPEN"):
            load(path, PASSPHRASE)


def test_a_key_that_is_missing_says_so(tmp_path: Path) -> None:
    """F-MISSING, not a question for a pass-phrase."""
    with pytest.raises(FedcliError, match="F-MISSING"):
        load(tmp_path / "nobody.key.json", None)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("name",), "eve"),
        (("signing_key",), OTHER.signing_key),
        (("sealing_key",), OTHER.sealing_key),
        (("protection", "iterations"), 2),
        (("protection", "memory_kib"), 16),
        (("protection", "lanes"), 2),
        (("protection", "salt"), encoded(bytes(15) + b"\x01")),
        (("protection", "salt"), encoded(b"short")),
        (("protection", "salt"), ""),
    ],
    ids=["name", "signing", "sealing", "iterations", "memory", "lanes", "salt", "short-salt", "no-salt"],
)
def test_a_changed_header_does_not_open(protected: Path, place: tuple[str, ...], value: Any) -> None:
    """Name, public keys and cost are bound to the secret."""
    file = parse_json(protected.read_bytes(), "a key")
    part = file["header"]
    for step in place[:-1]:
        part = part[step]
    assert part[place[-1]] != value
    part[place[-1]] = value
    with pytest.raises(Untrusted, match=r"K-PASSPHRASE|K-BROKEN"):
        load(put(protected, file), PASSPHRASE)


def test_a_changed_secret_does_not_open(protected: Path) -> None:
    """Any bit of the box or the nonce."""
    file = parse_json(protected.read_bytes(), "a key")
    for field in ("secret", "nonce"):
        good = decoded(file[field])
        for place in range(len(good)):
            bad = good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]
            with pytest.raises(Untrusted, match="K-PASSPHRASE"):
                load(put(protected, file | {field: encoded(bad)}), PASSPHRASE)
    for field in ("secret", "nonce"):
        with pytest.raises(Untrusted, match="K-PASSPHRASE"):
            load(put(protected, file | {field: ""}), PASSPHRASE)


def test_the_secret_of_another_file_does_not_open(protected: Path) -> None:
    """Box and nonce of a key with the same pass-phrase, under this header."""
    other = sealed_file(secret=SECRET[::-1]).json_value()
    file = parse_json(protected.read_bytes(), "a key")
    swapped = file | {"secret": other["secret"], "nonce": other["nonce"]}
    with pytest.raises(Untrusted, match="K-PASSPHRASE"):
        load(put(protected, swapped), PASSPHRASE)


@pytest.mark.parametrize(
    "secret",
    [encoded(bytes(64)), encoded(bytes(63)), encoded(bytes(65)), "", encoded(SECRET[32:] + SECRET[:32])],
)
def test_an_unattended_key_with_another_secret_is_broken(unattended: Path, secret: str) -> None:
    """The header names the public keys; another secret, or half a one, is K-BROKEN."""
    file = parse_json(unattended.read_bytes(), "a key")
    with pytest.raises(Untrusted, match="K-BROKEN"):
        load(put(unattended, file | {"secret": secret}), None)


def test_protection_cannot_be_taken_off(protected: Path) -> None:
    """A header that says `mode` over an encrypted secret is K-BROKEN, with or without pass-phrase."""
    file = parse_json(protected.read_bytes(), "a key")
    file["header"]["protection"] = "mode"
    for passphrase in (None, PASSPHRASE):
        with pytest.raises(Untrusted, match="K-BROKEN"):
            load(put(protected, file), passphrase)


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": 5},
        {"more": 1},
        {"header": {}},
        {"secret": None},
    ],
)
def test_what_is_no_key_file_is_refused(protected: Path, change: dict[str, Any]) -> None:
    """Unknown keys, missing ones and other types are F-SCHEMA, without a word of the secret."""
    file = parse_json(protected.read_bytes(), "a key")
    with pytest.raises(InvalidFile, match="F-SCHEMA") as caught:
        load(put(protected, file | change), PASSPHRASE)
    assert file["secret"] not in " ".join(caught.value.lines())


@pytest.mark.parametrize("memory_kib", [7, 2**21 + 1])
def test_a_cost_beyond_bounds_is_refused(protected: Path, memory_kib: int) -> None:
    """A file cannot make us fill the memory, nor ask for less than Argon2 has."""
    file = parse_json(protected.read_bytes(), "a key")
    file["header"]["protection"]["memory_kib"] = memory_kib
    with pytest.raises(InvalidFile, match="F-SCHEMA"):
        load(put(protected, file), PASSPHRASE)


def test_keys_show_their_name_and_nothing_else() -> None:
    """Neither repr, str, format nor the attributes that can be listed hold key material."""
    keys = Keys("owner", SECRET)
    shown = [repr(keys), str(keys), f"{keys}", repr([keys]), repr({"keys": keys})]
    assert shown[:3] == ["<Keys of owner>"] * 3
    told = " ".join(shown)
    for part in (SECRET[:32], SECRET[32:]):
        assert part.hex() not in told
        assert encoded(part) not in told
    assert not hasattr(keys, "__dict__")


def test_keys_cannot_be_pickled() -> None:
    """Private keys stay in their process."""
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError):
            pickle.dumps(Keys("owner", SECRET), protocol)


def test_fresh_keys_differ_and_work() -> None:
    """Two calls give two pairs; both can be enrolled, and sign."""
    one, other = new_keys("one"), new_keys("other")
    assert len({one.signing_key, one.sealing_key, other.signing_key, other.sealing_key}) == 4
    for keys in (one, other):
        check_enrolable(keys.signing_key, keys.sealing_key, keys.name)
        assert signature_holds(keys.signing_key, keys.sign(b"x"), b"x")
        assert not signature_holds(keys.signing_key, keys.sign(b"x"), b"y")
    assert not signature_holds(one.signing_key, other.sign(b"x"), b"x")


@pytest.mark.parametrize(
    "text",
    ["AA", "AA=", "A===", "AA==\n", " AA==", "AB==", "AA-_", "AA==AA==", "é", "AAA", "A A=", "AA==\x00"],
)
def test_base64_has_one_form(text: str) -> None:
    """No missing padding, white space, other alphabet or loose bits: what has two forms has two digests."""
    with pytest.raises(Untrusted, match="S-ENCODING"):
        decoded(text)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff\xfe", bytes(range(256))])
def test_base64_comes_back(data: bytes) -> None:
    """Its one form is the standard one."""
    assert decoded(encoded(data)) == data


def test_key_ids_tell_keys_apart() -> None:
    """Different keys have different ids, and an id needs a canonical key."""
    assert key_id(encoded(bytes(32))) != key_id(encoded(bytes(31) + b"\x01"))
    with pytest.raises(Untrusted, match="S-ENCODING"):
        key_id("A" * 42 + "B=")

"""Envelopes: what is signed, by whom, and that nothing that was changed is taken for it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from securesystemslib.dsse import Envelope as OtherEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

from fedcli.errors import Untrusted
from fedcli.files.canonical import canonical
from fedcli.files.strict import parse_json
from fedcli.trust.dsse import (
    MAX_SIGNATURES,
    PAYLOAD_TYPE,
    add_signature,
    content,
    kind_of,
    pae,
    parse,
    sign,
    signed_by,
    statement,
)
from fedcli.trust.keys import Keys, decoded, encoded, key_id
from tests.unit.trust.builders import KEYS, digest_of, flips, policy

ADA, BEN, EVE = KEYS["ada"], KEYS["ben"], KEYS["eve"]
BODY = statement("policy", policy().sha256, policy())


def trusted(*keys: Keys) -> dict[str, str]:
    """The mapping of key ids to keys that a root would give."""
    return {key_id(one.signing_key): one.signing_key for one in keys}


def envelope(*keys: Keys, body: bytes = BODY) -> dict[str, Any]:
    """An envelope as a JSON value."""
    return json.loads(sign(body, keys))


def signers(value: Any, *keys: Keys) -> frozenset[str]:
    """Whose signatures hold in an envelope given as a JSON value."""
    return signed_by(parse(canonical(value), "a file"), trusted(*keys), "a file")


def other_key(keys: Keys) -> SSlibKey:
    """A public key as securesystemslib wants it."""
    public = {"public": decoded(keys.signing_key).hex()}
    return SSlibKey(key_id(keys.signing_key), "ed25519", "ed25519", public)


def test_a_signature_holds() -> None:
    """The signer's id comes back, and the statement that was signed."""
    found = parse(sign(BODY, [ADA]), "a file")
    assert signed_by(found, trusted(ADA, BEN), "a file") == {key_id(ADA.signing_key)}
    assert found.body == BODY
    told = content(found, "policy", "a file")
    assert told.predicate == policy().json_value()
    assert told.subject[0].digest == {"sha256": policy().sha256}


def test_a_statement_is_an_in_toto_statement() -> None:
    """Type, subject and predicate under in-toto's names."""
    assert json.loads(BODY) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "policy", "digest": {"sha256": policy().sha256}}],
        "predicateType": "urn:fedcli:predicate:policy:1",
        "predicate": policy().json_value(),
    }


def test_another_kind_is_refused() -> None:
    """An approval cannot be replayed as a release, whoever signed it."""
    found = parse(sign(BODY, [ADA]), "a file")
    for kind in ("query", "approval", "release", "root", "card", "manifest", "result"):
        with pytest.raises(Untrusted, match="S-KIND"):
            content(found, kind, "a file")
    assert kind_of(sign(BODY, [ADA]), "a file") == "policy"


@pytest.mark.parametrize(
    "kind", ["", "application/json", "application/vnd.in-toto+JSON", " " + PAYLOAD_TYPE, None]
)
def test_another_payload_type_is_refused(kind: str | None) -> None:
    """Only in-toto statements are envelopes of ours."""
    with pytest.raises(Untrusted, match="S-FORM"):
        signers(envelope(ADA) | {"payloadType": kind}, ADA)


def test_a_signature_over_another_payload_type_does_not_hold() -> None:
    """The type is bound into what is signed."""
    value = envelope(ADA)
    value["signatures"][0]["sig"] = encoded(ADA.sign(pae(BODY, "application/json")))
    with pytest.raises(Untrusted, match="S-SIGNATURE"):
        signers(value, ADA)
    value["signatures"][0]["sig"] = encoded(ADA.sign(BODY))
    with pytest.raises(Untrusted, match="S-SIGNATURE"):
        signers(value, ADA)


@pytest.mark.parametrize("signatures", [[], None, {}, ["x"], [{}], [{"keyid": digest_of("a")}]])
def test_no_signature_is_refused(signatures: Any) -> None:
    """An envelope without signatures, or with what is none, is not whole."""
    with pytest.raises(Untrusted, match="S-FORM"):
        signers(envelope(ADA) | {"signatures": signatures}, ADA)


def test_too_many_signatures_are_refused() -> None:
    """A file cannot make us verify without end."""
    value = envelope(ADA)
    assert signers(value | {"signatures": value["signatures"] * MAX_SIGNATURES}, ADA)
    with pytest.raises(Untrusted, match="S-FORM"):
        signers(value | {"signatures": value["signatures"] * (MAX_SIGNATURES + 1)}, ADA)


def test_unknown_keys_are_refused() -> None:
    """An envelope says what it says in one way: no scheme, no certificate, nothing beside."""
    value = envelope(ADA)
    with pytest.raises(Untrusted, match="S-FORM"):
        signers(value | {"scheme": "none"}, ADA)
    value["signatures"][0]["scheme"] = "none"
    with pytest.raises(Untrusted, match="S-FORM"):
        signers(value, ADA)


def test_a_key_counts_once() -> None:
    """However often it signed: twice by one is not two."""
    assert signers(envelope(ADA, ADA, ADA), ADA, BEN) == {key_id(ADA.signing_key)}
    assert len(signers(envelope(ADA, BEN, ADA), ADA, BEN)) == 2


def test_unknown_signers_are_passed_over() -> None:
    """A signature of somebody else neither counts nor harms."""
    assert signers(envelope(EVE, ADA), ADA, BEN) == {key_id(ADA.signing_key)}


def test_nobody_who_is_trusted_is_an_alarm() -> None:
    """S-SIGNER where no signature is of a trusted key, and where nobody is trusted."""
    with pytest.raises(Untrusted, match="S-SIGNER"):
        signers(envelope(EVE), ADA, BEN)
    with pytest.raises(Untrusted, match="S-SIGNER"):
        signers(envelope(ADA))


def test_a_trusted_key_id_over_anothers_signature_does_not_hold() -> None:
    """Key ids are hints; the key of the root verifies, or nothing does, even beside a good signature."""
    value = envelope(ADA, EVE)
    value["signatures"][1]["keyid"] = key_id(BEN.signing_key)
    with pytest.raises(Untrusted, match="S-SIGNATURE"):
        signers(value, ADA, BEN)


def test_a_bad_signature_beside_a_good_one_of_the_same_key_is_an_alarm() -> None:
    """A second signature of a trusted key that does not hold is not passed over."""
    value = envelope(ADA, ADA)
    value["signatures"][1]["sig"] = encoded(bytes(64))
    with pytest.raises(Untrusted, match="S-SIGNATURE"):
        signers(value, ADA)


def test_every_changed_bit_is_refused() -> None:
    """One bit changed, at any position of a small envelope, is an alarm and no other kind of failure."""
    data = sign(b'{"a":1}', [ADA])
    known = trusted(ADA)
    accepted = []
    for place, changed in flips(data):
        try:
            signed_by(parse(changed, "a file"), known, "a file")
        except Untrusted:
            continue
        accepted.append(place)
    assert signed_by(parse(data, "a file"), known, "a file")
    assert accepted == []


def test_every_cut_is_refused() -> None:
    """A file that arrived in part is an alarm, wherever it was cut."""
    data = sign(b'{"a":1}', [ADA])
    for length in range(len(data)):
        with pytest.raises(Untrusted):
            signed_by(parse(data[:length], "a file"), trusted(ADA), "a file")


def test_the_signed_bytes_are_what_counts() -> None:
    """A body that is written otherwise, with the same meaning, was not signed."""
    value = envelope(ADA)
    for body in (json.dumps(json.loads(BODY)).encode(), b" " + BODY, BODY + b"\n"):
        assert json.loads(body) == json.loads(BODY)
        with pytest.raises(Untrusted, match="S-SIGNATURE"):
            signers(value | {"payload": encoded(body)}, ADA)


def test_a_file_has_one_form() -> None:
    """What surrounds the signed bytes is signed by nobody: written otherwise, it is no file of ours."""
    data, value = sign(BODY, [ADA]), envelope(ADA)
    assert parse(data, "a file").body == BODY
    others = [json.dumps(value), json.dumps(value, indent=2), json.dumps(dict(reversed(value.items())))]
    for other in (*map(str.encode, others), data + b"\n", b" " + data, data.replace(b":", b": ", 1)):
        assert json.loads(other) == value
        with pytest.raises(Untrusted, match="S-FORM"):
            parse(other, "a file")


def test_a_body_that_is_not_canonical_is_verified_as_sent() -> None:
    """What another tool signed with spaces is verified over its own bytes."""
    body = json.dumps(json.loads(BODY), indent=1).encode()
    found = parse(sign(body, [ADA]), "a file")
    assert signed_by(found, trusted(ADA), "a file")
    assert found.body == body
    assert content(found, "policy", "a file") == content(
        parse(sign(BODY, [ADA]), "a file"), "policy", "a file"
    )


def test_base64_that_is_not_canonical_is_refused() -> None:
    """Missing padding, other alphabets, white space, and loose bits in payload or signature."""
    body = b'{"a":12}'  # eight bytes: one character of padding and two loose bits
    value = envelope(ADA, body=body)
    payload = value["payload"]
    assert payload.endswith("0=")
    for changed in (
        payload.rstrip("="),
        payload + "\n",
        payload[:-2] + "1=",
        payload + "====",
        f" {payload}",
    ):
        with pytest.raises(Untrusted, match="S-ENCODING"):
            signers(value | {"payload": changed}, ADA)
    signature = value["signatures"][0]["sig"]
    loose = signature[:-3] + chr(ord(signature[-3]) + 1) + "=="
    for changed in (signature.rstrip("="), loose, signature + "\n"):
        value["signatures"][0]["sig"] = changed
        with pytest.raises(Untrusted, match="S-ENCODING"):
            signers(value, ADA)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b"\xff",
        BODY[:-1],
        BODY.replace(b"Statement/v1", b"Statement/v2"),
        BODY.replace(b'"name":"policy"', b'"name":"policy","more":1'),
        BODY.replace(b'"sha256"', b'"md5"'),
        BODY.replace(b'{"_type"', b'{"_type":1,"_type"'),
        b"[" * 1000,
    ],
)
def test_a_body_that_is_no_statement_is_an_alarm(body: bytes) -> None:
    """However well it is signed."""
    found = parse(sign(body, [ADA]), "a file")
    assert signed_by(found, trusted(ADA), "a file")
    with pytest.raises(Untrusted, match="S-FORM"):
        content(found, "policy", "a file")


def test_a_statement_has_its_own_names() -> None:
    """`type_` is the name of a field in Python, and no key of a statement."""
    found = parse(sign(BODY.replace(b'"_type"', b'"type_"'), [ADA]), "a file")
    with pytest.raises(Untrusted, match="S-FORM"):
        content(found, "policy", "a file")


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"\x00", b"{", b'{"payload":1}', b"\xff" * 10])
def test_what_is_no_envelope_is_an_alarm(data: bytes) -> None:
    """What should be signed and is not even whole is S-FORM."""
    with pytest.raises(Untrusted, match="S-FORM"):
        parse(data, "a file")
    with pytest.raises(Untrusted, match="S-FORM"):
        kind_of(data, "a file")


def test_signatures_can_be_added() -> None:
    """One after another; signing again changes nothing."""
    found = parse(sign(BODY, [ADA]), "a file")
    both = add_signature(found, BEN)
    assert signed_by(both, trusted(ADA, BEN), "a file") == set(trusted(ADA, BEN))
    assert {one.keyid: one.sig for one in add_signature(both, ADA).signatures} == {
        one.keyid: one.sig for one in both.signatures
    }
    assert len(add_signature(both, ADA).signatures) == 2


@pytest.mark.parametrize("threshold", [1, 2])
def test_securesystemslib_verifies_our_envelopes(threshold: int) -> None:
    """Another implementation of DSSE accepts them, with one and with two of three signers."""
    value = envelope(ADA, BEN, EVE)
    found = OtherEnvelope.from_dict(copy.deepcopy(value))
    accepted = found.verify([other_key(keys) for keys in (ADA, BEN, EVE)], threshold)
    assert len(accepted) == threshold
    assert found.payload == BODY


def test_securesystemslib_refuses_what_we_refuse() -> None:
    """Too few signers, strangers, and a changed payload."""
    found = OtherEnvelope.from_dict(envelope(ADA))
    with pytest.raises(VerificationError):
        found.verify([other_key(ADA), other_key(BEN)], 2)
    with pytest.raises(VerificationError):
        found.verify([other_key(EVE)], 1)
    changed = OtherEnvelope.from_dict(envelope(ADA) | {"payload": encoded(BODY + b" ")})
    with pytest.raises(VerificationError):
        changed.verify([other_key(ADA)], 1)


def test_we_verify_what_securesystemslib_signed() -> None:
    """Their envelope over a statement of ours, under the id that they give the key."""
    signer = CryptoSigner.generate_ed25519()
    theirs = OtherEnvelope(BODY, PAYLOAD_TYPE, {})
    theirs.sign(signer)
    public = encoded(bytes.fromhex(signer.public_key.keyval["public"]))
    found = parse(canonical(theirs.to_dict()), "a file")
    assert signed_by(found, {signer.public_key.keyid: public}, "a file") == {signer.public_key.keyid}


def test_an_envelope_is_canonical_json() -> None:
    """What we write has no spaces and sorted keys, and our strict reader takes it."""
    data = sign(BODY, [ADA, BEN])
    value = parse_json(data, "a file")
    assert list(value) == ["payload", "payloadType", "signatures"]
    assert data == json.dumps(value, separators=(",", ":"), sort_keys=True).encode()

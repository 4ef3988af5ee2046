"""DSSE envelopes (github.com/secure-systems-lab/dsse, protocol v1.0.2) over in-toto statements.

The signature is over the bytes as sent, with their type bound in. Key ids are hints: which key
counts, and by which scheme, is said by the root alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from fedcli.errors import InvalidFile, fault
from fedcli.files.canonical import canonical
from fedcli.files.strict import parse_json
from fedcli.model.document import Document
from fedcli.model.identifiers import Digest, Line, PublicKey
from fedcli.trust.keys import Keys, decoded, encoded, key_id, signature_holds

PAYLOAD_TYPE: Literal["application/vnd.in-toto+json"] = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
MAX_SIGNATURES = 100
D = TypeVar("D", bound=Document)

Kind = Literal[
    "card",
    "root",
    "policy",
    "manifest",
    "query",
    "approval",
    "review",
    "release",
    "round",
    "result",
    "withdrawal",
]


class Signature(Document):
    """One signature and the id of the key that is said to have made it."""

    keyid: Digest
    sig: str


class Envelope(Document):
    """Payload and signatures, as they travel."""

    payload: str
    payloadType: Literal["application/vnd.in-toto+json"]  # noqa: N815 - DSSE's name
    signatures: Annotated[tuple[Signature, ...], Field(min_length=1, max_length=MAX_SIGNATURES)]

    @property
    def body(self) -> bytes:
        """The signed bytes, without their type."""
        return decoded(self.payload)


class Subject(Document):
    """What a statement is about."""

    name: Line
    digest: dict[Literal["sha256"], Digest]


class Statement(Document):
    """An in-toto statement, v1."""

    type_: Annotated[Literal["https://in-toto.io/Statement/v1"], Field(alias="_type")]
    subject: Annotated[tuple[Subject, ...], Field(min_length=1, max_length=1)]
    predicateType: Line  # noqa: N815 - in-toto's name
    predicate: dict[str, Any]


def predicate_type(kind: Kind) -> str:
    """The URI that says what a statement is."""
    return f"urn:fedcli:predicate:{kind}:1"


def pae(body: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """DSSE's pre-authentication encoding: what is signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)


def statement(kind: Kind, about: Digest, predicate: Document) -> bytes:
    """The canonical bytes of a statement about the thing with digest `about`."""
    return canonical(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": kind, "digest": {"sha256": about}}],
            "predicateType": predicate_type(kind),
            "predicate": predicate.json_value(),
        }
    )


def sign(body: bytes, keys: Iterable[Keys]) -> bytes:
    """The envelope of a body with a signature of each pair of keys."""
    signatures = tuple(
        Signature(keyid=key_id(one.signing_key), sig=encoded(one.sign(pae(body)))) for one in keys
    )
    return Envelope(payload=encoded(body), payloadType=PAYLOAD_TYPE, signatures=signatures).canonical()


def add_signature(envelope: Envelope, keys: Keys) -> Envelope:
    """The envelope with one more signature; signing again with the same key changes nothing."""
    mine = key_id(keys.signing_key)
    others = tuple(one for one in envelope.signatures if one.keyid != mine)
    added = Signature(keyid=mine, sig=encoded(keys.sign(pae(envelope.body))))
    return envelope.model_copy(update={"signatures": (*others, added)})


def parse(data: bytes, where: str) -> Envelope:
    """The envelope of a file, strictly read; nothing in it is verified yet.

    It must be written in the one form that we write: what surrounds the signed bytes is signed by nobody,
    and a file with two forms has two digests.

    Raises:
        Untrusted: S-FORM. What should be signed and is not even whole is an alarm, not a slip.
    """
    envelope = _formed(Envelope, data, where)
    if envelope.canonical() != data:
        raise fault("S-FORM", where=where)
    return envelope


def _formed(form: type[D], data: bytes, where: str) -> D:
    try:
        return form.read(parse_json(data, where), where)
    except InvalidFile:
        raise fault("S-FORM", where=where) from None


def signed_by(envelope: Envelope, trusted: Mapping[Digest, PublicKey], where: str) -> frozenset[Digest]:
    """The ids of the trusted keys whose signatures hold. A key counts once, however often it signed.

    Raises:
        Untrusted: S-SIGNER when no signature is of a trusted key, S-SIGNATURE when one that claims
            to be does not hold.
    """
    known = [one for one in envelope.signatures if one.keyid in trusted]
    if not known:
        raise fault("S-SIGNER", where=where)
    message = pae(envelope.body)
    for one in known:
        if not signature_holds(trusted[one.keyid], decoded(one.sig), message):
            raise fault("S-SIGNATURE", where=where)
    return frozenset(one.keyid for one in known)


def content(envelope: Envelope, kind: Kind, where: str) -> Statement:
    """The statement inside, which must be of the kind that is looked for."""
    found = _formed(Statement, envelope.body, where)
    if found.predicateType != predicate_type(kind):
        raise fault("S-KIND", wanted=kind, where=where)
    return found


def predicate(found: Statement, form: type[D], where: str) -> D:
    """The predicate of a statement whose signature is not verified yet, or S-FORM."""
    try:
        return form.read(found.predicate, where)
    except InvalidFile:
        raise fault("S-FORM", where=where) from None


def kind_of(data: bytes, where: str) -> str:
    """Which kind a signed file says it is; nothing is verified."""
    found = _formed(Statement, parse(data, where).body, where)
    return found.predicateType.removeprefix("urn:fedcli:predicate:").partition(":")[0]

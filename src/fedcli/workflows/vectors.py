"""Published examples that the installed libraries must reproduce before anybody relies on them here."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from fedcli.errors import FedcliError
from fedcli.files.canonical import canonical
from fedcli.files.strict import parse_json
from fedcli.ledger import merkle
from fedcli.model.identifiers import Digest
from fedcli.policy.zcdp import epsilon
from fedcli.trust.keys import Keys, encoded, key_id, new_keys, signature_holds
from fedcli.trust.points import is_prime_order
from fedcli.trust.sealing import seal, unseal

#: RFC 8032 section 7.1, test 3: secret and public key, message, signature.
_SECRET = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"  # noqa: S105 - published
_PUBLIC = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"
_MESSAGE = bytes.fromhex("af82")
_SIGNATURE = (
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac1"
    "8ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
)
#: RFC 8785 section 3.2.2 and 3.2.3: a text, and its canonical form.
_TEXT = (
    b'{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],'
    b' "literals": [null, true]}'
)
_CANONICAL = b'{"literals":[null,true],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}'
#: The leaves of Certificate Transparency's reference tests, and the root over them (RFC 6962 section 2.1).
_LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
_ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
#: A point of order one, with which one signature holds for every message (the CCTV vectors of C2SP).
_SMALL = "01" + 31 * "00"
_TWICE = b'{"rho": "0.1", "rho": "9"}'


def vectors() -> dict[str, bool]:
    """Whether each example comes out as it was published."""
    known: dict[str, Callable[[], bool]] = {
        "signatures (RFC 8032)": _signs,
        "a changed signature is refused": _refuses,
        "a key that signs everything is refused (CCTV)": lambda: not is_prime_order(bytes.fromhex(_SMALL)),
        "sealing (RFC 9180) opens for its recipient alone": _seals,
        "canonical JSON (RFC 8785)": lambda: canonical(parse_json(_TEXT, "a vector")) == _CANONICAL,
        "a duplicate key is refused": _is_strict,
        "the ledger's tree (RFC 6962)": _grows,
        "epsilon of rho (Bun and Steinke 2016)": _bounds,
    }
    return {name: _holds(example) for name, example in known.items()}


def _holds(example: Callable[[], bool]) -> bool:
    """A library that fails at its example is one that does not reproduce it."""
    try:
        return example()
    except (FedcliError, ValueError, TypeError, ArithmeticError):
        return False


def _signs() -> bool:
    keys = Keys("vector", bytes.fromhex(_SECRET) + bytes.fromhex(_SECRET))
    made = keys.sign(_MESSAGE).hex() == _SIGNATURE
    return made and signature_holds(_public(), bytes.fromhex(_SIGNATURE), _MESSAGE)


def _refuses() -> bool:
    return not signature_holds(_public(), bytes.fromhex(_SIGNATURE), _MESSAGE + b"\0")


def _public() -> str:
    return encoded(bytes.fromhex(_PUBLIC))


def _seals() -> bool:
    one, other = new_keys("one"), new_keys("other")
    bound = {"a": "vector"}
    box = seal(b"text", {key_id(one.signing_key): one.sealing_key}, bound, 64)
    try:
        unseal(box, other, bound, "a vector")
    except FedcliError:
        return unseal(box, one, bound, "a vector") == b"text"
    return False


def _is_strict() -> bool:
    try:
        parse_json(_TWICE, "a vector")
    except FedcliError:
        return True
    return False


def _grows() -> bool:
    hashes: list[Digest] = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in _LEAVES]
    return merkle.root_hash(hashes) == _ROOT


def _bounds() -> bool:
    """Ours is tighter than proposition 1.3, rho + 2 sqrt(rho log(1/delta)), by a quarter at the most."""
    rho, delta = Fraction(1, 2), Fraction(1, 10**6)
    theirs = float(rho) + 2 * math.sqrt(float(rho) * -math.log(float(delta)))
    return 0.75 * theirs < epsilon(rho, delta) < theirs

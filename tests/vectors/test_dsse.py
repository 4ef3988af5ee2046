"""DSSE's pre-authentication encoding: the vector of its protocol text, and what it must tell apart."""

from __future__ import annotations

import re
from pathlib import Path

from fedcli.trust.dsse import pae


def test_the_vector_of_the_protocol_text(shared: Path) -> None:
    """The encoding that protocol.md prints is the one that we sign."""
    text = (shared / "vectors" / "dsse" / "protocol.md").read_text().partition("## Test Vectors")[2]
    body, kind, encoded = re.findall(r"```none\n(.*?)\n```", text, re.DOTALL)[:3]
    assert pae(body.encode(), kind) == encoded.encode()


def test_the_vector_typed_by_hand() -> None:
    """The same vector, where the shared data are not."""
    wanted = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pae(b"hello world", "http://example.com/HelloWorld") == wanted


def test_lengths_are_of_bytes() -> None:
    """A letter of two bytes counts twice, in the type and in the body."""
    assert pae("é".encode(), "é") == b"DSSEv1 2 \xc3\xa9 2 \xc3\xa9"
    assert pae(b"", "") == b"DSSEv1 0  0 "


def test_type_and_body_cannot_flow_into_each_other() -> None:
    """What is moved from the type to the body is another message."""
    assert pae(b"b c", "a") != pae(b"c", "a b")
    assert pae(b"1 b", "a") != pae(b"b", "a 1")


def test_our_type_is_the_one_of_in_toto() -> None:
    """Without a type given, the type of in-toto statements is bound in."""
    assert pae(b"{}") == b"DSSEv1 28 application/vnd.in-toto+json 2 {}"

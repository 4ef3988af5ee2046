"""Signed notes: the form of c2sp.org/signed-note, and that nothing else is taken for one."""

from __future__ import annotations

import base64

import pytest

from fedcli.errors import Untrusted
from fedcli.trust.keys import Keys, encoded
from fedcli.trust.note import open_note, sign_note
from tests.unit.trust.builders import KEYS, flips

ADA, EVE = KEYS["ada"], KEYS["eve"]
TEXT = "cardio-net/north\n12\nAAAA\n"
NAME = "cardio-net/north"

#: The example of the Go package golang.org/x/mod/sumdb/note, where the form comes from.
GO_SIGNER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_NOTE = (
    f"{GO_TEXT}\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def opened(note: str, keys: Keys = ADA, name: str = NAME) -> str:
    """The text of a note that should be somebody's."""
    return open_note(note, name, [keys.signing_key], "a note")


def test_the_example_of_go() -> None:
    """Signed with Go's key, our note is Go's note, byte for byte; and we open it."""
    seed = base64.b64decode(GO_SIGNER.split("+", 4)[4])[1:]
    keys = Keys("neumann", seed + bytes(32))
    public = base64.b64decode(GO_VERIFIER.split("+", 2)[2])
    assert public == b"\x01" + base64.b64decode(keys.signing_key)
    assert sign_note(GO_TEXT, "PeterNeumann", keys) == GO_NOTE
    assert open_note(GO_NOTE, "PeterNeumann", [encoded(public[1:])], "a note") == GO_TEXT


def test_the_form_of_a_note() -> None:
    """The text, an empty line, then: dash, name, and four bytes of key hash with 64 of signature."""
    lines = sign_note(TEXT, NAME, ADA).split("\n")
    assert lines[:4] == [*TEXT.split("\n")[:3], ""]
    dash, name, blob = lines[4].split(" ")
    assert (dash, name, len(base64.b64decode(blob)), lines[5]) == ("—", NAME, 68, "")


@pytest.mark.parametrize("text", [TEXT, "\n", "a\n\nb\n", "é\n", "— x y\n\n— z AAAA\n"])
def test_a_note_gives_its_text(text: str) -> None:
    """Also a text with empty lines, or one that looks like a signature."""
    assert opened(sign_note(text, NAME, ADA)) == text


def test_another_key_or_name_is_refused() -> None:
    """The name is part of the key's hash, so neither can be exchanged."""
    note = sign_note(TEXT, NAME, ADA)
    with pytest.raises(Untrusted, match="S-NOTE"):
        opened(note, keys=EVE)
    with pytest.raises(Untrusted, match="S-NOTE"):
        opened(note, name="cardio-net/south")
    with pytest.raises(Untrusted, match="S-NOTE"):
        opened(note.replace("— cardio-net/north", "— cardio-net/south"), name="cardio-net/south")


def test_every_changed_bit_is_refused() -> None:
    """One bit changed, anywhere, in what is still text."""
    note = sign_note(TEXT, NAME, ADA).encode()
    accepted = []
    for place, changed in flips(note):
        try:
            opened(changed.decode("utf-8", "replace"))
        except Untrusted:
            continue
        accepted.append(place)
    assert accepted == []


def test_every_changed_bit_before_the_last_is_refused() -> None:
    """One bit changed, anywhere but in the last newline."""
    note = sign_note(TEXT, NAME, ADA)
    assert opened(note) == TEXT
    for _, changed in flips(note[:-1].encode()):
        with pytest.raises(Untrusted):
            opened(changed.decode("utf-8", "replace") + "\n")


def test_every_cut_is_refused() -> None:
    """A note that arrived in part, wherever it was cut."""
    note = sign_note(TEXT, NAME, ADA)
    for length in range(len(note)):
        with pytest.raises(Untrusted):
            opened(note[:length])


@pytest.mark.parametrize(
    "note",
    [
        *(
            sign_note(TEXT, NAME, ADA) + more
            for more in ("\r\n", "\n", " ", "x\n", "— x\n", "— x y!\n", "\u2014 a b c\n")
        ),
        "",
        "\n",
        "\n\n",
        TEXT,
        TEXT + "\n",
        TEXT + "\n—",
        TEXT + "\n— x",
        "\n\n— ",
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    """Text without a signature."""
    with pytest.raises(Untrusted, match="S-NOTE"):
        opened(note)


def test_other_signatures_are_passed_over() -> None:
    """A witness may sign too, before or after."""
    note = sign_note(TEXT, NAME, ADA)
    witness = sign_note(TEXT, "witness", EVE).rpartition("\n\n")[2]
    mine = note.rpartition("\n\n")[2]
    assert opened(f"{TEXT}\n{witness}{mine}") == TEXT
    assert opened(f"{TEXT}\n{mine}{witness}") == TEXT
    with pytest.raises(Untrusted, match="S-NOTE"):
        opened(f"{TEXT}\n{witness}")


def test_a_text_cannot_be_taken_out_of_a_longer_one() -> None:
    """The signature is over the whole text before it."""
    note = sign_note("first\n\nsecond\n", NAME, ADA)
    with pytest.raises(Untrusted, match="S-NOTE"):
        opened(note.removeprefix("first\n\n"))
    with pytest.raises(Untrusted, match="S-NOTE"):
        opened("more\n\n" + note)

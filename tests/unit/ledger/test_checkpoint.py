"""Checkpoints: the form of c2sp.org/tlog-checkpoint, signed by the site and taken from nobody else."""

from __future__ import annotations

import base64

import pytest

from fedcli.errors import Untrusted
from fedcli.ledger.checkpoint import Checkpoint, opened, origin, signed
from fedcli.trust.keys import new_keys
from fedcli.trust.note import sign_note

NORTH, SOUTH = new_keys("north"), new_keys("south")
NAME = origin("cardio-net", "north")
ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
HEAD = Checkpoint(8, ROOT)


def note(text: str) -> str:
    """A note of North's with any text."""
    return sign_note(text, NAME, NORTH)


def open_note(text: str) -> Checkpoint:
    """The checkpoint in a note that should be North's."""
    return opened(text, NAME, [NORTH.signing_key], "a checkpoint")


def test_a_checkpoint_comes_back() -> None:
    """Also of an empty log."""
    for head in (HEAD, Checkpoint(0, "0" * 64), Checkpoint(10**12, ROOT)):
        assert open_note(signed(head, NAME, NORTH)) == head


def test_the_form_of_a_checkpoint() -> None:
    """Origin, size in decimal, root in base64, an empty line, the signature."""
    lines = signed(HEAD, NAME, NORTH).split("\n")
    assert lines[:4] == ["cardio-net/north", "8", base64.b64encode(bytes.fromhex(ROOT)).decode(), ""]
    assert lines[4].startswith("— cardio-net/north ")


def test_another_log_or_key_is_refused() -> None:
    """A checkpoint is of one site's log, signed by that site."""
    for keys, name in (
        (SOUTH, NAME),
        (NORTH, origin("cardio-net", "south")),
        (NORTH, origin("other", "north")),
    ):
        with pytest.raises(Untrusted, match="S-NOTE"):
            open_note(signed(HEAD, name, keys))


@pytest.mark.parametrize(
    "text",
    [
        "\n",
        f"{NAME}\n",
        f"{NAME}\neight\nAAAA\n",
        f"{NAME}\n08\nAAAA\n",
        f"{NAME}\n+8\nAAAA\n",
        f"{NAME}\n 8\nAAAA\n",
        f"{NAME}\n1_0\nAAAA\n",
        f"{NAME}\n\u0668\nAAAA\n",
        f"{NAME}\n8.0\nAAAA\n",
        f"{NAME}\n8\n???\n",
        f"{NAME}\n8\nAAA\n",
        f"{NAME}\n8\né\n",
        "cardio-net/south\n8\nAAAA\n",
        f" {NAME}\n8\nAAAA\n",
    ],
)
def test_a_note_that_is_no_checkpoint_is_refused(text: str) -> None:
    """Though the site signed it: size and root have one form."""
    with pytest.raises(Untrusted, match="S-NOTE"):
        open_note(note(text))


@pytest.mark.parametrize("text", [f"{NAME}\n-8\n{'A' * 43}=\n", f"{NAME}\n8\nAAAA\n", f"{NAME}\n8\n"])
def test_a_head_that_no_log_has_is_refused(text: str) -> None:
    """A size below zero, and a root that is no SHA-256."""
    with pytest.raises(Untrusted, match="S-NOTE"):
        open_note(note(text))

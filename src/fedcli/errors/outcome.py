"""How a command ends: one enum from which both the exit code and the status word are read."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Outcome(Enum):
    """The end of a command, as `(exit code, status word, meaning)`.

    Codes stay below 128 except for signals, and 1 is kept for bugs, so that a site that may not
    export its logs can still tell a researcher what happened.
    """

    DONE = (0, "done", "done, or nothing to do")
    BUG = (1, "bug", "a bug in fedcli: a private log id is printed, no local values")
    USAGE = (2, "usage", "the command line is wrong")
    INVALID = (3, "invalid", "a file is invalid: configuration, policy, query or dictionary")
    REFUSED = (4, "refused", "refused by policy, approval, data use or the gate")
    BUDGET = (5, "budget", "the budget is too small")
    INTEGRITY = (6, "integrity", "a signature, a chain, a rollback or a replay")
    PARTIAL = (7, "partial", "some sites or outputs were refused or are missing")
    PENDING = (8, "pending", "an approval, a review, the quorum or the next round is awaited")
    DATA = (9, "data", "local data does not meet its dictionary")
    FINDINGS = (10, "findings", "a check found something to look at")
    BUSY = (75, "busy", "busy, or the transport is down: safe to retry")
    INTERRUPTED = (130, "interrupted", "interrupted; state was rolled back")
    TERMINATED = (143, "terminated", "asked to stop; state was rolled back")

    def __init__(self, exit_code: int, word: str, meaning: str) -> None:
        self.exit_code = exit_code
        self.word = word
        self.meaning = meaning

    @classmethod
    def of(cls, word: str) -> Outcome:
        """The outcome of a status word."""
        return next(outcome for outcome in cls if outcome.word == word)


#: Which outcome speaks for several at once: the first of these that occurred.
GRAVEST_FIRST = (
    Outcome.BUG,
    Outcome.INTEGRITY,
    Outcome.BUSY,
    Outcome.INVALID,
    Outcome.USAGE,
    Outcome.DATA,
    Outcome.BUDGET,
    Outcome.REFUSED,
    Outcome.PARTIAL,
    Outcome.PENDING,
)


def gravest(outcomes: Iterable[Outcome]) -> Outcome:
    """The one outcome that a command over several queries ends with."""
    occurred = set(outcomes)
    return next((outcome for outcome in GRAVEST_FIRST if outcome in occurred), Outcome.DONE)

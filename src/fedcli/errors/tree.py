"""The tree of failures, sorted by who must act.

FedcliError
  UsageFault      2   the person typing
  InvalidFile     3   the author of a file
  Refused         4   nobody, or the person who may change a policy or grant an approval
  BudgetSpent     5   the researcher, who may ask for less
  Untrusted       6   whoever holds the key or the bytes in question: an alarm
  Pending         8   another person or site: later
  DataFault       9   the site's data manager
  Busy           75   nobody: try again
  Bug             1   the developers of fedcli

A failure is named by a stable code of the catalogue and carries facts, never free text: no cell, no
row, no message of an engine can enter it.
"""

from __future__ import annotations

import unicodedata
from typing import ClassVar

from fedcli.errors.outcome import Outcome

FACT_LENGTH = 300


class FedcliError(Exception):
    """A failure with a code of the catalogue; `what` and `fix` are its two sentences."""

    outcome: ClassVar[Outcome]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if not isinstance(getattr(cls, "outcome", None), Outcome):
            raise TypeError(f"{cls.__name__} must name its outcome")

    def __init__(self, code: str, what: str, fix: str, facts: dict[str, str], data_dependent: bool) -> None:
        super().__init__(code, what)
        self.code = code
        self.what = what
        self.fix = fix
        self.facts = facts
        self.data_dependent = data_dependent

    def within(self, where: object) -> FedcliError:
        """The same failure, found at a place, unless it names one already."""
        self.facts.setdefault("where", printable(where))
        return self

    def lines(self) -> list[str]:
        """At most four lines: what happened, where, what there is, what to do."""
        named = [f"  {name:<5}  {self.facts[name]}" for name in ("where", "have") if self.facts.get(name)]
        return [f"error[{self.code}] {self.what}", *named, f"  fix    {self.fix}"]


class UsageFault(FedcliError):
    """The command line cannot be understood."""

    outcome = Outcome.USAGE


class InvalidFile(FedcliError):
    """A file that a person wrote or a machine sent does not have its form."""

    outcome = Outcome.INVALID


class Refused(FedcliError):
    """A policy, an approval, the data use or the gate said no."""

    outcome = Outcome.REFUSED


class BudgetSpent(FedcliError):
    """What is left of a budget does not cover the question."""

    outcome = Outcome.BUDGET


class Untrusted(FedcliError):
    """Bytes that do not verify, or a history that does not continue."""

    outcome = Outcome.INTEGRITY


class Pending(FedcliError):
    """Something that others must do first."""

    outcome = Outcome.PENDING


class DataFault(FedcliError):
    """Local data that does not meet its dictionary."""

    outcome = Outcome.DATA


class Busy(FedcliError):
    """A lock that is held or a transport that is down: safe to retry."""

    outcome = Outcome.BUSY


class Bug(FedcliError):
    """Something that cannot happen."""

    outcome = Outcome.BUG


class Terminated(BaseException):
    """A request to stop, as an exception: what is open is rolled back on the way out."""


def printable(fact: object) -> str:
    """A fact as one line of bounded length without control characters and other ends of lines.

    Names of files and keys may come from an enemy's file; terminals obey escape sequences.
    """
    kinds = ((c, unicodedata.category(c)) for c in str(fact))
    text = "".join(" " if kind[0] == "C" or kind in ("Zl", "Zp") else c for c, kind in kinds)
    return text if len(text) <= FACT_LENGTH else text[: FACT_LENGTH - 1] + "…"

"""How many examples a law is tried with: few in every run, more where a mutant has to be caught."""

from __future__ import annotations

import os


def examples(usual: int, mutants: int) -> int:
    """As `FEDCLI_LAW_EXAMPLES` says, or by whether it is the mill that asks (`tests.mill`)."""
    told = os.environ.get("FEDCLI_LAW_EXAMPLES")
    return int(told) if told else mutants if "FEDCLI_MILL" in os.environ else usual

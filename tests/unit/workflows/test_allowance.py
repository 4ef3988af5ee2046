"""How long a run may take."""

from __future__ import annotations

from fedcli.workflows.allowance import UNLIMITED, Allowance


def test_without_an_end() -> None:
    """A run that may take as long as it takes gives each vault the policy's deadline."""
    assert (UNLIMITED.over, UNLIMITED.within(1800.0)) == (False, 1800.0)


def test_what_is_left() -> None:
    """A vault has its deadline, or what is left of the run, whichever ends first; at the end nothing."""
    now = [100.0]
    allowance = Allowance("20 min", lambda: now[0])
    assert (allowance.over, allowance.within(60.0), allowance.within(1800.0)) == (False, 60.0, 1200.0)
    now[0] += 1199.0
    assert (allowance.over, allowance.within(60.0)) == (False, 1.0)
    now[0] += 2.0
    assert (allowance.over, allowance.within(60.0)) == (True, 0.0)

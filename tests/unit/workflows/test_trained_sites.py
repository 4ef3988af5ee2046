"""Whose an answer is, where sites may miss rounds."""

from __future__ import annotations

from fedcli.workflows.combine import _trained
from fedcli.workflows.rounds import Course

SITES = ("north", "south", "east")


def test_who_trained() -> None:
    """Those that answered a round after the first, in their order; of a fit with fixed sites all."""
    assert _trained(Course(sites=SITES, shared=({"east": 1.0}, {"north": 0.5, "east": 0.5}))) == (
        "north",
        "east",
    )
    assert _trained(Course(sites=SITES)) == SITES
    assert _trained(Course()) == ()

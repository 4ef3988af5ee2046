"""What a guarantee is in words: what a person paid, where, and on which condition."""

from __future__ import annotations

from typing import Any

from fedcli.model.policy import Contribution
from fedcli.model.result import Guarantee
from fedcli.report.privacy import counted, guaranteed


def _told(**different: Any) -> str:
    usual: dict[str, Any] = {
        "unit": "person",
        "disjoint": False,
        "rho": "1.5",
        "sites": {"north": "0.5", "south": "0.5", "east": "0.5"},
        "delta": "0.000001",
        "epsilon": 9.871,
    }
    return "\n".join(f"{name}: {words}" for name, words in guaranteed(Guarantee(**usual | different)))


def test_persons_who_may_be_at_several_sites() -> None:
    """The price at each, and of who is at all of them; epsilon rounded up."""
    assert _told() == (
        "a person at one site paid: rho 0.5 at each of 3 sites\n"
        "a person at all of them paid: rho 1.5, epsilon 9.9 at delta 1e-6;"
        " the dictionary does not declare the sites' persons disjoint"
    )


def test_persons_who_are_at_one_site() -> None:
    """The largest of the prices is everybody's; where it is from is said."""
    assert _told(disjoint=True, rho="0.5", sites={"north": "0.5", "south": "0.25"}, epsilon=5.21) == (
        "a person at one site paid: rho 0.5 at north, rho 0.25 at south\n"
        "any person paid: rho 0.5, epsilon 5.3 at delta 1e-6;"
        " the dictionary declares, with evidence, that no person is at two sites"
    )


def test_rows() -> None:
    """Where the unit is the row, nothing is said of persons; one site needs no word on others."""
    text = _told(unit="row", rho="0.5", sites={"north": "0.5"}, epsilon=5.21)
    assert "person" not in text
    assert text.endswith("any row paid: rho 0.5, epsilon 5.3 at delta 1e-6")


def test_on_a_condition() -> None:
    """No epsilon is printed beside exact answers, even where somebody has written one."""
    for epsilon in (None, 9.871):
        text = _told(conditional=("north", "east"), epsilon=epsilon)
        assert "rho 1.5; no epsilon can be told" in text
        assert "9.9" not in text
        assert "north and east have also given exact answers about these persons" in text


def test_what_a_person_counts_with() -> None:
    """One of a thing is not several."""
    assert counted(Contribution(rows=1, cells=2)) == "at most 1 row, and in at most 2 cells of a table"

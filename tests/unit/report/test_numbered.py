"""Fields of numbered parts are told as one, others as they are."""

from __future__ import annotations

from fedcli.report.numbered import folded


def test_parts_that_are_the_same_but_for_a_number() -> None:
    """In the order in which they are first named."""
    fields = ["a.set_01.n", "a.set_01.gram", "a.set_02.n", "a.set_02.gram", "b.set_01.n"]
    assert folded(fields) == {
        "a.set_01...set_02.n": ("a.set_01.n", "a.set_02.n"),
        "a.set_01...set_02.gram": ("a.set_01.gram", "a.set_02.gram"),
        "b.set_01.n": ("b.set_01.n",),
    }
    assert folded(["set_1.n", "set_2.n"]) == {"set_1...set_2.n": ("set_1.n", "set_2.n")}


def test_other_fields() -> None:
    """A name with a number is no part, and one alone is not shortened."""
    fields = ["n", "a_1", "a_2", "age.n", "x_1.n", "x_1.m2"]
    assert folded(fields) == {one: (one,) for one in fields}

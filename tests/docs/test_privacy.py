"""The manual of differential privacy: a page for every bounded form, each naming tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fedcli.statistics import planned  # noqa: F401 - loads all forms
from fedcli.statistics.forms import Form, Together

DOCS = Path(__file__).parents[2] / "docs"
PROJECT = DOCS.parent


def kinds(form: type[Form] = Form) -> set[str]:
    """The kinds of all forms of fedcli; a bundle is its parts."""
    found = {one for one in form.__subclasses__() if one.__module__.startswith("fedcli.")}
    mine = {one.kind for one in found if one is not Together}
    return mine.union(*map(kinds, found)) if found else mine


def test_every_form_has_a_page() -> None:
    """And no page is of nothing; that of errors is printed by `bench/curves.py`, and checked as others."""
    assert {path.stem for path in (DOCS / "privacy").glob("*.md")} - {"errors"} == kinds()


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_a_page_says_what_must_be_said(kind: str) -> None:
    """Neighbours, sensitivity, accounting, and the tests that measure it."""
    text = (DOCS / "privacy" / f"{kind}.md").read_text()
    assert re.findall(r"^## (.*)", text, re.M) == ["Neighbours", "Sensitivity", "Accounting", "Measured by"]
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert named
    for path, name in named:
        assert (PROJECT / path).is_file(), path
        assert not name or f"def {name}(" in (PROJECT / path).read_text(), name
    assert f"privacy/{kind}.md" in (DOCS / "privacy.md").read_text()

"""Correlations: what is asked for, and what noisy sums make of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from fedcli.analytics.correlation import Correlation
from fedcli.engine.blocks import Block, Builder, bases
from fedcli.engine.whole import Whole
from fedcli.errors import FedcliError
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Contribution
from fedcli.statistics.models import Newton, newton

COLUMNS: dict[str, dict[str, Any]] = {
    "a": {"type": "real", "bounds": [-4, 4]},
    "b": {"type": "real", "bounds": [0, 50]},
    "c": {"type": "integer", "levels": [3]},
    "d": {"type": "real", "bounds": [-100, 100]},
    "free": {"type": "real"},
    "word": {"type": "text", "levels": ["x", "y"]},
}
HEAD = {"schema": "fedcli/dictionary/1", "dataset": "d", "unit": "row"}
DICTIONARY = Dictionary.read({**HEAD, "columns": COLUMNS}, "a test")
VALUES = np.random.default_rng(2).multivariate_normal(
    [0.5, 20, 3, 30], [[1, 3, 0, -10], [3, 25, 0, 20], [0, 0, 0, 0], [-10, 20, 0, 400]], 4000
)


def _asked(*columns: str) -> Correlation:
    return Correlation(columns=columns).resolved(DICTIONARY, "a test")


def _form(asked: Correlation) -> Newton:
    assert asked.design is not None
    return newton(asked.design, "gaussian", DICTIONARY, Contribution())


def _natural(form: Newton) -> Any:
    """The vector of all values, without noise."""
    rows = np.array([VALUES[:, list(COLUMNS).index(name)] for name, _ in bases(form.design)])
    low, high = np.array([DICTIONARY.columns[name].range for name, _ in bases(form.design)]).T[:, :, None]
    block: Block = Builder(form.design).block(np.clip(rows, low, high))
    return np.array([one / form.unit for one in Whole(form, None).over([block])])


def _told(asked: Correlation, natural: Any, deviation: float) -> dict[tuple[str, str], Any]:
    form = _form(asked)
    answer = asked.answer(form.decode(form.split(tuple(map(float, natural))), deviation))
    return {(row[0], row[1]): row[2] for row in answer.tables["correlations"].rows}  # type: ignore[misc]


def test_without_noise_they_are_numpys() -> None:
    """Every row has its whole weight, so that they are those of the rows, but for the cut of factors."""
    found = _told(_asked("a", "b", "d"), _natural(_form(_asked("a", "b", "d"))), 0.0)
    clipped = np.clip(VALUES[:, [0, 1, 3]], [-4, 0, -100], [4, 50, 100])
    wanted = np.corrcoef(clipped, rowvar=False)
    assert list(found) == [("a", "b"), ("a", "d"), ("b", "d")]
    assert list(found.values()) == pytest.approx([wanted[0, 1], wanted[0, 2], wanted[1, 2]], abs=1e-4)


def test_a_column_without_spread_has_none() -> None:
    """With and without noise."""
    asked = _asked("a", "c", "d")
    for deviation in (0.0, 1.0):
        found = _told(asked, _natural(_form(asked)), deviation)
        assert (found["a", "c"], found["c", "d"]) == (None, None)
        assert found["a", "d"] is not None


@pytest.mark.parametrize("persons", [0, 3, 50])
def test_noise_alone_gives_numbers_within_their_bounds_or_none(persons: int) -> None:
    """Of hardly anybody: whatever noise makes of the sums, and together they are correlations."""
    asked, draw = _asked("a", "b", "d"), np.random.default_rng(persons)
    form = _form(asked)
    typical = np.array([one for row in form.typical(persons).values() for one in row])
    for _ in range(50):
        found = _told(asked, typical + draw.normal(0, 5.0, len(typical)), 5.0)
        known = [r for r in found.values() if r is not None]
        assert all(math.isfinite(r) and -1 <= r <= 1 for r in known)
        if len(known) == 3:
            ab, ad, bd = known
            matrix = np.array([[1, ab, ad], [ab, 1, bd], [ad, bd, 1]])
            assert np.linalg.eigvalsh(matrix)[0] > -1e-9


@pytest.mark.parametrize(
    ("columns", "code"), [(("a", "free"), "Q-BOUNDS"), (("a", "word"), "Q-TYPE"), (("a", "gone"), "Q-COLUMN")]
)
def test_what_cannot_be_asked(columns: tuple[str, ...], code: str) -> None:
    """Columns without bounds, and what is no number."""
    with pytest.raises(FedcliError) as caught:
        _asked(*columns).check(DICTIONARY)
    assert caught.value.code == code


@pytest.mark.parametrize("columns", [("a",), ("a", "a"), tuple(f"c{at}" for at in range(41))])
def test_two_columns_to_forty(columns: tuple[str, ...]) -> None:
    """Each once."""
    with pytest.raises(ValueError, match="columns"):
        Correlation(columns=columns)


def test_a_design_that_the_dictionary_does_not_give() -> None:
    """Q-DESIGN, where somebody wrote bounds of their own."""
    asked = _asked("a", "b")
    assert asked.design is not None
    wider = asked.design.outcome.model_copy(update={"scale": 1000.0})
    with pytest.raises(FedcliError) as caught:
        asked.model_copy(update={"design": asked.design.model_copy(update={"outcome": wider})}).check(
            DICTIONARY
        )
    assert caught.value.code == "Q-DESIGN"

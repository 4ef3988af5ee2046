"""Whatever numbers a result holds, its page is whole, and its pictures have places for them."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fedcli.model.shown.results import ResultShown
from fedcli.report.sheet.document import document
from tests.unit.report.results import ANSWERS, NOISE, analysis, result
from tests.unit.report.test_sheet import Seen

NUMBERS = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, 1, 0.0, -0.0, 1e308, -1e308, 5e-324, 1e-9, 0.1 + 0.2, 123456789.123456789]),
)
ENDS = st.one_of(st.none(), NUMBERS)


@st.composite
def cells(draw: st.DrawFn) -> Any:
    """A cell: a number, one that is hidden, one with noise, or none."""
    kind = draw(st.sampled_from(("number", "gap", "about", "none")))
    if kind == "gap":
        return {
            key: end
            for key, end in zip(("low", "high"), draw(st.tuples(ENDS, ENDS)), strict=True)
            if end is not None
        }
    if kind == "about":
        low, value, high = sorted(draw(st.tuples(NUMBERS, NUMBERS, NUMBERS)))
        return {"value": value, "low": low, "high": high}
    return draw(NUMBERS) if kind == "number" else None


@st.composite
def answers(draw: st.DrawFn, analytic: str) -> dict[str, Any]:
    """An answer of an analytic with the same levels, and any numbers."""
    told = ANSWERS[analytic]
    tables = {
        name: {
            **table,
            "rows": [
                [*row[: table["keys"]], *(draw(cells()) for _ in row[table["keys"] :])]
                for row in table["rows"]
            ],
        }
        for name, table in told["tables"].items()
    }
    return {"scalars": {name: draw(cells()) for name in told["scalars"]}, "tables": tables}


@pytest.mark.parametrize("noise", [{}, {"north": NOISE}], ids=["exact", "noisy"])
@pytest.mark.parametrize("analytic", ANSWERS)
@settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(data=st.data())
def test_any_numbers(analytic: str, noise: dict[str, Any], data: st.DataObject) -> None:
    """It can be written and read; no length of a picture is below zero, or no number."""
    told = data.draw(answers(analytic))
    seen = Seen(document(ResultShown(result=result(analysis(analytic, told, noise=noise)))))
    assert seen.named("h3")
    for one in seen.all:
        for name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height"):
            if name in one["with"]:
                assert math.isfinite(float(one["with"][name]))
        for name in ("width", "height"):
            assert float(one["with"].get(name, 0)) >= 0
        assert not re.search("nan|inf", one["with"].get("points", ""))

"""Forests of text: each line says what its numbers say, on one scale for an effect."""

from __future__ import annotations

from fedcli.model.result import AnalysisResult, Answer, Table
from fedcli.report.forest import forest

SITES = ("variable", "site", "estimate", "std_error", "conf_low", "conf_high")
TOGETHER = ("variable", "sites", "q", "random", "conf_low", "conf_high")


def analysis(by_site: list[tuple[object, ...]], together: list[tuple[object, ...]]) -> AnalysisResult:
    """What sites say of some effects."""
    return AnalysisResult(
        id="a",
        analytic="summary",
        version=1,
        sites=("east", "north"),
        answer=Answer(),
        between={
            "by_site": Table(columns=SITES, keys=2, rows=tuple(by_site)),  # type: ignore[arg-type]
            "heterogeneity": Table(columns=TOGETHER, keys=1, rows=tuple(together)),  # type: ignore[arg-type]
        },
    )


def test_lines_on_one_scale() -> None:
    """From the lowest end to the highest; zero is beside an interval, or across it."""
    told = analysis(
        [("x", "east", 10.0, 5.0, 0.0, 20.0), ("x", "north", -10.0, 5.0, -20.0, 10.0)],
        [("x", 2, 1.0, 5.0, 2.0, 8.0)],
    )
    [grid] = forest(told)
    assert grid.title == "a: forest"
    assert grid.rows == (
        ("x", "east", "10 [0, 20]", " " * 20 + "┼" + "─" * 9 + "●" + "─" * 10),
        ("x", "north", "-10 [-20, 10]", "─" * 10 + "●" + "─" * 9 + "┼" + "─" * 10),
        ("x", "together", "5 [2, 8]", " " * 20 + "┊ " + "─" * 3 + "◆" + "─" * 3),
    )


def test_zero_that_is_far_is_left_out() -> None:
    """Means of many years would else be one letter wide."""
    told = analysis([("x", "east", 60.0, 1.0, 58.0, 62.0), ("x", "north", 61.0, 1.0, 59.0, 63.0)], [])
    [grid] = forest(told)
    assert [row[-1] for row in grid.rows] == [
        "─" * 16 + "●" + "─" * 16,
        " " * 8 + "─" * 16 + "●" + "─" * 16,
    ]


def test_what_has_no_forest() -> None:
    """A site without a number, an intercept, one site alone, too many effects, or nothing to compare."""
    line = ("x", "east", 1.0, 1.0, 0.0, 2.0)
    assert list(forest(analysis([], []).model_copy(update={"between": {}}))) == []
    assert list(forest(analysis([line, ("x", "north", None, None, None, None)], []))) == []
    assert list(forest(analysis([("(Intercept)", *line[1:]), ("(Intercept)", "north", *line[2:])], []))) == []
    many = [(f"x{at}", site, *line[2:]) for at in range(9) for site in ("east", "north")]
    assert list(forest(analysis(many, []))) == []
    assert len(list(forest(analysis(many[:16], [])))) == 1

"""The tables of docs/privacy/errors.md: error against rho for typical questions of the three scenarios.

Nothing is drawn: the sums of the sample data are taken without noise, and told as if they had that of a
price. So the page is the same each time, and is checked as other pages are.
"""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from tomllib import loads
from typing import Any, NamedTuple

from bench.private import Asked, Heard, Held, asking, price, quiet
from fedcli.model.cells import About
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import Amount, fraction
from fedcli.model.result import Answer
from fedcli.policy.profiles import profile
from fedcli.policy.zcdp import epsilon, lowest_scale

PROJECT = Path(__file__).parent.parent
PAGE = PROJECT / "docs" / "privacy" / "errors.md"
PRICES = ("0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1")
PRIVACY = profile("private").privacy
#: A chart goes from one in ten thousand to a hundred times the number, as powers of ten.
LEAST, MOST, WIDE = -4, 2, 10


class Question(NamedTuple):
    """A question, and the number of its answer that is looked at: a column of the row with some keys.

    `beside` are parameters of the exact question, where it cannot be the same.
    """

    what: str
    analytic: str
    parameters: Mapping[str, Any]
    table: str
    column: str
    keys: tuple[Any, ...]
    unit: str = ""
    beside: Mapping[str, Any] = {}

    def of(self, answer: Answer) -> Any:
        """The number."""
        found = answer.tables[self.table]
        row = next(row for row in found.rows if row[: len(self.keys)] == self.keys)
        return row[found.columns.index(self.column)]


class Curve(NamedTuple):
    """The exact number, that of bounded rows, and how far off noise leaves it at each price; None: untold."""

    question: Question
    exact: float
    bounded: float
    errors: tuple[float | None, ...]


MODEL = {"family": "binomial", "formula": "diabetes ~ age + sex + bmi", "unit": "person"}
QUESTIONS = {
    "hospitals": (
        Question(
            "women with diabetes, persons",
            "crosstab",
            {"by": ["diabetes", "sex"]},
            "counts",
            "count",
            (True, "female"),
        ),
        Question(
            "mean age at a visit", "summary", {"columns": ["age"]}, "summary", "mean", ("age",), " years"
        ),
        Question(
            "log odds of diabetes per kg/m² of body mass, adjusted for age and sex; a row of each person",
            "glm",
            MODEL,
            "coefficients",
            "estimate",
            ("bmi",),
            beside={"unit": "row"},
        ),
    ),
    "banks": (
        Question(
            "accounts with a fraudulent payment",
            "crosstab",
            {"by": ["fraud"], "of": "person"},
            "counts",
            "count",
            (True,),
        ),
        Question(
            "mean amount of a payment",
            "summary",
            {"columns": ["amount"]},
            "summary",
            "mean",
            ("amount",),
            " EUR",
        ),
        Question(
            "total of all payments", "total", {"columns": ["amount"]}, "totals", "total", ("amount",), " EUR"
        ),
    ),
    "suppliers": (
        Question(
            "mean delay of a delivery",
            "summary",
            {"columns": ["delay"]},
            "summary",
            "mean",
            ("delay",),
            " days",
        ),
        Question(
            "accounts with a late delivery",
            "crosstab",
            {"by": ["late"], "of": "person"},
            "counts",
            "count",
            (True,),
        ),
        Question(
            "median delay, on a grid of whole days around the promise",
            "quantile",
            {"column": "delay", "edges": [-5, -2, 0, 1, 2, 3, 4, 6, 8, 12, 20], "at": [0.5]},
            "quantiles",
            "quantile",
            (0.5,),
            " days",
        ),
    ),
}


def sites(scenario: str) -> list[Held]:
    """The sites of a scenario, where a person counts as the profile says."""
    folder = PROJECT / "sample_data" / scenario
    told = loads((folder / "scenario.toml").read_text())
    dictionary = Dictionary.read(loads((folder / f"{told['dataset']}.toml").read_text()), scenario)
    files = [next(folder.glob(f"{name}*")) for name in _names(folder)]
    return [Held.at(file, dictionary, PRIVACY.contribution) for file in files]


def _names(folder: Path) -> list[str]:
    query = next(iter(sorted((folder / "queries").glob("*.toml"))))
    return list(loads(query.read_text())["sites"])


@cache
def curves(scenario: str) -> tuple[Curve, ...]:
    """Those of a scenario's questions."""
    held = sites(scenario)
    return tuple(_curve(held, one) for one in QUESTIONS[scenario])


def _curve(held: Sequence[Held], one: Question) -> Curve:
    with asking(held, one.analytic, **one.parameters) as asked:
        bounded = float(one.of(asked.noisy(quiet, False)))
        errors = tuple(_off(one.of(asked.noisy(_as_noisy(asked, rho))), bounded) for rho in PRICES)
    with asking(held, one.analytic, **{**one.parameters, **one.beside}) as asked:
        return Curve(one, float(one.of(asked.exact())), bounded, errors)


def _as_noisy(asked: Asked, rho: Amount) -> Heard:
    """Sums that are told as if each site had added the noise of a price."""
    share = fraction(price(rho, asked.analytic.draws))
    scale = lowest_scale(asked.form.steps, share) / asked.form.unit
    return lambda bounded: quiet(bounded, bounded.form.variance(scale))


def _off(cell: Any, bounded: float) -> float | None:
    """Half of the interval; and what its middle is off by, where noise pulls at an answer."""
    if not isinstance(cell, About):
        return None
    return float((cell.high - cell.low) / 2 + abs(cell.value - bounded))


def write() -> int:
    """Write the page anew; not zero where that failed."""
    line = [sys.executable, "-m", "cogapp", "-r", "-I", str(PROJECT), str(PAGE)]
    return subprocess.run(line, cwd=PROJECT, check=False).returncode


def contribution() -> str:
    """How much a person counts."""
    counted = PRIVACY.contribution
    return (
        f"As in the profile `private`: {counted.rows} rows of a person, and {counted.cells} cells of a table."
    )


def section(scenario: str) -> str:
    """The questions of a scenario, their errors, and the same as a chart."""
    return "\n\n".join([_questions(scenario), _errors(scenario), _chart(scenario)])


def _questions(scenario: str) -> str:
    rows = ["| | question | exact | bounded |", "|---|---|---|---|"]
    for letter, one in _lettered(scenario):
        rows.append(
            f"| {letter} | {one.question.what} (`{one.question.analytic}`) "
            f"| {_told(one.exact, 5)}{one.question.unit} | {_told(one.bounded, 5)}{one.question.unit} |"
        )
    return "\n".join(rows)


def _errors(scenario: str) -> str:
    letters = [letter for letter, _ in _lettered(scenario)]
    rows = [f"| rho | epsilon | {' | '.join(letters)} |", "|---|---|" + "---|" * len(letters)]
    for at, rho in enumerate(PRICES):
        pure = epsilon(Fraction(rho), fraction(PRIVACY.delta))
        cells = " | ".join(_around(one.errors[at], one.question.unit) for one in curves(scenario))
        rows.append(f"| {rho} | {pure:.2f} | {cells} |")
    return "\n".join(rows)


def _around(error: float | None, unit: str) -> str:
    return "untold" if error is None else f"± {_told(error, 2)}{unit}"


def _told(number: float, digits: int) -> str:
    """A number to some significant digits, without an exponent."""
    places = digits - 1 - math.floor(math.log10(abs(number))) if number else 0
    if number == int(number):
        places = min(places, 0)
    return f"{round(number, places):,.{max(0, places)}f}"


def _lettered(scenario: str) -> Iterator[tuple[str, Curve]]:
    yield from zip("ABCDEFG", curves(scenario), strict=False)


def _chart(scenario: str) -> str:
    """The errors as a part of the exact number, each a letter on a line for its price."""
    marks = "".join(f"|{_percent(at):<{WIDE - 1}}" for at in range(LEAST, MOST)) + f"|{_percent(MOST)}"
    lines = [f"{'rho':>6}  {marks}"]
    for at, rho in enumerate(PRICES):
        line = [" "] * (WIDE * (MOST - LEAST) + 1)
        for letter, one in _lettered(scenario):
            error = one.errors[at]
            if error is not None:
                place = _place(error / abs(one.exact))
                line[place] = letter if line[place] == " " else "*"
        lines.append(f"{rho:>6}  {''.join(line).rstrip()}")
    told = "As a part of the exact number (`*` where two are in one place):"
    return "\n".join([told, "", "```text", *lines, "```"])


def _place(part: float) -> int:
    """Where a part lies between the ends of a chart, or at the nearer of them."""
    return round(WIDE * (min(max(math.log10(part), LEAST), MOST) - LEAST))


def _percent(power: int) -> str:
    return f"{100 * 10.0**power:g} %"

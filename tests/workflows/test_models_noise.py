"""Models and correlations under differential privacy, rehearsed at three hospitals, beside the exact ones.

With a rho of thousands the noise is far below what is compared, so that nothing here is left to chance; the
fits differ still, since rows that reach far weigh less.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.oracle.rehearsals import rehearsal
from tests.pages import PROJECT
from tests.world import World

SAMPLE = PROJECT / "sample_data" / "hospitals"
PRIVATE = (PROJECT / "configs" / "policies" / "private.toml").read_text()
HEAD = 'schema = "fedcli/query/1"\ntitle = "Models"\ndataset = "cohort"\n'
ANALYSES = {
    "line": 'analytic = "glm"\nfamily = "gaussian"\nformula = "sbp ~ age + sex + smoking"\nunit = "row"',
    "risk": 'analytic = "glm"\nfamily = "binomial"\nformula = "diabetes ~ age + sex + bmi"\nunit = "row"',
    "rate": 'analytic = "glm"\nfamily = "poisson"\nformula = "age ~ sex + diabetes"\nunit = "row"',
    "trained": 'analytic = "fedavg"\nfamily = "binomial"\nformula = "diabetes ~ age + sex + bmi"\n'
    'unit = "person"\nepochs = 1\nclip = 2\nrounds = 10\nlearning_rate = 2',
    "voted": 'analytic = "fedavg"\nfamily = "binomial"\nformula = "diabetes ~ age + sex + bmi"\n'
    'combiner = "median"\nunit = "person"\nepochs = 1\nclip = 2\nrounds = 10\nlearning_rate = 2',
    "near": 'analytic = "k_means"\ncolumns = ["age", "bmi"]\nrounds = 3\n'
    "starts = [[40, 24], [60, 28], [75, 34]]",
    "together": 'analytic = "correlation"\ncolumns = ["age", "bmi", "sbp"]',
}
PERSONS = 'analytic = "glm"\nfamily = "gaussian"\nformula = "sbp ~ age"\nunit = "person"'


def _told(folder: Path, policy: str, analyses: dict[str, str], rho: str | None) -> dict[str, Any]:
    """A rehearsal's answer."""
    blocks = [f'\n[[analysis]]\nid = "{name}"\n{text}\n' for name, text in analyses.items()]
    asked = f'\n[privacy]\nmode = "differential-privacy"\nrho = "{rho}"\n' if rho else ""
    (folder / "query.toml").write_text(HEAD + "".join(blocks) + asked)
    ended = rehearsal(folder, folder / "query.toml", SAMPLE, SAMPLE / "cohort.toml", policy)
    assert ended.exit == 0, ended.text
    return dict(ended.data)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answers under much rho, every row of a person counting, and the exact ones."""
    folder = tmp_path_factory.mktemp("models")
    policy = PRIVATE.replace('capacity_rho = "1"  ', 'capacity_rho = "90000"')
    policy = policy.replace('project_rho  = "0.5"', 'project_rho = "90000"').replace("rows = 3", "rows = 6")
    (folder / "generous.toml").write_text(policy)
    noisy = _told(folder, str(folder / "generous.toml"), ANALYSES, "80000")
    exact = {name: text for name, text in ANALYSES.items() if "clip" not in text}
    return noisy, _told(folder, "evaluation", exact, None)


def _number(cell: Any) -> float:
    return float(cell["value"] if isinstance(cell, dict) else cell)


def _rows(data: dict[str, Any], name: str, table: str) -> list[list[Any]]:
    return list(data["results"][name]["tables"][table]["rows"])


@pytest.mark.parametrize("name", ["line", "risk", "rate"])
def test_coefficients_are_close_to_the_exact_ones(name: str, told: tuple[Any, Any]) -> None:
    """Within one and a half standard errors of the exact fit, with errors that are no smaller."""
    for noisy, exact in zip(*(_rows(one, name, "coefficients") for one in told), strict=True):
        assert noisy[0] == exact[0]
        assert abs(_number(noisy[1]) - _number(exact[1])) < 1.5 * exact[2], noisy[0]
        if name != "rate":  # ages are no counts: they vary less than the model says
            assert _number(noisy[2]) > 0.9 * exact[2]


@pytest.mark.parametrize(("name", "rounds"), [("line", 1), ("risk", 5), ("rate", 5)])
def test_as_many_rounds_as_are_paid_for(name: str, rounds: int, told: tuple[Any, Any]) -> None:
    """One for a gaussian model, five for others, and with so little noise they have converged."""
    scalars = told[0]["results"][name]["scalars"]
    assert (scalars["iterations"], scalars["converged"]) == (rounds, 1)
    assert scalars["deviance"] is None
    assert _number(scalars["n"]) == pytest.approx(told[1]["results"][name]["scalars"]["n"], rel=1e-3)


def test_training_comes_near_the_fit_of_its_loss(told: tuple[Any, Any]) -> None:
    """As many steps as were paid for; each coefficient has an interval of noise, and losses are not told."""
    answer = told[0]["results"]["trained"]
    assert answer["scalars"]["iterations"] == 10
    assert [row[1] for row in answer["tables"]["rounds"]["rows"]] == [None] * 10
    assert answer["tables"]["sites"]["rows"] == []
    exact = {row[0]: row[1] for row in _rows(told[1], "risk", "coefficients")}
    for term, estimate, _ in answer["tables"]["coefficients"]["rows"][1::2]:
        assert _number(estimate) * exact[term] > 0, term
    places = {one["place"] for one in answer["noisy"]}
    assert {"n", "coefficients[age].estimate", "coefficients[age].standardised"} <= places
    assert _number(answer["scalars"]["n"]) == pytest.approx(2987, abs=1)  # persons with a complete visit


def test_a_median_of_noisy_slopes(told: tuple[Any, Any]) -> None:
    """Every site finds the same votes; the coefficients are near those of the mean, and have no interval."""
    voted, mean = (told[0]["results"][name] for name in ("voted", "trained"))
    assert voted["scalars"]["iterations"] == 10
    places = {one["place"] for one in voted["noisy"]}
    assert "n" in places
    assert not any(place.startswith("coefficients") for place in places)
    rows = (one["tables"]["coefficients"]["rows"] for one in (voted, mean))
    for (term, _, one), (_, _, other) in list(zip(*rows, strict=True))[1::2]:
        assert _number(one) == pytest.approx(_number(other), rel=0.25), term


def test_groups_are_where_the_exact_ones_are(told: tuple[Any, Any]) -> None:
    """Three rounds that every site follows: sizes and centres are the exact ones, within little noise."""
    noisy, exact = (one["results"]["near"] for one in told)
    assert (noisy["scalars"]["rounds"], noisy["scalars"]["inertia"]) == (3, None)
    for mine, other in zip(*(_rows(one, "near", "centres") for one in told), strict=True):
        assert mine[:2] == other[:2]
        assert _number(mine[2]) == pytest.approx(other[2], rel=2e-3)
        assert _number(mine[3]) == pytest.approx(other[3], rel=2e-3)
    for (_, mine), (_, other) in zip(*(_rows(one, "near", "clusters") for one in told), strict=True):
        assert _number(mine) == pytest.approx(other, rel=2e-3)
    assert exact["scalars"]["rounds"] == 3
    places = {one["place"] for one in noisy["noisy"]}
    assert any("mean" in place for place in places)


def test_a_gaussian_model_tells_its_spread(told: tuple[Any, Any]) -> None:
    """Sigma and R^2 are about the exact ones."""
    noisy, exact = (one["results"]["line"]["scalars"] for one in told)
    assert _number(noisy["sigma"]) == pytest.approx(exact["sigma"], rel=0.05)
    assert _number(noisy["r_squared"]) == pytest.approx(exact["r_squared"], abs=0.05)


def test_correlations_are_close_to_the_exact_ones(told: tuple[Any, Any]) -> None:
    """Of all pairs, in their order."""
    noisy, exact = (_rows(one, "together", "correlations") for one in told)
    assert [row[:2] for row in noisy] == [["age", "bmi"], ["age", "sbp"], ["bmi", "sbp"]]
    for mine, other in zip(noisy, exact, strict=True):
        assert _number(mine[2]) == pytest.approx(other[2], abs=0.05)


def test_a_model_of_persons_is_not_refused_for_their_visits(tmp_path: Path) -> None:
    """Where the exact answer is refused because somebody has two rows, one of them counts."""
    data = _told(tmp_path, "private", {"persons": PERSONS}, "0.5")
    assert {one["status"] for one in data["rehearsed"]} == {"done"}
    [intercept, age] = _rows(data, "persons", "coefficients")
    assert (intercept[0], age[0]) == ("(Intercept)", "age")
    about = {one["place"] for one in data["results"]["persons"]["noisy"]}
    assert {"n", "sigma", "coefficients[age].estimate"} <= about


@pytest.mark.parametrize(("asked", "rounds"), [(None, 25), ("0.5", 5)])
def test_rounds_are_told_before_anything_is_asked(asked: str | None, rounds: int, tmp_path: Path) -> None:
    """Under noise those that are paid for, else those that it may take."""
    privacy = f'[privacy]\nmode = "differential-privacy"\nrho = "{asked}"\n' if asked else ""
    (tmp_path / "q.toml").write_text(f'{HEAD}\n[[analysis]]\nid = "risk"\n{ANALYSES["risk"]}\n{privacy}')
    line = [
        "query",
        "explain",
        str(tmp_path / "q.toml"),
        "--dictionary",
        str(SAMPLE / "cohort.toml"),
        "--format",
        "json",
    ]
    ended = World(tmp_path).cli(*line, "--policy", "private" if asked else "evaluation")
    assert ended.exit == 0, ended.text
    assert ended.data["rounds"] == rounds

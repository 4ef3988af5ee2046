"""Trained models: what results tell as predictors, by digest, as files with a card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcli.model.trained import GaussianBayes, Linear, Model, Trees
from fedcli.workflows.predicting import predictor
from fedcli.workflows.trained import models
from tests.workflows.fitting import MODEL, SITES, fit, fitted_world, question, table
from tests.world import World, copied

TRAINED = 'id = "risk"\nanalytic = "logistic"\nformula = "ill ~ age + sex"\nstandardise = false'
SITE = MODEL.replace('"risk"', '"apart"') + '\nintercepts = "site"'
PATH = 'id = "path"\nanalytic = "penalised"\nformula = "age ~ sex"\npenalties = [0.1, 1]\nmixture = 0'
LINE = 'id = "line"\nanalytic = "glm"\nfamily = "gaussian"\nformula = "age ~ sex"'
BAYES = 'id = "bayes"\nanalytic = "naive_bayes"\noutcome = "ill"\ncolumns = ["age"]'
TREES = (
    'id = "trees"\nanalytic = "boosted_trees"\noutcome = "ill"\ncolumns = ["age"]\n'
    "edges = { age = [40, 60] }\ntrees = 1\ndepth = 1"
)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[World, str]]:
    """For each model a federation that has fitted it, and its query."""
    template = fitted_world(tmp_path_factory.mktemp("trained"))
    found = {}
    for name, analysis in {
        "risk": TRAINED,
        "apart": SITE,
        "path": PATH,
        "bayes": BAYES,
        "glm": LINE,
    }.items():
        world = copied(template, tmp_path_factory.mktemp(name) / "world")
        query = world.submit(question(analysis, title=f'"Of *{name}* | <b>"'))
        world.approve(query, *SITES)
        fit(world, query)
        found[name] = world, query
    return found


def of(worlds: dict[str, tuple[World, str]], name: str) -> list[Model]:
    """The models of a home."""
    return [one.model for one in models(worlds[name][0].desk("researcher"))]


def pooled(persons: int = 150) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Age and sex of everybody, and who is ill."""
    rows = [row for at in range(3) for row in table(persons * at, persons).to_pylist()]
    x = np.array([[row["age"], row["sex"] == "m"] for row in rows], float)
    return x, np.array([row["ill"] for row in rows])


def test_scikit_learn_agrees(worlds: dict[str, tuple[World, str]]) -> None:
    """The coefficients are scikit-learn's of all rows together, as far as sums of six digits go."""
    from sklearn.linear_model import LogisticRegression

    [model] = of(worlds, "risk")
    x, y = pooled()
    fitted = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(x, y)
    told = model.predictor
    assert isinstance(told, Linear)
    assert [one.name for one in told.terms] == ["age", "sexm"]
    assert told.classes == tuple(fitted.classes_)
    np.testing.assert_allclose(
        [told.intercept, *told.coefficients], [*fitted.intercept_, *fitted.coef_[0]], rtol=2e-4
    )
    assert (model.n, model.lineage.maturity) == (450, "live")
    assert [one.site for one in model.lineage.sites] == sorted(SITES, key=SITES.index)


def test_a_linear_model(worlds: dict[str, tuple[World, str]]) -> None:
    """Least squares of all rows; a number has no classes."""
    [model] = of(worlds, "glm")
    x, _ = pooled()
    told = model.predictor
    assert isinstance(told, Linear)
    assert (told.family, told.link, told.classes, told.outcome.name) == ("gaussian", "identity", None, "age")
    women, men = (x[x[:, 1] == at, 0].mean() for at in (0, 1))
    np.testing.assert_allclose([told.intercept, *told.coefficients], [women, men - women], rtol=1e-4)


def test_intercepts_of_sites_are_no_model(worlds: dict[str, tuple[World, str]]) -> None:
    """Nobody else could predict with it; the result is there."""
    world, query = worlds["apart"]
    assert of(worlds, "apart") == []
    assert world.cli("report", query, home="researcher").exit == 0
    assert "no result of this home tells a model" in world.ok("model", "list", home="researcher").out


def test_a_model_for_each_penalty(worlds: dict[str, tuple[World, str]]) -> None:
    """They differ, and a query of several names none."""
    world, query = worlds["path"]
    weak, strong = of(worlds, "path")
    assert isinstance(weak.predictor, Linear)
    assert isinstance(strong.predictor, Linear)
    assert abs(strong.predictor.coefficients[0]) < abs(weak.predictor.coefficients[0])
    assert [one.predictor.penalty.penalty for one in (weak, strong)] == [0.1, 1]  # type: ignore[union-attr]
    ended = world.cli("model", "show", f"q-{query[:8]}", "--format", "json", home="researcher")
    assert (ended.exit, ended.document["code"]) == (2, "R-MODEL")
    assert weak.short in ended.document["message"]


def test_naive_bayes(worlds: dict[str, tuple[World, str]]) -> None:
    """Priors, means and variances are those of all rows."""
    [model] = of(worlds, "bayes")
    x, y = pooled()
    told = model.predictor
    assert isinstance(told, GaussianBayes)
    assert told.classes == (0, 1)
    np.testing.assert_allclose(told.priors, [np.mean(y == 0), np.mean(y == 1)], rtol=1e-12)
    np.testing.assert_allclose(
        [one[0] for one in told.means], [x[y == at, 0].mean() for at in (0, 1)], rtol=1e-5
    )
    np.testing.assert_allclose(
        [one[0] for one in told.variances], [x[y == at, 0].var() for at in (0, 1)], rtol=1e-4
    )


def test_trees(tmp_path: Path) -> None:
    """They are listed, shown, written with a card, and predict; how well, a draft can ask sites."""
    world = fitted_world(tmp_path / "trees", persons=600)
    query = world.submit(question(TREES))
    world.approve(query, *SITES)
    assert fit(world, query) == 2
    [model] = [one.model for one in models(world.desk("researcher"))]
    assert isinstance(model.predictor, Trees)
    listed = world.ok("model", "list", "--format", "json", home="researcher").data["models"]
    assert [(one["outcome"], one["terms"], one["n"]) for one in listed] == [("ill", 1, 1800)]
    shown = world.ok("model", "show", model.short, home="researcher").out
    assert "the probability of 1 (link logit), by 1 trees" in shown
    file, card = tmp_path / "trees.json", tmp_path / "card.md"
    world.ok("model", "export", model.short, "-o", str(file), home="researcher")
    world.ok("model", "export", model.short, "--card", "-o", str(card), home="researcher")
    assert "### Nodes" in card.read_text()
    _as_the_formula_says(model.predictor, file)
    line = ["model", "evaluate", model.short, "--dataset", "cohort", "--format", "json"]
    assert "\ntrees        = { start = " in world.ok(*line, home="researcher").data["text"]


def _as_the_formula_says(trees: Trees, file: Path) -> None:
    """The leaf on the left has the Newton step of its rows, from the odds of all."""
    x, y = pooled(600)
    [split] = trees.splits
    assert split.below is not None
    left = x[:, 0] < split.below
    [told] = {float(one) for one in predictor(file).predict_proba({"age": x[:, 0]})[left, 1]}
    p, g = np.mean(y), sum(np.mean(y) - y[left])
    score = np.log(p / (1 - p)) - 0.1 * g / (sum(left) * p * (1 - p) + 1)
    assert told == pytest.approx(1 / (1 + np.exp(-score)), rel=1e-5)


def test_by_digest(worlds: dict[str, tuple[World, str]], tmp_path: Path) -> None:
    """A beginning of the digest, the query, and the file that was written all mean the same."""
    world, query = worlds["risk"]
    [model] = of(worlds, "risk")
    file = tmp_path / "model.json"
    world.ok("model", "export", model.short, "-o", file, home="researcher")
    assert file.read_bytes() == model.canonical()
    for given in (model.sha256, model.short[:6], query, f"q-{query[:6]}"):
        shown = world.ok("model", "show", given, "--format", "json", home="researcher")
        assert shown.data["digest"] == model.sha256
    given = world.ok("model", "show", file, "--format", "json")
    assert given.data["digest"] == model.sha256
    assert any("nothing vouches" in one for one in given.document["warnings"])
    for wrong in ("m-", "x-00", "m-0", "zz"):
        assert world.cli("model", "show", wrong, home="researcher").exit == 2


def test_a_file_that_was_changed_is_refused(worlds: dict[str, tuple[World, str]], tmp_path: Path) -> None:
    """One byte more is another model; what is no model is none."""
    [model] = of(worlds, "risk")
    told = model.json_value()
    told["predictor"]["__class__"] = "os.system"
    file = tmp_path / "model.json"
    file.write_text(json.dumps(told))
    ended = worlds["risk"][0].cli("model", "show", file, "--format", "json")
    assert (ended.exit, ended.document["code"]) == (3, "F-SCHEMA")


def test_the_card(worlds: dict[str, tuple[World, str]], tmp_path: Path) -> None:
    """What people wrote is no markup in it; every release is named; JSON and Markdown are of one model."""
    world, query = worlds["risk"]
    [model] = of(worlds, "risk")
    for name in ("card.md", "card.json"):
        world.ok("model", "export", model.short, "--card", "-o", tmp_path / name, home="researcher")
    text, told = (tmp_path / "card.md").read_text(), json.loads((tmp_path / "card.json").read_text())
    assert "# Model card: Of \\*risk\\* \\| \\<b\\>" in text
    assert told["model"] == model.sha256
    for digest in (model.sha256, query, model.lineage.result, *(one.release for one in model.lineage.sites)):
        assert digest in text
    assert "How well" not in text
    assert "not known" in text
    assert f"fedcli combine q-{query[:12]}" in text
    ended = world.cli(
        "model", "export", tmp_path / "card.json", "--card", "-o", tmp_path / "other.md", home="researcher"
    )
    assert ended.exit == 3


def test_a_card_is_where_the_query_is(worlds: dict[str, tuple[World, str]], tmp_path: Path) -> None:
    """Of a file that was given nobody knows what it is for."""
    world, _ = worlds["risk"]
    [model] = of(worlds, "risk")
    (tmp_path / "given.json").write_bytes(model.canonical())
    line = ["model", "export", tmp_path / "given.json", "--card", "-o", tmp_path / "card.md"]
    ended = world.cli(*line, "--format", "json", home="researcher")
    assert (ended.exit, ended.document["code"]) == (2, "R-CARD")


def test_a_recalled_release_is_told(worlds: dict[str, tuple[World, str]], tmp_path: Path) -> None:
    """A model of what a site has recalled is shown with a warning."""
    world = copied(worlds["glm"][0], tmp_path / "world")
    query = worlds["glm"][1]
    world.ok("release", "withdraw", query, "--reason", "counted twice", home="north")
    shown = world.ok("model", "show", query, "--format", "json", home="researcher")
    assert any("counted twice" in one for one in shown.document["warnings"])

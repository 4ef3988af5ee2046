"""Trained models on patients who were held back, beside what FLamby publishes; and exact ones, pooled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from statsmodels.duration.hazard_regression import PHReg

from tests.oracle.flamby import Hall, breast, concordance, design, heart, pooled, published, score

STUDIES = {"heart disease": heart, "TCGA-BRCA": breast}


@pytest.fixture(scope="module", params=STUDIES)
def hall(request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Hall:
    """The sites of a study, under `evaluation`."""
    return Hall(STUDIES[request.param](shared, 0, "evaluation"), tmp_path_factory.mktemp("flamby"))


@pytest.mark.parametrize("strategy", ["fedavg", "scaffold", "fedadam"])
def test_within_two_standard_deviations_or_better(hall: Hall, strategy: str, shared: Path) -> None:
    """Accuracy, and Harrell's C, of the model that the gates of `evaluation` let be trained."""
    fit = hall.trained(strategy, "evaluation")
    assert fit is not None
    assert len(fit.sites) >= 2
    mean, spread = published(shared)[hall.study.name][strategy]
    assert score(hall.study, fit) >= mean - 2 * spread


def test_exact_models_are_pooled_ones(hall: Hall) -> None:
    """Of the sites that answer: scikit-learn's, and statsmodels' with sites as strata."""
    fit = hall.exactly("evaluation")
    assert fit is not None
    assert fit.terms == pytest.approx(pooled(hall.study, fit), rel=1e-5, abs=1e-8)


def test_columns_of_all_sites(shared: Path, tmp_path: Path) -> None:
    """Without rules, all of FLamby's columns: what training itself comes to."""
    hall = Hall(breast(shared, 0, "none"), tmp_path)
    fit = hall.trained("fedadam", "none")
    mean, spread = published(shared)["TCGA-BRCA"]["fedadam"]
    assert fit is not None
    assert len(fit.terms) == 39
    assert score(hall.study, fit) >= mean - 2 * spread


def test_which_column_is_beside_age(shared: Path) -> None:
    """Therapy tells most of the patients who are trained on: it raises their likelihood most, beside age."""
    study = breast(shared, 0, "none")
    rows = {name: np.concatenate([one[name] for one in study.sites]) for name in study.sites[0]}
    site = np.repeat(np.arange(6), [len(one["age"]) for one in study.sites])

    def likelihood(*names: str) -> float:
        x = design(rows, dict.fromkeys(names, 0.0))
        model = PHReg(rows["days"], x, status=rows["dead"].astype(int), strata=site, ties="breslow")
        return float(model.fit(method="newton", disp=0).llf)

    found = sorted(study.columns[1:], key=lambda name: -likelihood("age", name))[:2]
    assert set(found) == {"therapy", "c31"}  # c31: that it is not reported, nearly the same patients


def test_concordance_by_hand() -> None:
    """Of three who died, and one who was seen as long as the second: of five pairs half are right, or all."""
    time, event = np.array([1.0, 2.0, 2.0, 3.0]), np.array([True, True, False, True])
    assert concordance(time, event, np.array([5.0, 1.0, 1.0, 9.0])) == pytest.approx((2 + 0.5) / 5)
    assert concordance(time, event, np.array([4.0, 3.0, 2.0, 1.0])) == 1.0

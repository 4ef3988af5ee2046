"""Every entry of the oracles is held against something, or there is a reason why it is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent
#: Where entries are that no test names: their files are gone through as a whole.
WHOLE = {
    "glm.json": "test_models.py::test_no_oracle_is_left_out",
    "linear.json": "test_models.py::test_no_oracle_is_left_out",
}
_ROWS = "its rows are not among the data"
_TRAINING = "a method of training, which is not there yet"
_FEDERATED = "what others' federated fits came to, beside the pooled ones"
#: What no test is held against, and why.
NOT = {
    "descriptive.json": {
        "fraud FraudFound_P x Fault": _ROWS,
        "fraud FraudFound_P x BasePolicy": _ROWS,
        "DASIM": _ROWS,
        "site_column": "no figure",
        "source": "no figure",
        "our_values": "what the oracle's maker computed of the same",
    },
    "survival.json": {"rossi": _ROWS, "survival::gbsg": _ROWS},
    "r_oracles.json": {
        **dict.fromkeys(("quine_nb", "quine_nb_main", "cox_rossi", "cox_rossi_zph", "cox_gbsg"), _ROWS),
        **dict.fromkeys(("lmer_sleepstudy", "lmer_sleepstudy_ri", "lmer_sleepstudy_published"), _ROWS),
        "cox_tcga_age": "a baseline of all sites, which none can tell exactly; `piecewise` has intervals",
        "prcomp_breast_cancer": "principal components, which are not there",
        "quantile_types_CNSIM_LAB_TSC": "R's nine kinds, of single values; ours are of bins",
        "versions": "no figure",
    },
    "ml_eval.json": {
        **dict.fromkeys(("pca breast_cancer standardised", "kmeans iris init rows 0,50,100"), _TRAINING),
        "fairness adult: y~age+education-num+hours": _ROWS,
    },
    "published_flamby.json": dict.fromkeys(
        ("heart_disease", "tcga_brca", "dp_heart_columns", "dp_heart_head"), _TRAINING
    ),
    "sketches.json": dict.fromkeys(
        (
            "uci_credit LIMIT_BAL (site=EDUCATION)",
            "uci_credit BILL_AMT1 (site=EDUCATION)",
            *(f"hll scms {of}" for of in ("Vendor", "Item Description", "PO / SO #")),
        ),
        "sketches, which are not there: quantiles are of counts on a grid",
    ),
    "fed_check.json": dict.fromkeys(
        (
            *("OLS gram CNSIM", "logistic IRLS CNSIM", "robust HC0 logistic", "cox efron stratified by site"),
            *("cox efron stratified TCGA-BRCA 6 centres", "k-means iris", "PCA breast_cancer"),
            *("one-shot ODAL uci_heart 4 hospitals", "one-shot ODAL CNSIM 3 studies"),
            *("FedAvg heart max|beta-MLE|", "GWAS linear regenie vs plink2"),
        ),
        _FEDERATED,
    ),
}
_NESTED = ("descriptive.json", "nist_strd.json")


@pytest.fixture(scope="module")
def named() -> str:
    """All that tests of oracles say."""
    files = [*HERE.glob("*.py"), HERE.parent / "unit" / "statistics" / "test_synthesis.py"]
    return "\n".join(one.read_text() for one in files if one.name != Path(__file__).name)


def entries(file: Path) -> set[str]:
    """What a file has figures of."""
    told = json.loads(file.read_text())
    told.pop("_meta", None)
    return {key for one in told.values() for key in one} if file.name in _NESTED else set(told)


def test_every_entry(shared: Path, named: str) -> None:
    """None is forgotten, and none is both."""
    for file in sorted((shared / "oracles").glob("*.json")):
        if file.name in WHOLE:
            where, _, name = WHOLE[file.name].partition("::")
            assert f"def {name}(" in (HERE / where).read_text()
            continue
        found, left = entries(file), NOT.get(file.name, {})
        tested = {one for one in found - left.keys() if f'"{one}"' in named}
        assert found == tested | left.keys(), file.name

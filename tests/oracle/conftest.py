"""Public federations with a dictionary each, rehearsed once for each policy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.oracle.rehearsals import Numbers, numbers, rehearsed, write_dictionary

#: Rehearse all analyses of a federation under a policy; the numbers of each analysis.
Rehearse: TypeAlias = Callable[..., dict[str, Numbers]]

BINARY = 'type = "integer"\nlevels = [0, 1]'
CNSIM = {
    "LAB_TSC": 'type = "real"\nbounds = [0, 20]',
    "LAB_TRIG": 'type = "real"\nbounds = [-20, 20]',
    "LAB_HDL": 'type = "real"\nbounds = [-5, 10]',
    "LAB_GLUC_ADJUSTED": 'type = "real"\nbounds = [0, 30]',
    "PM_BMI_CONTINUOUS": 'type = "real"\nbounds = [0, 80]',
    **dict.fromkeys(("DIS_CVA", "MEDI_LPD", "DIS_DIAB", "DIS_AMI", "GENDER"), BINARY),
    "PM_BMI_CATEGORICAL": 'type = "integer"\nlevels = [1, 2, 3]',
}
CNSIM_ANALYSES = {
    "all": f'analytic = "summary"\ncolumns = {list(CNSIM)}',
    "tsc-by-gender": 'analytic = "summary"\ncolumns = ["LAB_TSC"]\nby = ["GENDER"]',
    "bmi-by-diabetes": 'analytic = "summary"\ncolumns = ["PM_BMI_CONTINUOUS"]\nby = ["DIS_DIAB"]',
    "hdl-by-bmi": 'analytic = "summary"\ncolumns = ["LAB_HDL"]\nby = ["PM_BMI_CATEGORICAL"]',
    "diabetes-by-gender": 'analytic = "crosstab"\nby = ["DIS_DIAB", "GENDER"]',
    "bmi-and-diabetes": 'analytic = "crosstab"\nby = ["PM_BMI_CATEGORICAL", "DIS_DIAB"]',
    "infarction": 'analytic = "crosstab"\nby = ["DIS_AMI"]',
    "n": 'analytic = "count"',
    "first": 'analytic = "table_one"\ncolumns = ["PM_BMI_CONTINUOUS", "GENDER", "PM_BMI_CATEGORICAL"]\n'
    'by = "DIS_DIAB"',
    "lipids": 'analytic = "table_one"\ncolumns = ["LAB_TSC", "DIS_DIAB"]\nby = "GENDER"',
    "bmi": 'analytic = "histogram"\ncolumn = "PM_BMI_CONTINUOUS"\nedges = [20, 25, 27.5, 30, 35]',
    "hdl": 'analytic = "histogram"\ncolumn = "LAB_HDL"\nedges = [1, 1.5, 2]\nby = ["GENDER"]',
    "cholesterol": 'analytic = "total"\ncolumns = ["LAB_TSC"]\nby = ["GENDER"]',
    "hdl-quantiles": 'analytic = "quantile"\ncolumn = "LAB_HDL"\nby = ["GENDER"]\n'
    "edges = [0.75, 1, 1.25, 1.5, 1.75, 2, 2.25]\nat = [0.1, 0.25, 0.5, 0.75, 0.9]",
}
HEART = {
    "age": 'type = "integer"\nbounds = [18, 100]',
    "sex": BINARY,
    "cp": 'type = "integer"\nlevels = [1, 2, 3, 4]',
    "trestbps": 'type = "integer"\nbounds = [0, 300]',
    "chol": 'type = "integer"\nbounds = [0, 900]',
    "fbs": BINARY,
    "restecg": 'type = "integer"\nlevels = [0, 1, 2]',
    "thalach": 'type = "integer"\nbounds = [0, 250]',
    "exang": BINARY,
    "oldpeak": 'type = "real"\nbounds = [-10, 10]',
    "slope": 'type = "integer"\nlevels = [1, 2, 3]',
    "ca": 'type = "real"\nbounds = [0, 9]',
    "thal": 'type = "integer"\nlevels = [3, 6, 7]',
    "num": 'type = "integer"\nlevels = [0, 1, 2, 3, 4]',
}
HEART_ANALYSES = {
    "all": f'analytic = "summary"\ncolumns = {list(HEART)}',
    "age-by-disease": 'analytic = "summary"\ncolumns = ["age"]\nby = ["disease"]',
    "disease-by-sex": 'analytic = "crosstab"\nby = ["disease", "sex"]',
    "pain-by-number": 'analytic = "crosstab"\nby = ["cp", "num"]',
    "n": 'analytic = "count"',
    "first": 'analytic = "table_one"\ncolumns = ["age", "sex", "chol"]\nby = "disease"',
    "ages": 'analytic = "histogram"\ncolumn = "age"\nedges = [28, 40, 50, 60, 77]\nby = ["disease"]',
}
BREAST = {"T": 'type = "real"\nbounds = [0, 10000]', "dead": 'type = "boolean"'}
BREAST_ANALYSES = {
    "years": 'analytic = "life_table"\ntime = "T"\nevent = "dead"\nedges = [0, 365, 730, 1095, 1460, 1825]'
}


def _rehearse(folder: Path, analyses: dict[str, str], data: Path, dictionary: Path) -> Rehearse:
    texts = [f'id = "{name}"\n{text}' for name, text in analyses.items()]

    def rehearse(policy: str, **keys: str) -> dict[str, Any]:
        ended = rehearsed(folder, texts, data, dictionary, policy, **keys)
        assert {one["status"] for one in ended.data["rehearsed"]} == {"done"}, ended.text
        return {name: numbers(result) for name, result in ended.data["results"].items()}

    return rehearse


@pytest.fixture(scope="session")
def cnsim(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Rehearse:
    """DataSHIELD's three simulated studies."""
    folder = tmp_path_factory.mktemp("cnsim")
    dictionary = write_dictionary(folder / "cnsim.toml", "cnsim", CNSIM)
    return _rehearse(folder, CNSIM_ANALYSES, shared / "federations" / "datashield_cnsim", dictionary)


@pytest.fixture(scope="session")
def heart(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Rehearse:
    """The four hospitals of UCI's heart disease data, with the oracles' `disease`: num above 0."""
    folder = tmp_path_factory.mktemp("heart")
    data = folder / "sites"
    data.mkdir()
    for file in (shared / "federations" / "uci_heart").glob("*.parquet"):
        table = pq.read_table(file)
        disease = pc.greater(table["num"], 0).cast(pa.int64())
        pq.write_table(table.append_column("disease", disease), data / file.name)
    dictionary = write_dictionary(folder / "heart.toml", "heart", HEART | {"disease": BINARY})
    return _rehearse(folder, HEART_ANALYSES, data, dictionary)


@pytest.fixture(scope="session")
def breast(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Rehearse:
    """The six centres of TCGA-BRCA: days of follow-up, and whether death ended them."""
    folder = tmp_path_factory.mktemp("breast")
    data = folder / "sites"
    data.mkdir()
    for file in (shared / "federations" / "tcga_brca").glob("*.parquet"):
        table = pq.read_table(file)
        dead = pc.equal(table["E"], 1)
        pq.write_table(table.append_column("dead", dead), data / f"centre-{file.name}")
    dictionary = write_dictionary(folder / "breast.toml", "breast", BREAST)
    return _rehearse(folder, BREAST_ANALYSES, data, dictionary)


@pytest.fixture(scope="session")
def cnsim_evaluation(cnsim: Rehearse) -> dict[str, Numbers]:
    """The three studies at a threshold of 3 and full precision."""
    return cnsim("evaluation")


@pytest.fixture(scope="session")
def heart_evaluation(heart: Rehearse) -> dict[str, Numbers]:
    """The four hospitals at a threshold of 3 and full precision."""
    return heart("evaluation")


@pytest.fixture(scope="session")
def cnsim_standard(cnsim: Rehearse) -> dict[str, Numbers]:
    """The three studies under the standard policy."""
    return cnsim("standard")


@pytest.fixture(scope="session")
def heart_standard(heart: Rehearse) -> dict[str, Numbers]:
    """The four hospitals under the standard policy."""
    return heart("standard")

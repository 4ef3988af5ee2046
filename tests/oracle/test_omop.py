"""Diabetes in OMOP tables, from a query file to an answer: as plain Python and statsmodels have it, pooled.

Under `evaluation`, which enforces thresholds alone: what is hidden or refused is tested elsewhere.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from statistics import fmean, variance
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from fedcli.files.strict import parse_toml
from fedcli.model.dataset import Dictionary
from tests.oracle.omop import DIABETES, DICTIONARY, HBA1C, METFORMIN, Hospital, hospital, write
from tests.oracle.rehearsals import rehearsal
from tests.world import Ended

QUERY = """
schema  = "fedcli/query/1"
title   = "Type 2 diabetes: age and visits at diagnosis, metformin after it"
dataset = "omop"
cohort  = "age >= 18"

[[derive]]
name = "diagnosed"
as   = "first(condition_occurrence where condition_concept_id in (201826, 443238))"

[[derive]]
name   = "age"
as     = "year(diagnosed) - year_of_birth"
bounds = [0, 120]

[[derive]]
name   = "visits"
as     = "count(visit_occurrence within 365 days before diagnosed)"
bounds = [0, 50]

[[derive]]
name   = "hba1c"
as     = "last(measurement.value_as_number where measurement_concept_id = 3004410 up to diagnosed)"
bounds = [3, 20]

[[derive]]
name = "metformin"
as   = "exists(drug_exposure where drug_concept_id = 1503297 from diagnosed)"

[[analysis]]
analytic = "count"

[[analysis]]
analytic = "summary"
columns  = ["age", "visits", "hba1c"]

[[analysis]]
analytic = "crosstab"
by       = ["gender_concept_id", "metformin"]

[[analysis]]
analytic = "glm"
family   = "binomial"
formula  = "metformin ~ age + visits"
"""


@cache
def hospitals() -> tuple[Hospital, ...]:
    """Three, each as its site has it."""
    return tuple(map(hospital, (1, 2, 3)))


@pytest.fixture(scope="module", params=["databases", "folders"])
def ended(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """The rehearsal, of databases or of folders of files."""
    folder = tmp_path_factory.mktemp("omop")
    (folder / "sites").mkdir()
    for at, one in enumerate(hospitals()):
        write(one, folder / "sites" / f"site-{at}{'.duckdb' if request.param == 'databases' else ''}")
    (folder / "q.toml").write_text(QUERY)
    return rehearsal(folder, folder / "q.toml", folder / "sites", DICTIONARY, "evaluation")


@cache
def patients() -> tuple[dict[str, Any], ...]:
    """Who is asked about, with what is asked, person by person."""
    return tuple(one for found in hospitals() for one in _patients(found))


def _patients(found: Hospital) -> list[dict[str, Any]]:
    told = []
    for person in found["person"]:

        def of(table: str, who: int = person["person_id"]) -> list[dict[str, Any]]:
            return [row for row in found[table] if row["person_id"] == who]

        diagnoses = [
            r["condition_start_date"]
            for r in of("condition_occurrence")
            if r["condition_concept_id"] in DIABETES
        ]
        if not diagnoses or min(diagnoses).year - person["year_of_birth"] < 18:
            continue
        day = min(diagnoses)
        year = [day - timedelta(days=back) for back in range(1, 366)]
        tests = sorted(
            (r["measurement_date"], r["value_as_number"])
            for r in of("measurement")
            if r["measurement_concept_id"] == HBA1C
            and r["measurement_date"] <= day
            and r["value_as_number"] is not None
        )
        told.append(
            {
                "gender": person["gender_concept_id"],
                "age": day.year - person["year_of_birth"],
                "visits": sum(r["visit_start_date"] in year for r in of("visit_occurrence")),
                "hba1c": tests[-1][1] if tests else None,
                "metformin": any(
                    r["drug_concept_id"] == METFORMIN and r["drug_exposure_start_date"] >= day
                    for r in of("drug_exposure")
                ),
            }
        )
    return told


def test_how_many_there_are(ended: Ended) -> None:
    """Of all hospitals."""
    assert ended.exit == 0
    assert ended.data["results"]["count"]["scalars"]["n"] == len(patients()) > 500


@pytest.mark.parametrize("name", ["age", "visits", "hba1c"])
def test_means(ended: Ended, name: str) -> None:
    """Of an expression, a count in a window, and the last value up to a day."""
    table = ended.data["results"]["summary"]["tables"]["summary"]
    [row] = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"] if row[0] == name]
    values = [one[name] for one in patients() if one[name] is not None]
    assert (row["n"], row["n_missing"]) == (len(values), len(patients()) - len(values))
    assert row["mean"] == pytest.approx(fmean(values), rel=1e-5)
    assert row["variance"] == pytest.approx(variance(values), rel=1e-4)


def test_a_table(ended: Ended) -> None:
    """Of a level that persons have, and whether a drug was taken after a day."""
    table = ended.data["results"]["crosstab"]["tables"]["counts"]
    found = {(gender, taken): n for gender, taken, n in table["rows"] if gender in (8507, 8532)}
    expected = {
        (gender, taken): sum((one["gender"], one["metformin"]) == (gender, taken) for one in patients())
        for gender in (8507, 8532)
        for taken in (False, True)
    }
    assert found == expected


def test_a_model(ended: Ended) -> None:
    """As statsmodels fits it to the pooled rows."""
    x = np.array([[1.0, one["age"], one["visits"]] for one in patients()])
    y = np.array([float(one["metformin"]) for one in patients()])
    fit = sm.GLM(y, x, family=sm.families.Binomial()).fit(tol=1e-12)
    [table] = [
        one for one in ended.data["results"]["glm"]["tables"].values() if "std_error" in one["columns"]
    ][:1]
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    assert [row["estimate"] for row in rows] == pytest.approx(list(fit.params), rel=1e-4)
    assert [row["std_error"] for row in rows] == pytest.approx(list(fit.bse), rel=1e-4)


def test_the_dictionary() -> None:
    """Each table is of the persons of `person`; ids are read to join, and for nothing else."""
    agreed = Dictionary.read(parse_toml(DICTIONARY.read_bytes(), "omop"), "omop")
    assert agreed.own_table == "person"
    for table in agreed.tables or ():
        columns = agreed.of(table).columns
        ids = {name for name in columns if name.endswith("_id") and not name.endswith("_concept_id")}
        assert ids == {name for name, one in columns.items() if one.sensitivity == "identifier"}
        assert all(one.use == ("group",) for name, one in columns.items() if name.endswith("_concept_id"))

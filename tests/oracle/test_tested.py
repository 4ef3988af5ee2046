"""Tests of association, risk and means over sites, against SciPy, statsmodels and R on the pooled rows.

Rehearsed under the profile `evaluation` at the sites as they are, and at two that rows were dealt to by
chance; NIST's data in exact sums.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

from fedcli.analytics._contract import Analytic
from fedcli.analytics.anova import Anova
from fedcli.analytics.rank_test import RankTest
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import open_source
from fedcli.model.result import Answer
from fedcli.model.vault import Source
from tests.oracle.conftest import BINARY, CNSIM, HEART
from tests.oracle.fits import dictionary_of, split
from tests.oracle.rehearsals import (
    ONE_ROUND,
    Interval,
    Numbers,
    numbers,
    oracle,
    rehearsed,
    write_dictionary,
)

HDL = [1, 1.25, 1.5, 1.75, 2]
ASKED = {
    "cnsim": {
        "diabetes-gender": 'analytic = "association"\nrow = "DIS_DIAB"\ncolumn = "GENDER"',
        "bmi-diabetes": 'analytic = "association"\nrow = "PM_BMI_CATEGORICAL"\ncolumn = "DIS_DIAB"',
        "risk": 'analytic = "risk"\noutcome = "DIS_DIAB"\nexposure = "GENDER"\nstrata = ["study"]',
        "tsc": 'analytic = "t_test"\ncolumn = "LAB_TSC"\nby = "GENDER"',
        "bmi": 'analytic = "t_test"\ncolumn = "PM_BMI_CONTINUOUS"\nby = "DIS_DIAB"',
        "hdl-bmi": 'analytic = "anova"\ncolumn = "LAB_HDL"\nby = "PM_BMI_CATEGORICAL"',
        "hdl-ranks": f'analytic = "rank_test"\ncolumn = "LAB_HDL"\nedges = {HDL}\nby = "GENDER"',
        "hdl-several": 'analytic = "rank_test"\ncolumn = "LAB_HDL"\nby = "PM_BMI_CATEGORICAL"\n'
        f"edges = {HDL}",
        "tsc-study": 'analytic = "anova"\ncolumn = "LAB_TSC"\nby = "study"',
    },
    "heart": {
        "disease-sex": 'analytic = "association"\nrow = "disease"\ncolumn = "sex"',
        "pain-number": 'analytic = "association"\nrow = "cp"\ncolumn = "num"',
        "age": 'analytic = "t_test"\ncolumn = "age"\nby = "disease"',
        "age-site": 'analytic = "anova"\ncolumn = "age"\nby = "site"',
    },
}
FOLDERS = {"cnsim": "datashield_cnsim", "heart": "uci_heart"}
HOSPITALS = '["cleveland", "hungarian", "switzerland", "va"]'
DICTIONARIES = {
    "cnsim": CNSIM | {"study": 'type = "integer"\nlevels = [0, 1, 2]'},
    "heart": HEART | {"disease": BINARY, "site": f'type = "text"\nlevels = {HOSPITALS}'},
}
Answers = dict[tuple[str, str], dict[str, Numbers]]


def _tables(shared: Path, name: str) -> list[pa.Table]:
    """The sites' rows with the oracles' columns: which site, and whether there is any disease."""
    tables = []
    for at, file in enumerate(sorted((shared / "federations" / FOLDERS[name]).glob("*.parquet"))):
        table = pq.read_table(file)
        if name == "heart":
            table = table.append_column("disease", pc.greater(table["num"], 0).cast(pa.int64()))
            tables.append(table.append_column("site", pa.array([file.stem] * table.num_rows)))
        else:
            tables.append(table.append_column("study", pa.array([at] * table.num_rows)))
    return tables


def _dealt(tables: list[pa.Table]) -> list[pa.Table]:
    """All rows dealt to two sites by chance: at more a rare disease would be hidden in some stratum."""
    sites = split(tables, seed=7)
    return [pa.concat_tables(sites[:2]), pa.concat_tables(sites[2:])]


@pytest.fixture(scope="module")
def answers(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Both federations, at the sites as they are and as they are dealt."""
    found: Answers = {}
    for name, analyses in ASKED.items():
        tables = _tables(shared, name)
        for how, sites in {"natural": tables, "dealt": _dealt(tables)}.items():
            folder = tmp_path_factory.mktemp(f"{name}-{how}")
            (folder / "sites").mkdir()
            for at, table in enumerate(sites):
                pq.write_table(table, folder / "sites" / f"site{at}.parquet")
            dictionary = write_dictionary(folder / f"{name}.toml", name, DICTIONARIES[name])
            texts = [f'id = "{key}"\n{text}' for key, text in analyses.items()]
            ended = rehearsed(folder, texts, folder / "sites", dictionary, "evaluation")
            found[name, how] = {key: numbers(one) for key, one in ended.data["results"].items()}
    return found


splits = pytest.mark.parametrize("how", ["natural", "dealt"])


def assert_told(found: Numbers, wanted: Mapping[str, Any], rel: float = ONE_ROUND) -> None:
    """Every wanted number is there, as a number."""
    told = {place: found[place] for place in wanted}
    assert told == pytest.approx(dict(wanted), rel=rel)


def _test(name: str, *figures: float | None) -> dict[str, Any]:
    """A test's figures by their places."""
    return dict(zip((f"tests[{name}].{one}" for one in ("statistic", "df", "p_value")), figures, strict=True))


@splits
@pytest.mark.parametrize(
    ("name", "analysis", "key"),
    [
        ("cnsim", "diabetes-gender", "CNSIM DIS_DIAB x GENDER"),
        ("cnsim", "bmi-diabetes", "CNSIM PM_BMI_CATEGORICAL x DIS_DIAB"),
        ("heart", "disease-sex", "uci_heart disease x sex"),
    ],
)
def test_association(answers: Answers, shared: Path, name: str, analysis: str, key: str, how: str) -> None:
    """Pearson, Yates, Fisher, V and every expected count are SciPy's."""
    told, found = oracle(shared, "crosstabs", key), answers[name, how][analysis]
    wanted = _test("pearson", told["chi2"], told["dof"], told["chi2_p"])
    wanted |= {"cramers_v": told["cramers_v"], "n": int(np.sum(told["counts"]))}
    if "fisher_p" in told:
        wanted |= _test("yates", told["chi2_yates"], 1, told["chi2_yates_p"])
        wanted |= {"tests[fisher].p_value": told["fisher_p"]}
    for row, means in zip(told["rows"], told["expected"], strict=True):
        for column, mean in zip(told["cols"], means, strict=True):
            wanted[f"counts[{float(row):.0f}, {float(column):.0f}].expected"] = mean
    assert_told(found, wanted)


@splits
def test_an_association_with_hidden_counts(answers: Answers, shared: Path, how: str) -> None:
    """At a threshold of three some counts are hidden: every figure is an interval that holds SciPy's."""
    told, found = oracle(shared, "crosstabs", "uci_heart cp x num"), answers["heart", how]["pain-number"]
    wanted = _test("pearson", told["chi2"], told["dof"], told["chi2_p"]) | {"cramers_v": told["cramers_v"]}
    for place, number in wanted.items():
        cell = found[place]
        assert isinstance(cell, Interval), place
        assert cell.holds(number), place
    statistic = found["tests[pearson].statistic"]
    assert isinstance(statistic, Interval)
    assert (statistic.low or 0) > 200


@splits
def test_risk(answers: Answers, shared: Path, how: str) -> None:
    """statsmodels' ratios with their intervals, pooled by study too; SciPy's sample odds ratio."""
    found = answers["cnsim", how]["risk"]
    tables = [_fourfold(one) for one in _tables(shared, "cnsim")]
    whole = Table2x2(sum(tables), shift_zeros=False)
    pooled = StratifiedTable([one.astype(float) for one in tables])
    wanted = _measure("odds_ratio", whole.oddsratio, *whole.oddsratio_confint())
    wanted |= _measure("risk_ratio", whole.riskratio, *whole.riskratio_confint())
    wanted |= _measure("odds_ratio_mh", pooled.oddsratio_pooled, *pooled.oddsratio_pooled_confint())
    wanted |= {"measures[risk_ratio_mh].estimate": pooled.riskratio_pooled}
    for name, adjusted in (("breslow_day", False), ("tarone", True)):
        equal = pooled.test_equal_odds(adjust=adjusted)
        wanted |= _test(name, equal.statistic, len(tables) - 1, equal.pvalue)
    told = oracle(shared, "crosstabs", "CNSIM DIS_DIAB x GENDER")
    assert_told(found, wanted | {"measures[odds_ratio].estimate": told["fisher_or"]})
    for level in (0, 1):
        events, n = (
            sum(table[1 - level, 0] for table in tables),
            sum(table[1 - level].sum() for table in tables),
        )
        mine = [found[f"groups[{study}, {level}].events"] for study in range(3)]
        assert (sum(mine), n) == (events, sum(found[f"groups[{study}, {level}].n"] for study in range(3)))  # type: ignore[arg-type, misc]


@splits
def test_risk_as_r_tells_it(answers: Answers, shared: Path, how: str) -> None:
    """`mantelhaen.test` to ten digits; `fisher.test`, whose root R finds to about five."""
    found = answers["cnsim", how]["risk"]
    told = json.loads((shared / "oracles" / "r_oracles.json").read_text())
    r = told["mantelhaen_CNSIM_DIAB_GENDER_by_study"]
    wanted = _measure("odds_ratio_mh", r["est"], *r["ci"]) | _test("cmh_corrected", r["stat"], 1, r["p"])
    assert_told(found, wanted)
    fisher = told["fisher_CNSIM_DIAB_GENDER"]
    assert_told(found, _measure("odds_ratio_conditional", fisher["cond_mle_or"], *fisher["ci"]), rel=1e-4)


def _measure(name: str, *figures: float) -> dict[str, Any]:
    columns = ("estimate", "conf_low", "conf_high")
    return dict(zip((f"measures[{name}].{one}" for one in columns), figures, strict=True))


def _fourfold(table: pa.Table) -> np.ndarray:
    """Exposed with the event and without it, and others so."""
    sick, exposed = (table[name].to_numpy() == 1 for name in ("DIS_DIAB", "GENDER"))
    return np.array([[(e & sick).sum(), (e & ~sick).sum()] for e in (exposed, ~exposed)])


@splits
@pytest.mark.parametrize(
    ("name", "analysis", "key"),
    [
        ("cnsim", "tsc", "CNSIM LAB_TSC by GENDER 0 vs 1"),
        ("cnsim", "bmi", "CNSIM PM_BMI_CONTINUOUS by DIS_DIAB 0 vs 1"),
        ("heart", "age", "uci_heart age by disease 0 vs 1"),
    ],
)
def test_t_tests(answers: Answers, shared: Path, name: str, analysis: str, key: str, how: str) -> None:
    """Both of SciPy's tests, the groups, and Cohen's d."""
    told, found = oracle(shared, "ttests", key), answers[name, how][analysis]
    wanted = _test("welch", told["welch_t"], told["welch_df"], told["welch_p"])
    wanted |= _test("student", told["pooled_t"], told["pooled_df"], told["pooled_p"])
    wanted |= {f"groups[{level}].{one}": told[one][level] for level in (0, 1) for one in ("n", "mean", "sd")}
    assert_told(found, wanted | {"cohens_d": told["cohen_d"]})


@splits
@pytest.mark.parametrize(
    ("name", "analysis", "key"),
    [
        ("cnsim", "hdl-bmi", "CNSIM LAB_HDL by PM_BMI_CATEGORICAL"),
        ("cnsim", "tsc-study", "CNSIM LAB_TSC by study"),
        ("heart", "age-site", "uci_heart age by site"),
    ],
)
def test_analysis_of_variance(
    answers: Answers, shared: Path, name: str, analysis: str, key: str, how: str
) -> None:
    """SciPy's F, its sums of squares, and statsmodels' Welch."""
    told, found = oracle(shared, "anova", key), answers[name, how][analysis]
    figures = {
        "tests[fisher].statistic": told["F"],
        "tests[fisher].p_value": told["p"],
        "tests[welch].statistic": told["welch_F"],
        "variance[between].sum_of_squares": told["ss_between"],
        "variance[within].sum_of_squares": told["ss_within"],
        "variance[between].df": told["k"] - 1,
        "variance[within].df": told["n"] - told["k"],
        "eta_squared": told["eta2"],
    }
    assert_told(found, figures)


@splits
@pytest.mark.parametrize(("analysis", "by"), [("hdl-ranks", "GENDER"), ("hdl-several", "PM_BMI_CATEGORICAL")])
def test_ranks(answers: Answers, shared: Path, analysis: str, by: str, how: str) -> None:
    """SciPy's tests of which bin each value is in."""
    found = answers["cnsim", how][analysis]
    whole = pa.concat_tables(_tables(shared, "cnsim")).to_pandas()[["LAB_HDL", by]].dropna()
    bins = np.digitize(whole["LAB_HDL"], [*HDL[:-1], np.nextafter(HDL[-1], 3)])  # the last edge is inside
    groups = [bins[whole[by] == level] for level in sorted(whole[by].unique())]
    told = stats.kruskal(*groups)
    assert_told(found, _test("kruskal_wallis", told.statistic, len(groups) - 1, told.pvalue))
    if len(groups) == 2:
        told = stats.mannwhitneyu(*groups, method="asymptotic")
        wanted = {"tests[mann_whitney].statistic": told.statistic, "tests[mann_whitney].p_value": told.pvalue}
        assert_told(found, wanted)


def test_ranks_of_whole_years(shared: Path, tmp_path: Path) -> None:
    """Ages in bins of a year are the ages: the oracles' U, H and p, over four sites in exact sums."""
    known = {
        "age": {"type": "integer", "bounds": [18, 100]},
        "disease": {"type": "integer", "levels": [0, 1]},
        "site": {"type": "text", "levels": ["cleveland", "hungarian", "switzerland", "va"]},
    }
    edges, tables = tuple(range(28, 79)), [one.select(list(known)) for one in _tables(shared, "heart")]
    by_disease = RankTest(column="age", edges=edges, by="disease")
    answer = _exact(by_disease, known, split(tables, seed=3), tmp_path)
    [_, (_, u, _, p)] = answer.tables["tests"].rows
    told = oracle(shared, "ttests", "uci_heart age by disease 0 vs 1")
    assert (u, p) == pytest.approx((told["mannwhitney_u"], told["mannwhitney_p"]), rel=ONE_ROUND)
    answer = _exact(RankTest(column="age", edges=edges, by="site"), known, split(tables, seed=3), tmp_path)
    [(_, h, _, _)] = answer.tables["tests"].rows
    assert h == pytest.approx(oracle(shared, "anova", "uci_heart age by site")["kruskal_h"], rel=ONE_ROUND)


def _exact(asked: Analytic[Any], known: dict[str, Any], tables: list[pa.Table], folder: Path) -> Answer:
    """The answer over sites, in exact sums."""
    dictionary, shapes = dictionary_of(known), []
    asked.check(dictionary)
    for at, site in enumerate(tables):
        pq.write_table(site, folder / f"{at}.parquet")
        source = open_source(Source(kind="parquet", paths=(str(folder / f"{at}.parquet"),)), 500)
        rows = DuckRows(source, dictionary, None, asked.reads())
        shapes.append(asked.local(rows).unseal_for_the_gate()[0])  # type: ignore[attr-defined]
    return asked.answer(reduce(add, shapes))


#: Digits that NIST's certified values are met to; the numbers themselves are stored in 16.
CERTIFIED = {
    "SiRstv": 12,
    "SmLs01": 13,
    "SmLs02": 13,
    "SmLs03": 12,
    "SmLs04": 8,
    "SmLs05": 8,
    "SmLs06": 8,
    "SmLs07": 2,
    "SmLs08": 2,
    "SmLs09": 2,
    "AtmWtAg": 9,
}


@pytest.mark.parametrize("name", CERTIFIED)
def test_nist(shared: Path, tmp_path: Path, name: str) -> None:
    """F and both sums of squares as NIST certifies them, over four sites in exact sums."""
    told = json.loads((shared / "oracles" / "nist_strd.json").read_text())["anova"][name]
    lines = (shared / "nist_strd" / f"scipy_{name}.dat").read_text().splitlines()[60:]
    levels, values = zip(*((int(level), float(value)) for level, value in map(str.split, lines)), strict=True)
    table = pa.table({"level": levels, "value": values})
    known = {
        "level": {"type": "integer", "levels": sorted(set(levels))},
        "value": {"type": "real", "bounds": [0, 2e13]},
    }
    asked = Anova(column="value", by="level")
    answer = _exact(asked, known, split([table], seed=3), tmp_path)
    (f, *_), (between, within) = answer.tables["tests"].rows, answer.tables["variance"].rows
    found = {"F": f[1], "ss_between": between[1], "ss_within": within[1]}
    digits = min(-math.log10(max(abs(found[key] / told[key] - 1), 1e-16)) for key in found)  # type: ignore[operator]
    assert digits >= CERTIFIED[name], digits
    assert (between[2], within[2]) == (told["groups"] - 1, told["n"] - told["groups"])

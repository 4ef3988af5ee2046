"""Results of every analytic: exact, suppressed, rounded and noisy; and one full of an enemy's words."""

from __future__ import annotations

from typing import Any

from fedcli.model.result import Result
from fedcli.model.shown.results import QuestionShown, ResultShown

GAP = {"low": 3, "high": 9}
#: What somebody could write to break out of where it stands.
HOSTILE = (
    "<script>alert(1)</script>",
    '" onload="alert(1)" x=\'',
    "javascript:alert(1)",
    "</style></title><img src=x onerror=alert(1)>",
    "<!-- ]]> -->",
    "&lt;b&gt; &#x3c;",
    "https://evil.example/?q=1",
)


def about(value: float, reach: float) -> dict[str, float]:
    """A number, and how far it may be moved."""
    return {"value": value, "low": value - reach, "high": value + reach}


def table(columns: str, keys: int, *rows: list[Any]) -> dict[str, Any]:
    """A table of an answer."""
    return {"columns": columns.split(), "keys": keys, "rows": list(rows)}


def answer(scalars: dict[str, Any] | None = None, **tables: Any) -> dict[str, Any]:
    """An answer."""
    return {"scalars": scalars or {}, "tables": tables}


SURVIVAL = "sex low high n_risk n_event n_censor survival conf_low conf_high"
INCIDENCE = "sex cause low high n_risk n_event incidence std_error conf_low conf_high"
TERMS = "term estimate std_error statistic p_value conf_low conf_high"

#: Of a training whose last round one site missed.
_SITES = table("site n rounds distance far", 1, ["north", 1402, 2, 0.91, 0], ["south", 1535, 1, None, 0])
#: An answer of each analytic, with a suppressed number where the analytic can have one.
ANSWERS: dict[str, dict[str, Any]] = {
    "count": answer({"n": 3050}),
    "crosstab": answer(
        {"n": {"low": 403, "high": 409}, "n_missing": 0},
        counts=table("smoking count", 1, ["never", 250], ["ex", 150], ["current", GAP]),
    ),
    "histogram": answer(
        {"n": 871},
        counts=table(
            "low high sex count",
            3,
            [None, 40, "female", GAP],
            [None, 40, "male", 91],
            [40, 50.5, "female", 256],
            [40, 50.5, "male", 245],
            [50.5, None, "female", 124],
            [50.5, None, "male", 155],
        ),
    ),
    "quantile": answer(
        {"n": 871},
        quantiles=table("p quantile low high", 1, [0.25, 121.48312, 120, 130], [0.5, GAP, 120, 140]),
    ),
    "site_quantile": answer(
        quantiles=table("p value low high sites", 1, [0.5, 60, 55, 65, 3], [0.75, None, None, None, 0])
    ),
    "summary": answer(
        summary=table(
            "variable n n_missing mean variance sd",
            1,
            ["age", 4103, 0, 61.266167877163056, 170.28821710947494, 13.04945275134076],
            ["bmi", GAP, 12, None, None, None],
        )
    ),
    "association": answer(
        {"n": 409},
        tests=table("test statistic df p_value", 1, ["pearson", 3.2, 2, 0.2], ["fisher", None, None, GAP]),
        counts=table("smoking sex count expected residual", 2, ["never", "f", 250, 240.5, 0.61]),
    ),
    "risk": answer(measures=table("measure estimate conf_low conf_high", 1, ["odds_ratio", GAP, None, None])),
    "t_test": answer(tests=table("test statistic df p_value", 1, ["welch", -2.1, 88.2, 0.038])),
    "anova": answer(
        tests=table("test statistic df1 df2 p_value", 1, ["fisher", 2.5, 2, 97, 0.08]),
        variance=table("source squares df", 1, ["between", 12.5, 2]),
    ),
    "rank_test": answer(groups=table("sex n mean_rank", 1, ["f", 40, 44.5], ["m", 50, GAP])),
    "levene": answer(
        tests=table("test statistic df df_within p_value", 1, ["levene", 2.5, 2, 97, 0.08]),
        groups=table("sex n centre mean_deviation", 1, ["f", 40, 44.5, 3.2], ["m", 50, 45.5, GAP]),
    ),
    "kaplan_meier": answer(
        {"n": 200},
        survival=table(
            SURVIVAL, 3, ["f", 0, 1, 100, 4, 2, 0.96, 0.9, 0.98], ["f", 1, 2, 94, GAP, 2, GAP, None, None]
        ),
        groups=table("sex n n_event median_low", 1, ["f", 100, GAP, None]),
    ),
    "cumulative_incidence": answer(
        {"n": 200},
        incidence=table(
            INCIDENCE,
            4,
            *(
                [sex, cause, low, low + 1, 100, n, told, error, low_end, high_end]
                for sex in "fm"
                for cause in ("died", "left")
                for low, n, told, error, low_end, high_end in (
                    (0, 4, 0.04, 0.0196, 0.014, 0.09),
                    (1, GAP, GAP, None, None, None),
                )
            ),
        ),
        survival=table(SURVIVAL, 3, ["f", 0, 1, 100, 4, 2, 0.96, 0.9, 0.98]),
        tests=table("cause chi_squared df p", 1, ["died", 2.5, 1, 0.11], ["left", None, None, None]),
    ),
    "cox": answer(
        {"n": 1083, "events": 151, "converged": 1, "iterations": 5, "log_likelihood": -623.684876},
        coefficients=table(TERMS, 1, ["age", 0.030266, 0.0062993, 4.8046, 1.6e-6, 0.01792, 0.042613]),
        hazard_ratios=table("term hazard_ratio conf_low conf_high", 1, ["age", 1.030729, 1.01808, 1.043533]),
        tests=table("term df statistic p_value", 1, ["age", 1, 23.084, 1.6e-6]),
    ),
    "piecewise": answer(
        {"n": 1083, "events": 151, "converged": 1, "iterations": 5, "log_likelihood": -1523.684876},
        coefficients=table(TERMS, 1, ["age", 0.030266, 0.0062993, 4.8046, 1.6e-6, 0.01792, 0.042613]),
        hazard_ratios=table("term hazard_ratio conf_low conf_high", 1, ["age", 1.030729, 1.01808, 1.043533]),
        baseline=table(
            "low high events time hazard conf_low conf_high",
            1,
            [0, 365, 70, 301234.5, 0.000041, 0.0000202, 0.0000832],
            [365, None, 81, 400123.5, None, None, None],
        ),
    ),
    "proportional": answer(
        {"n": 1083, "events": 151, "converged": 1, "iterations": 5},
        tests=table("term chi_squared df p", 1, ["age", 5.97398, 1, 0.0145185], ["GLOBAL", None, None, None]),
    ),
    "multinomial": answer(
        {"n": 2739, "converged": 1, "iterations": 6, "lr_statistic": 41.52, "lr_df": 4},
        coefficients=table(
            f"level {TERMS}",
            2,
            ["ex", "(Intercept)", -1.2, 0.21, -5.71, 1.1e-8, -1.61, -0.79],
            ["ex", "age", 0.021, 0.0039, 5.38, 7.3e-8, 0.0134, 0.0286],
            ["current", "(Intercept)", 0.4, None, None, None, None, None],
            ["current", "age", None, None, None, None, None, None],
        ),
        tests=table("term df statistic p_value", 1, ["age", 2, 38.9, 3.6e-9], ["sex", 2, None, None]),
    ),
    "random_intercept": answer(
        {"n": 702, "sites": 4, "variance_between": 12.4, "variance_within": 261.3, "icc": 0.0453},
        coefficients=table(
            TERMS,
            1,
            ["(Intercept)", 98.2, 3.1, 31.7, 0.0, 92.1, 104.3],
            ["age", 0.48, 0.02, 24.0, 0.0, 0.44, 0.52],
        ),
        tests=table("term df statistic p_value", 1, ["age", 1, None, None]),
    ),
    "imputed": answer(
        {"n": 2937, "imputations": 10, "iterations": 6, "converged": 1},
        coefficients=table(
            f"{TERMS} df riv fmi",
            1,
            ["(Intercept)", -6.1, 0.4, -15.2, 0.0, -6.9, -5.3, 2100.5, 0.012, 0.0131],
            ["bmi", 0.081, 0.012, 6.75, 2e-11, 0.0575, 0.1045, 212.7, 0.241, 0.2017],
        ),
        tests=table("term df statistic p_value df_denominator", 1, ["bmi", 1, None, None, None]),
    ),
    "logistic": answer(
        {"n": 2937, "iterations": 6, "converged": 1, "loss": 1620.33},
        coefficients=table(
            "term estimate standardised", 1, ["(Intercept)", -6.1, None], ["age", 0.0391, 0.5214]
        ),
    ),
    "fedavg": answer(
        {"n": 2937, "iterations": 2, "converged": 0, "loss": 0.6123},
        coefficients=table(
            "term estimate standardised", 1, ["(Intercept)", -6.1, None], ["age", 0.0391, 0.5214]
        ),
        rounds=table("round loss moved sites", 1, [1, 0.6931, 0.3145, 2], [2, 0.6123, 0.1202, 1]),
        sites=table(
            "site n rounds distance far", 1, ["north", 1402, 2, 0.91, 0], ["south", 1535, 1, None, 0]
        ),
    ),
    "network": answer(
        {"n": 2937, "iterations": 2, "converged": 0, "loss": 0.6123},
        weights=table(
            "layer unit input weight",
            3,
            [1, 1, "age", 0.81],
            [1, 1, "(bias)", -0.2],
            [2, 1, "1", 1.3],
            [2, 1, "(bias)", 0.05],
        ),
        inputs=table("term centre scale", 1, ["age", 52.1, 14.8]),
        rounds=table("round loss moved sites", 1, [1, 0.6931, 0.3145, 2], [2, 0.6123, 0.1202, 1]),
        sites=table(
            "site n rounds distance far", 1, ["north", 1402, 2, 0.91, 0], ["south", 1535, 1, None, 0]
        ),
    ),
    "k_means": answer(
        {"n": 200, "inertia": 12.5, "rounds": 7, "still": 1, "moved": 0.0},
        clusters=table("cluster n", 1, [1, 120], [2, 80]),
        centres=table(
            "cluster column centre mean sd",
            2,
            [1, "age", 41.5, 41.5, 6.25],
            [1, "bmi", 24.5, 24.5, 2.75],
            [2, "age", 68.25, 68.25, 7.5],
            [2, "bmi", 29.5, 29.5, 3.25],
        ),
    ),
    "random_forest": answer(
        {"n": 200, "trees": 1, "rounds": 1},
        nodes=table(
            "tree node column level edge left right n second gain value",
            4,
            [0, 0, "sex", "m", None, 1, 2, 200, 60, 2.5, None],
            [0, 1, "-", "-", None, None, None, 90, 15, None, 0.1667],
            [0, 2, "-", "-", None, None, None, 110, 45, None, 0.4091],
        ),
        importance=table("column gain", 1, ["age", 0.0], ["sex", 2.5]),
    ),
    "fedcox": answer(
        {"n": 2937, "iterations": 2, "converged": 0, "loss": 1.2104},
        coefficients=table("term estimate standardised", 1, ["age", 0.0391, 0.5214]),
        rounds=table("round loss moved sites", 1, [1, 1.3022, 0.3145, 2], [2, 1.2104, 0.1202, 1]),
        sites=table(
            "site n rounds distance far", 1, ["north", 1402, 2, 0.91, 0], ["south", 1535, 1, None, 0]
        ),
    ),
    "boosted_trees": answer(
        {"n": 200, "trees": 1, "rounds": 2, "loss": 0.5},
        nodes=table(
            "tree node column level edge left right n second gain value",
            4,
            [0, 0, "age", "-", 50, 1, 2, 200, 60, 12.5, None],
            [0, 1, "-", "-", None, None, None, 90, 15, None, -0.05],
            [0, 2, "-", "-", None, None, None, 110, 45, None, 0.04],
        ),
        importance=table("column gain", 1, ["age", 12.5], ["sex", 0.0]),
    ),
    "naive_bayes": answer(
        classes=table("diabetes n prior", 1, [False, 1994, 0.6789], [True, 943, 0.3211]),
        columns=table(
            "diabetes variable mean variance",
            2,
            [False, "age", 58.1, 171.2],
            [True, "age", None, None],
        ),
    ),
    "gee": answer(
        {"n": 7905, "persons": 2937, "converged": 1, "iterations": 6, "correlation": 0.41, "dispersion": 1.0},
        coefficients=table(
            TERMS,
            1,
            ["(Intercept)", -6.1, 0.4, -15.2, 0.0, -6.9, -5.3],
            ["age", 0.04, 0.01, 4.0, 6e-5, 0.02, 0.06],
        ),
        tests=table("term df statistic p_value", 1, ["age", 1, None, None]),
    ),
    "penalised": answer(
        {"n": 702},
        coefficients=table("penalty term estimate", 2, [0.1, "(Intercept)", 83.17], [0.1, "age", 0.4779]),
        fits=table("penalty nonzero r_squared", 1, [0.1, 1, 0.2507]),
    ),
    "validation": answer(
        {"n": 702, "n_missing": 0, "events": 211, "prevalence": 0.3005698, "auc": 0.75, "brier": None},
        calibration=table("low high n events observed predicted", 2, [0.0, 0.25, 400, 50, 0.125, 0.125]),
        thresholds=table(
            "threshold selected net_benefit net_benefit_all",
            1,
            [0.25, 0.4302, None, 0.0674],
            [0.5, 0.2137, 0.0821, -0.3989],
        ),
        groups=table(
            "sex n auc selected sensitivity false_positive_rate ppv",
            1,
            ["female", 380, 0.74, 0.41, 0.62, 0.33, 0.48],
            ["male", 322, None, 0.45, None, 0.35, 0.51],
        ),
    ),
    "total": answer(totals=table("variable n n_missing total", 1, ["age", 4103, 0, 251375.08680199])),
    "correlation": answer(
        {"n": 702}, correlations=table("one other r", 2, ["age", "bmi", -0.1234567], ["age", "sbp", None])
    ),
    "table_one": answer(
        groups=table("arm n", 1, [False, 6697], [True, 2729]),
        numbers=table(
            "variable arm n n_missing mean sd",
            2,
            ["age", False, 6690, 7, 59.0727, 13.0125],
            ["age", True, 2720, 9, 65.32795, 12.37897],
        ),
        levels=table(
            "variable level arm count proportion",
            3,
            ["sex", "f", False, 3453, 0.515603],
            ["sex", "f", True, 1315, 0.481862],
            ["sex", "m", False, 3244, 0.484397],
            ["sex", "m", True, GAP, {"low": 0.4, "high": 0.51}],
        ),
        values=table("variable arm n n_missing", 2, ["sex", False, 6697, 0], ["sex", True, 2729, 0]),
        differences=table("variable arm smd", 2, ["age", True, 0.492547], ["sex", True, GAP]),
    ),
    "missingness": answer(
        {"n": {"low": 446, "high": 455}, "complete": 380, "complete_percent": GAP, "monotone": 0},
        missing=table("column missing percent", 1, ["bmi", {"low": 40, "high": 49}, GAP], ["sbp", 46, 10.2]),
        patterns=table(
            "bmi sbp count percent",
            2,
            ["present", "present", 380, 84.1],
            ["present", "missing", 26, 5.8],
            ["missing", "present", 20, 4.4],
            ["missing", "missing", GAP, GAP],
        ),
    ),
    "life_table": answer(
        {"n": 3911, "n_missing": 4},
        survival=table(
            SURVIVAL,
            3,
            ["f", 0, 45, 3690, 24, 370, 0.993121, 0.974312, 0.998211],
            ["f", 45, 50, 3290, 58, 242, 0.975019, 0.956812, 0.985634],
            ["m", 0, 45, 3680, GAP, 390, {"low": 0.95928, "high": 0.98406}, None, None],
            ["m", 45, 50, {"low": 3281, "high": 3287}, 69, 269, {"low": 0.9, "high": 0.97}, None, None],
        ),
    ),
    "glm": answer(
        {"n": 7905, "persons": 2937, "converged": 1, "collinear": 0, "iterations": 4, "aic": 8678.634},
        coefficients=table(
            TERMS,
            1,
            ["(Intercept)", -6.7665, 0.41671, -16.238, 2.7e-59, -7.5832, -5.9497],
            ["age", 0.038897, 0.0039155, 9.9341, 3.0e-23, 0.031223, 0.046571],
            ["smokingex", None, None, None, None, None, None],
        ),
    ),
}
#: A model whose coefficients are no logarithms, and numbers that are rounded, or have noise.
LINEAR = answer(
    {"n": 6580, "sigma": 11.69},
    coefficients=table(
        TERMS,
        1,
        ["(Intercept)", 135.1, 23.98, 5.64, 1.8e-8, 88.265, 182.29],
        ["age", about(0.39478, 0.28), 0.1286, 3.0699, 0.0021, 0.14269, 0.64687],
    ),
)
ABOUT = answer(
    {"n": about(3059, 11)},
    counts=table("diabetes smoking count", 2, *([d, s, about(383, 15)] for d in (False, True) for s in "ab")),
)
NOISE = {
    "mechanism": "discrete-gaussian",
    "rho": "0.1",
    "scale": 4.5,
    "steps": 1,
    "contribution": {"rows": 1, "cells": 1},
}


def result(*analyses: dict[str, Any], **fields: Any) -> Result:
    """A result of some analyses, by default one of each analytic."""
    site = {"site": "north", "status": "released", "release": "a" * 64, "policy": "b" * 64}
    site |= {"policy_name": "standard", "snapshot": "s-1234", "questions": 3, "scalars": 40}
    whole: dict[str, Any] = {
        "schema": "fedcli/result/1",
        "maturity": "live",
        "federation": "cardio-net",
        "query": "0" * 64,
        "title": "Everything at once",
        "dataset": "cohort",
        "unit": "person",
        "status": "done",
        "rounds": 1,
        "sites": [site],
        "analyses": list(analyses or (analysis(name) for name in ANSWERS)),
        "issued": "2026-11-22T09:00:00Z",
    }
    return Result.read(whole | fields, "test")


def analysis(analytic: str, told: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """An analysis, by default with the answer of its analytic."""
    named = {"id": analytic.replace("_", "-"), "analytic": analytic, "version": 1, "sites": ["north"]}
    return named | {"answer": told or ANSWERS[analytic]} | fields


def hostile() -> ResultShown:
    """A result in which everything that somebody can word is worded by an enemy."""
    words = " ".join(HOSTILE)
    counts = table("smoking count", 1, *([one, 10 * place] for place, one in enumerate(HOSTILE, 1)))
    crossed = table("a b count", 2, *([one, two, 11] for one in HOSTILE for two in HOSTILE))
    times = [[one, 0, 45, 369, 24, 37, 0.99, 0.97, 0.995] for one in HOSTILE[:5]]
    terms = table(TERMS, 1, *([one, 0.5, 0.1, 5.0, 0.01, 0.3, 0.7] for one in HOSTILE))
    sites = [
        {"site": "north", "status": "released", "release": "a" * 64, "policy": "b" * 64, "snapshot": "s-1"},
        {"site": "south", "status": "withdrawn", "release": None, "reason": words},
        {"site": "east", "status": "refused", "refusals": {"n": "D-REFUSED"}},
    ]
    made = result(
        analysis("crosstab", answer(counts=counts)),
        analysis("crosstab", answer(counts=crossed), id="crossed"),
        analysis("life_table", answer(survival=table(SURVIVAL, 3, *times))),
        analysis("glm", answer({"n": 9}, coefficients=terms)),
        title=words,
        status="partial",
        sites=[{key: value for key, value in one.items() if value is not None} for one in sites],
        audit={"audited": True, "hidden": 3, "narrowed": [{"analysis": "n", "cell": words}]},
    )
    asked = QuestionShown(
        description=f"{words}\n{words}",
        project="p",
        purpose="DUO:0000006",
        researcher="ana",
        cohort=f"a = '{words}'",
        analyses={"glm": {"formula": words}},
    )
    return ResultShown(result=made, question=asked, withdrawn={"north": words + "\u202egnp"})

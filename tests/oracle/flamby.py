"""Patients of two federations, some of whom are held back, and models that sites train of the others.

FLamby (Ogier du Terrail et al. 2022) has four hospitals of heart disease (UCI 45; accuracy) and six centres
of TCGA-BRCA (survival; Harrell's C). `bench.flamby` says which patients, columns and steps, and why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from statsmodels.duration.hazard_regression import PHReg

from fedcli.analytics import parse
from fedcli.analytics._contract import Iterative
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import open_source
from fedcli.engine.room import Room
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Disclosure
from fedcli.model.result import Answer
from fedcli.model.vault import Source
from fedcli.policy.gate import gate
from fedcli.policy.profiles import profile
from fedcli.statistics.rounding import known
from fedcli.statistics.shape import Shape
from fedcli.workflows.trial import analysis

#: Of our strategies the names in FLamby's results.
STRATEGIES = {
    "fedavg": "FedAvg100",
    "fedprox": "FedProx100",
    "scaffold": "Scaffold100",
    "fedadam": "FedAdam100",
    "fedyogi": "FedYogi100",
}
#: Steps of a site in a round, and how long one is.
EPOCHS, RATE = 100, 0.1
#: How many patients of a hospital are held back.
HELD = {"cleveland": 104, "hungarian": 89, "switzerland": 16, "va": 45}

MEGABYTES, ROOM = 500, 10**8
Rows = Mapping[str, Any]


class Study(NamedTuple):
    """Patients of each site to train on, and those that are held back; and how a model of them is asked.

    `columns` are of the model, which `trained` is; `exact` has the same model, fitted as the rows together.
    """

    name: str
    dictionary: Dictionary
    sites: list[dict[str, Any]]
    unseen: dict[str, Any]
    columns: tuple[str, ...]
    trained: str
    exact: str
    asked: dict[str, Any]
    rounds: int


def _dictionary(name: str, columns: dict[str, Any]) -> Dictionary:
    meant = {"schema": "fedcli/dictionary/1", "dataset": name, "unit": "row", "columns": columns}
    return Dictionary.read(meant, "a bench")


def _real(low: float, high: float) -> dict[str, Any]:
    return {"type": "real", "bounds": [low, high]}


_FLAG: dict[str, Any] = {"type": "boolean"}
HEART: dict[str, Any] = {
    "age": _real(0, 110),
    "pain": {"type": "integer", "levels": [1, 2, 3, 4]},
    "rate": _real(0, 250),
    "angina": _FLAG,
    "depression": _real(-5, 10),
    "man": _FLAG,
    "pressure": _real(0, 300),
    "cholesterol": _real(0, 700),
    "sugar": _FLAG,
    "ecg": {"type": "integer", "levels": [0, 1, 2]},
    "ill": _FLAG,
}


def heart(data: Path, seed: int, rules: str) -> Study:
    """Heart disease, with the patients of one split held back."""
    parts = []
    for at, (site, held) in enumerate(HELD.items()):
        frame = pd.read_parquet(data / "federations" / "uci_heart" / f"{site}.parquet")
        frame = frame.drop(columns=["slope", "ca", "thal"]).dropna()  # as FLamby: hardly anybody has these
        order = np.random.default_rng([seed, at]).permutation(len(frame))
        parts.append((frame.iloc[order[held:]], frame.iloc[order[:held]]))
    columns = tuple(HEART)[: 5 if rules != "none" else -1]
    asked = {"family": "binomial", "formula": f"ill ~ {' + '.join(columns)}"}
    return Study(
        "heart disease",
        _dictionary("heart", HEART),
        [_hearts(known) for known, _ in parts],
        _hearts(pd.concat([unseen for _, unseen in parts])),
        columns,
        "fedavg",
        "logistic",
        asked,
        15,
    )


def _hearts(frame: pd.DataFrame) -> dict[str, Any]:
    told = {
        "age": frame["age"],
        "pain": frame["cp"].astype(int),
        "rate": frame["thalach"],
        "angina": frame["exang"] == 1,
        "depression": frame["oldpeak"],
        "man": frame["sex"] == 1,
        "pressure": frame["trestbps"],
        "cholesterol": frame["chol"],
        "sugar": frame["fbs"] == 1,
        "ecg": frame["restecg"].astype(int),
        "ill": frame["num"] > 0,
    }
    return {name: column.to_numpy() for name, column in told.items()}


def breast(data: Path, seed: int, rules: str) -> Study:
    """TCGA-BRCA, with the patients held back that FLamby holds back."""
    del seed
    files = sorted((data / "federations" / "tcga_brca").glob("*.parquet"))
    frames = [pd.read_parquet(file) for file in files]
    theirs = list(frames[0].columns[1:40])
    names = {one: f"c{at:02}" for at, one in enumerate(theirs)}
    names |= {theirs[0]: "age", "treatment_or_therapy_yes": "therapy", "T": "days", "E": "dead"}
    meant = {names[one]: _real(0, 110) if one == theirs[0] else _FLAG for one in theirs}
    meant |= {"days": _real(0, 9000), "dead": _FLAG}

    def told(frame: pd.DataFrame) -> dict[str, Any]:
        own = {name: frame[one].to_numpy(float) for one, name in names.items()}
        return {name: row == 1 if meant[name] == _FLAG else row for name, row in own.items()}

    columns = ("age", "therapy") if rules != "none" else tuple(names[one] for one in theirs)
    return Study(
        "TCGA-BRCA",
        _dictionary("breast", meant),
        [told(frame[frame["split"] == "train"]) for frame in frames],
        told(pd.concat([frame[frame["split"] == "test"] for frame in frames])),
        columns,
        "fedcox",
        "cox",
        {"time": "days", "event": "dead", "formula": " + ".join(columns)},
        6,
    )


class Fit(NamedTuple):
    """The coefficients of a released answer by their terms, and the places of the sites that it is of."""

    terms: dict[str, float]
    sites: tuple[int, ...]


class Hall:
    """The sites of a study, opened."""

    def __init__(self, study: Study, where: Path) -> None:
        self.study = study
        self._opened = []
        for at, rows in enumerate(study.sites):
            path = where / f"{study.trained}-{at}.parquet"
            pq.write_table(pa.table(rows), path)
            self._opened.append(open_source(Source(kind="parquet", paths=(str(path),)), MEGABYTES))

    def trained(self, strategy: str, rules: str) -> Fit | None:
        """A model that sites train."""
        more = {"strategy": strategy, "rounds": self.study.rounds, "epochs": EPOCHS, "learning_rate": RATE}
        return self._fit(self.study.trained, rules, **more)

    def exactly(self, rules: str) -> Fit | None:
        """The model that is fitted in exact sums."""
        return self._fit(self.study.exact, rules)

    def _fit(self, name: str, rules: str, **more: Any) -> Fit | None:
        told = {
            one: value for one, value in self.study.asked.items() if name != "logistic" or one != "family"
        }
        asked = parse(analysis(self.study.dictionary, name, **told, **more), "a bench")
        assert isinstance(asked, Iterative)
        rows = [DuckRows(one, self.study.dictionary, None, asked.reads(), Room(ROOM)) for one in self._opened]
        judging = None if rules == "none" else profile(rules).disclosure
        state, going = None, tuple(range(len(rows)))
        while True:
            heard = {at: self._told(asked, rows[at], state, judging) for at in going}
            answered = tuple(at for at, one in heard.items() if one is not None)
            if not answered or (state is not None and answered != going):
                return None  # nobody, or somebody who stopped: an approved query is given up there
            whole = reduce(add, (one.by(f"site-{at}") for at, one in heard.items() if one is not None))
            state, going = asked.step(state, whole), answered
            if asked.finished(state):
                return _read(asked.answer_at(state, whole), going)

    def _told(
        self, asked: Iterative[Any, Any], rows: DuckRows, state: Any, rules: Disclosure | None
    ) -> Shape | None:
        """What a site lets out; nothing where it refuses."""
        exact: Any = asked.local_at(rows, state)
        if rules is None:
            shape: Shape = exact.unseal_for_the_gate()[0]
            return shape
        released = gate(exact, rules).released
        if released is None:
            return None
        answered = released.answered
        outline = asked.outline_at(self.study.dictionary, state)
        return known(outline.having(answered.cells, answered.digits), answered.rounding)


def _read(answer: Answer, sites: tuple[int, ...]) -> Fit | None:
    table = answer.tables["coefficients"]
    at = table.columns.index("estimate")
    known_ = {str(row[0]): row[at] for row in table.rows}
    if None in known_.values():
        return None
    return Fit({name: float(getattr(one, "value", one)) for name, one in known_.items()}, sites)  # type: ignore[arg-type]


def design(rows: Rows, terms: Mapping[str, float]) -> Any:
    """The columns of some terms: numbers as they are, flags and levels as 0 and 1."""

    def column(term: str) -> Any:
        if term == "(Intercept)":
            return np.ones(len(rows["age"]))
        if term in rows:
            return rows[term].astype(float)
        name = max((one for one in rows if term.startswith(one)), key=len)
        level = term[len(name) :]
        return (rows[name] == (level == "TRUE" if level == "TRUE" else int(level))).astype(float)

    return np.column_stack([column(term) for term in terms])


def score(study: Study, fit: Fit) -> float:
    """Of the patients that were held back, at all sites: accuracy, or Harrell's C."""
    risk = design(study.unseen, fit.terms) @ np.array(list(fit.terms.values()))
    if study.trained == "fedavg":
        return float(((risk > 0) == study.unseen["ill"]).mean())
    return concordance(study.unseen["days"], study.unseen["dead"], risk)


def concordance(time: Any, event: Any, risk: Any) -> float:
    """Harrell's C: of pairs of whom one is known to have died first, in how many her risk is the greater."""
    right, pairs = 0.0, 0
    for at in np.flatnonzero(event):
        others = (time > time[at]) | ((time == time[at]) & ~event)
        right += float((risk[at] > risk[others]).sum()) + float((risk[at] == risk[others]).sum()) / 2
        pairs += int(others.sum())
    return right / pairs


def pooled(study: Study, fit: Fit) -> dict[str, float]:
    """The same model by others, of the rows of the sites that answered, laid together."""
    rows = {name: np.concatenate([study.sites[at][name] for at in fit.sites]) for name in study.sites[0]}
    x = design(rows, {name: 0.0 for name in fit.terms if name != "(Intercept)"})
    if study.trained == "fedavg":
        model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000))
        scaler, line = (one for _, one in model.fit(x, rows["ill"]).steps)
        slopes = line.coef_[0] / scaler.scale_
        found = [float(line.intercept_[0] - slopes @ scaler.mean_), *map(float, slopes)]
        return dict(zip(fit.terms, found, strict=True))
    strata = np.repeat(fit.sites, [len(study.sites[at]["age"]) for at in fit.sites])
    model = PHReg(rows["days"], x, status=rows["dead"].astype(int), strata=strata, ties="efron")
    return dict(zip(fit.terms, map(float, model.fit(tol=1e-12).params), strict=True))


def published(data: Path) -> dict[str, dict[str, tuple[float, float]]]:
    """Of both studies what each of our strategies comes to in FLamby, over all patients held back."""
    told = json.loads((data / "oracles" / "published_flamby.json").read_text())

    def of(name: str) -> dict[str, tuple[float, float]]:
        rows = {ours: told[name][f"{theirs}|Pooled Test"] for ours, theirs in STRATEGIES.items()}
        return {ours: (row["mean"], row["sd"]) for ours, row in rows.items()}

    return {"heart disease": of("heart_disease"), "TCGA-BRCA": of("tcga_brca")}

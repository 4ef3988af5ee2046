"""Fits over sites in exact sums, and how they are held against a fit of the pooled rows."""

from __future__ import annotations

import random
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fedcli.analytics._contract import Iterative
from fedcli.analytics.glm import Glm
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import open_source
from fedcli.model.dataset import Dictionary
from fedcli.model.result import Answer
from fedcli.model.vault import Source


class Model(NamedTuple):
    """A model of an oracle: the federation, the key of the oracle, how it is asked, and its terms' names."""

    data: str
    oracle: str
    family: str
    formula: str
    terms: dict[str, str] = {}
    link: str | None = None
    errors: str | None = None


def dictionary_of(columns: dict[str, Any]) -> Dictionary:
    """A dictionary of rows with some columns."""
    return Dictionary.read({"schema": "fedcli/dictionary/1", "dataset": "d", "columns": columns}, "a test")


def split(tables: list[pa.Table], seed: int) -> list[pa.Table]:
    """All rows, dealt to four sites by chance."""
    whole = pa.concat_tables([one.unify_dictionaries() for one in tables], promote_options="permissive")
    dealt = random.Random(seed)
    place = pa.array([dealt.randrange(4) for _ in range(whole.num_rows)])
    return [whole.filter(pc.equal(place, at)) for at in range(4)]


def fitted(model: Model, dictionary: Dictionary, tables: list[pa.Table], folder: Path, **more: Any) -> Answer:
    """The fit over sites, round after round, in exact sums."""
    told = {"link": model.link, "errors": model.errors}
    asked = {name: value for name, value in told.items() if value is not None} | more
    return converged(
        Glm.read({"family": model.family, "formula": model.formula, **asked}, "a test"),
        dictionary,
        tables,
        folder,
    )


def first_step(
    model: Model, dictionary: Dictionary, table: pa.Table, folder: Path, **asked: Any
) -> dict[str, Any]:
    """What a site tells before anybody knows a coefficient."""
    told = {"family": model.family, "formula": model.formula, **asked}
    glm = Glm.read(told, "a test").resolved(dictionary, "a test")
    path = folder / "alone.parquet"
    pq.write_table(table, path)
    source = open_source(Source(kind="parquet", paths=(str(path),)), 500)
    rows = DuckRows(source, dictionary, None, glm.reads())
    return dict(glm.local_at(rows, None).unseal_for_the_gate()[0].cells)  # type: ignore[attr-defined]


def converged(
    asked: Iterative[Any, Any], dictionary: Dictionary, tables: list[pa.Table], folder: Path
) -> Answer:
    """The answer over sites after as many rounds as it takes."""
    model = asked.resolved(dictionary, "a test")
    model.check(dictionary)
    rows = []
    for at, table in enumerate(tables):
        path = folder / f"{at}.parquet"
        pq.write_table(table, path)
        source = open_source(Source(kind="parquet", paths=(str(path),)), 500)
        rows.append(DuckRows(source, dictionary, None, model.reads()))
    state = None
    while True:
        total = reduce(add, [model.local_at(one, state).unseal_for_the_gate()[0] for one in rows])  # type: ignore[attr-defined]
        state = model.step(state, total)
        if model.finished(state):
            return model.answer_at(state, total)


def assert_same(answer: Answer, oracle: dict[str, Any], model: Model, quantiles: bool = True) -> None:
    """The pooled fit: coefficients to 1e-8, standard errors to 1e-7.

    Without `quantiles` the oracle's are normal, where R's are of Student's distribution.
    """
    names = {"(Intercept)": "Intercept"} | model.terms
    place = {frozenset(term.split(":")): at for at, term in enumerate(oracle["terms"])}
    rows = answer.tables["coefficients"].rows
    assert len(rows) == len(oracle["terms"])
    for term, estimate, error, statistic, p, low, high in rows:
        at = place[frozenset(names.get(one, one) for one in str(term).split(":"))]
        assert estimate == pytest.approx(oracle["coef"][at], rel=1e-8), term
        assert error == pytest.approx(oracle["se"][at], rel=1e-7), term
        if not quantiles:
            continue
        assert statistic == pytest.approx(oracle["stat"][at], rel=1e-6), term
        assert p == pytest.approx(oracle["p"][at], rel=1e-5, abs=1e-300), term
        assert (low, high) == (
            pytest.approx(oracle["ci_lo"][at], rel=1e-6),
            pytest.approx(oracle["ci_hi"][at], rel=1e-6),
        )
    scalars = answer.scalars
    assert (scalars["n"], scalars["converged"]) == (oracle["n"], 1)
    for ours, theirs in {
        "deviance": "deviance",
        "null_deviance": "null_deviance",
        "log_likelihood": "llf",
    }.items():
        if theirs in oracle:
            assert scalars[ours] == pytest.approx(oracle[theirs], rel=1e-9), ours

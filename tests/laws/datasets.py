"""Random datasets: dictionaries, rows that keep to them, parameters, cohorts, and splits into sites."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any

import annotated_types
from hypothesis import assume
from hypothesis import strategies as st
from pydantic import ValidationError

from fedcli.analytics._contract import Analytic, As
from fedcli.errors import FedcliError
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Contribution
from fedcli.model.predicate import Column, Comparison, Constant, Missing, Not, Predicate
from fedcli.model.scoring import Grove, Layered

Row = dict[str, Any]
SCALE = 1000.0


#: Fields of analytics in which everybody has one row: of hazards, of levels, of sites that differ by chance.
_ONCE = {"ties", "reference", "method", "imputations", "c", "strategy"}


@dataclass(frozen=True)
class Case:
    """One question about one dataset; `doubles` are integer columns that are stored as doubles."""

    dictionary: Dictionary
    rows: tuple[Row, ...]
    doubles: frozenset[str]
    analytic: Analytic[Any]
    cohort: Predicate | None

    def having(self, rows: list[Row]) -> Case:
        """The same question about other rows."""
        return replace(self, rows=tuple(rows))


_COLUMNS: dict[str, dict[str, Any]] = {
    "x": {"type": "real", "missing": [-999.0]},
    "y": {"type": "integer"},
    "k": {"type": "integer", "levels": [1, 2, 3], "missing": [9]},
    "b": {"type": "integer", "levels": [0, 1]},
    "t": {"type": "text", "levels": ["a", "it's", "ü"], "missing": ["?", ""]},
    "f": {"type": "boolean"},
    "w": {"type": "real", "missing": [-1.0]},
    "u": {"type": "real"},
}
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "x": st.one_of(
        st.integers(-100, 100).map(float),
        st.floats(-SCALE, SCALE).map(lambda x: round(x, 3)).filter(lambda x: x != -999.0),
        st.sampled_from([None, math.nan, math.inf, -999.0]),
    ),
    "y": st.one_of(st.integers(-20, 20), st.just(0), st.none()),
    "k": st.sampled_from([1, 2, 3, 9, None]),
    "b": st.sampled_from([0, 1, 1, None]),
    "t": st.sampled_from(["a", "a", "it's", "ü", "?", "", None]),
    "f": st.sampled_from([True, False, None]),
    "w": st.sampled_from([0.0, 0.5, 1.0, 3.0, 7.0, -1.0, math.nan, None]),
    "u": st.sampled_from([0.25, 1.0, 1.5, 4.0, 60.0, None]),
}
_BOUNDS = {"x": [-SCALE, SCALE], "y": [-20, 20], "w": [0, 8], "u": [0.1, 100]}


@cache
def dictionary_of(unit: str, bounded: bool, max_rows: int | None) -> Dictionary:
    """The dictionary of a dataset of rows, of persons, or of persons' visits."""
    columns = {name: dict(column) for name, column in _COLUMNS.items()}
    for name in _BOUNDS if bounded else ():
        columns[name]["bounds"] = _BOUNDS[name]
    keys = {name: {"type": "text", "sensitivity": "identifier"} for name in ("person", "visit")}
    head: dict[str, Any] = {"unit": "row" if unit == "row" else "person"}
    if unit != "row":
        head["person_id"] = "person"
    if unit == "visits":
        head["row_key"] = "visit"
        head |= {"max_rows": max_rows} if max_rows else {}
    return Dictionary.read(
        {"schema": "fedcli/dictionary/1", "dataset": "random", **head, "columns": keys | columns}, "random"
    )


@st.composite
def cases(
    draw: st.DrawFn,
    kind: type[Analytic[Any]],
    *,
    bounded: bool | None = None,
    cohort: bool = True,
    max_size: int = 12,
    units: Sequence[str] = ("row", "person", "visits"),
    noisy: bool = False,
) -> Case:
    """A question of one kind about a dataset; `bounded` fixes whether the dictionary has bounds.

    A `noisy` one is answered under differential privacy too.
    """
    unit = draw(st.sampled_from(("visits",) if "correlation" in kind.model_fields else units))
    told = draw(st.booleans()) if bounded is None else bounded
    dictionary = dictionary_of(unit, told, draw(st.sampled_from([None, max_size])))
    values = draw(st.lists(st.fixed_dictionaries(_VALUES), max_size=max_size))
    repeats = unit == "visits" and not _once(kind)
    persons = [f"p{draw(st.integers(0, 4)) if repeats else place}" for place, _ in enumerate(values)]
    rows = [
        {"person": person, "visit": f"v{place}", **row}
        for place, (person, row) in enumerate(zip(persons, values, strict=True))
    ]
    return Case(
        dictionary,
        tuple(rows),
        draw(st.frozensets(st.sampled_from(["y", "k", "b"]))),
        draw(parameters(kind, dictionary, noisy)),
        draw(st.one_of(st.none(), _COHORTS)) if cohort else None,
    )


def _of_training(draw: st.DrawFn, fields: Collection[str], noisy: bool) -> dict[str, Any]:
    """What goes together of a model that sites train."""
    told = {"faulty": None, "proximal": None, "server_rate": None} if "faulty" in fields else {}
    return told | ((_SHORTENED if noisy else {"clip": None}) | draw(_LAYERS) if "clip" in fields else {})


@st.composite
def parameters(
    draw: st.DrawFn, kind: type[Analytic[Any]], dictionary: Dictionary, noisy: bool = False
) -> Analytic[Any]:
    """An analytic with parameters that a dictionary allows, drawn from its declared fields."""
    fields = kind.model_fields
    asked = draw(_formulas(kind, noisy)) if "formula" in fields else {}
    if _once(kind):
        asked = asked | {"unit": "person" if dictionary.repeats else None}
    if "family" in fields and not _once(kind):
        unit = "row" if dictionary.repeats else None
        asked |= {"unit": unit, "weights": draw(st.sampled_from([None, "w"])), "link": None}
        plain = noisy or unit is not None
        asked |= {"errors": None if plain else draw(st.sampled_from([None, "HC0", "HC3"])), "bias": None}
        asked |= {"intercepts": None, "start": None, "means": None, "holding": None, "grid": None}
    asked |= _of_training(draw, fields.keys(), noisy)
    if "contrasts" in fields:
        asked |= {"contrasts": None}
    if "censored" in fields:
        asked |= draw(_CAUSES)
    if "trees" in fields and "depth" in fields:
        asked |= draw(_TREES.filter(lambda one: not noisy or one["outcome"] != "x"))
    given: dict[str, Any] = {name: value for name, value in asked.items() if name in fields}
    for name, info in fields.items():
        if name not in ("formula", "family", "offset", "design", *asked):  # a design is filled in
            given[name] = draw(_field(_meaning(kind, name), info, dictionary, _named(given)))
    try:
        analytic = kind(**given).resolved(dictionary, "a law")
        analytic.check(dictionary)
        exact = "disclosure-control" in kind.modes and given.get("clip") is None
        analytic.outline(dictionary, None if exact else Contribution())
    except (FedcliError, ValidationError):
        assume(False)
    return analytic


_LAYERS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [((2,), "tanh"), ((3,), "relu"), ((2, 2), "tanh"), ((1, 3), "relu")]
).map(lambda drawn: dict(zip(("hidden", "activation"), drawn, strict=True)))
#: What training takes under noise, where a slope is no longer than `clip`.
_SHORTENED: dict[str, Any] = {
    "clip": 0.75,
    "epochs": 1,
    "strategy": "fedavg",
    "combiner": "mean",
    "proximal": None,
    "faulty": None,
}


def _once(kind: type[Analytic[Any]]) -> bool:
    """Whether everybody has one row."""
    return _of_hazards(kind) or not _ONCE.isdisjoint(kind.model_fields)


def _of_hazards(kind: type[Analytic[Any]]) -> bool:
    return {"formula", "until"} <= kind.model_fields.keys()


def _formulas(kind: type[Analytic[Any]], noisy: bool) -> st.SearchStrategy[dict[str, Any]]:
    if _of_hazards(kind):
        return st.fixed_dictionaries({"formula": st.sampled_from(["y", "t", "k + y", "t:y", "ns(y, -1, 3)"])})
    for field, drawn in _MARKED.items():
        if field in kind.model_fields:
            return drawn
    if "family" not in kind.model_fields:
        return _LINEAR
    return _MODELS if noisy else st.one_of(_MODELS, _EXACT_MODELS)


_CHOICES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"formula": st.sampled_from(["k ~ y", "t ~ y + f", "t ~ k * f", "f ~ x", "k ~ ns(y, -1, 3) + t"])}
)
_IMPUTED: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        ("gaussian", "x ~ y", ("y",)),
        ("gaussian", "x ~ t * y", ("t", "y")),
        ("binomial", "b ~ f + ns(y, -1, 3)", ("y",)),
        ("binomial", "f ~ t + x", ("t",)),
        ("poisson", "k ~ f + y", ("y", "f")),
    ]
).map(lambda drawn: dict(zip(("family", "formula", "impute"), drawn, strict=True)) | {"imputations": 2})
_LINEAR: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "family": st.just("gaussian"),
        "formula": st.sampled_from(
            [
                "x ~ y",
                "x ~ t * y - t",
                "y ~ 0 + k + f",
                "x ~ pow(scale(y, 1, 9), 2)",
                "y ~ (f + t + k)^2",
                "x ~ poly(y, 3)",
                "x ~ f * bs(y, -2, 2) + ns(y, 5)",
                "y ~ ns(x, 0, lower = -20, upper = 20) + k",
            ]
        ),
    }
)
_MODELS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries(
        {
            "family": st.just("binomial"),
            "formula": st.sampled_from(
                [
                    "b ~ y",
                    "b ~ t + y",
                    "f ~ k * t",
                    "f ~ 0 + t",
                    "b ~ f * y + k",
                    "b ~ bs(y, 0, 2) + f",
                    "f ~ 0 + ns(y, -1, 3):x",
                ]
            ),
        }
    ),
    _LINEAR,
    st.fixed_dictionaries(
        {
            "family": st.just("poisson"),
            "formula": st.sampled_from(["k ~ y", "k ~ 0 + f", "k ~ t + f", "k ~ ns(y, 1)"]),
            "offset": st.sampled_from([None, "scale(y, 0, 20)"]),
        }
    ),
)
_EXACT_MODELS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries(
        {
            "family": st.just("gamma"),
            "formula": st.sampled_from(["u ~ y", "u ~ t + k", "u ~ 0 + f", "u ~ f * ns(y, 1)"]),
        }
    ),
    st.fixed_dictionaries(
        {
            "family": st.just("negative-binomial"),
            "formula": st.sampled_from(["k ~ y", "k ~ 0 + f", "k ~ t + f"]),
            "offset": st.sampled_from([None, "scale(y, 0, 20)"]),
        }
    ),
)

_TRAINED: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        ("binomial", "b ~ y"),
        ("binomial", "f ~ k * t"),
        ("gaussian", "x ~ y + f"),
        ("gaussian", "y ~ ns(x, 0) + t"),
    ]
).map(lambda drawn: dict(zip(("family", "formula"), drawn, strict=True)))
_LOGISTIC: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"formula": st.sampled_from(["b ~ y", "f ~ k * t", "b ~ ns(y, -1, 3) + f"])}
)
_CROSSED = {"(Intercept)": 0.5, "k": -0.25, "tit's": 1.5, "tü": -1.0, "k:tit's": 0.25, "k:tü": 0.0}
_CURVED = {"(Intercept)": 0.0, "poly(y, 2)1": 2.0, "poly(y, 2)2": -1.0, "b": 0.5}
_LAYERED = Layered.read(
    {
        "centres": [0.5, 0.0],
        "scales": [2.0, 1.0],
        "activation": "relu",
        "layers": [
            {"weights": [[1.0, -0.5], [-0.25, 2.0]], "biases": [0.0, 0.5]},
            {"weights": [[0.75, -1.0]], "biases": [0.125]},
        ],
    },
    "a law",
)
_GROVE = Grove.read(
    {
        "start": 0.25,
        "trees": [
            {
                "nodes": [
                    {"column": "y", "below": 0, "left": 1, "right": 2},
                    {"value": 0.5},
                    {"column": "t", "level": "ü", "left": 3, "right": 4},
                    {"value": -1.0},
                    {"value": 0.25},
                ]
            },
            {
                "nodes": [
                    {"column": "y", "below": 2.5, "left": 1, "right": 2},
                    {"value": 0.5},
                    {"value": -0.5},
                ]
            },
        ],
    },
    "a law",
)
#: Scores with numbers that add up exactly, so that some lie on an edge, and such as overflow.
_SCORES: st.SearchStrategy[dict[str, Any]] = st.tuples(
    st.sampled_from(
        [
            ("b ~ y", {"coefficients": {"(Intercept)": 0.25, "y": -0.5}}),
            ("f ~ y + t", {"trees": _GROVE}),
            ("b ~ y + f", {"network": _LAYERED}),
            ("f ~ 0 + y", {"coefficients": {"y": 1e308}}),
            ("f ~ k * t", {"coefficients": _CROSSED}),
            ("b ~ f + sqrt(w)", {"coefficients": {"(Intercept)": -1.0, "fTRUE": 2.0, "sqrt(w)": 0.75}}),
            ("f ~ poly(y, 2) + b", {"coefficients": _CURVED}),
        ]
    ),
    st.sampled_from([(4, 0.25), (10, 0.5)]),
    st.sampled_from([None, "t", "k"]),
    st.sampled_from(["logit", "probit", "cloglog"]),
).map(
    lambda drawn: (
        {"formula": drawn[0][0], "coefficients": None, "network": None, "trees": None, **drawn[0][1]}
        | {"bins": drawn[1][0], "threshold": drawn[1][1], "by": drawn[2], "link": drawn[3], "model": None}
    )
)
#: What is drawn for analytics that have a field which no other has.
_MARKED = {
    "coefficients": _SCORES,
    "strategy": _TRAINED,
    "hidden": _TRAINED,
    "correlation": _MODELS,
    "imputations": _IMPUTED,
    "c": _LOGISTIC,
    "reference": _CHOICES,
}

#: Edges that values lie on, between, below and above, whole ones in both ways of writing them.
_EDGES = st.lists(
    st.one_of(st.integers(-20, 20), st.integers(-5, 5).map(float), st.floats(-SCALE, SCALE)),
    min_size=2,
    max_size=6,
    unique=True,
).map(lambda edges: tuple(sorted(edges)))

#: How follow-ups end, and who had no event.
_CAUSES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [("k", 3), ("k", 1), ("t", "ü"), ("b", 0), ("f", True)]
).map(lambda drawn: {"event": drawn[0], "censored": drawn[1]})
#: Trees of an outcome with two levels, or of a number.
_TREES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        ("f", ("y",), {"y": (-5, 0, 5)}),
        ("b", ("t", "k"), {}),
        ("x", ("y", "f"), {"y": (0.5,)}),
        ("f", ("x", "t"), {"x": (-100.5, 0, 100)}),
    ]
).map(lambda drawn: dict(zip(("outcome", "columns", "edges"), drawn, strict=True)) | {"divided": None})
#: Edges of a grid that begins at zero.
_TIMES = st.sampled_from([(0, 5, 10, 20), (0, 1, 2.5), (0, 20, 900)])
_SHARES = st.sampled_from([(0.5,), (0.25, 0.5, 0.75), (0.01, 0.999), (0.3333,)])
#: The fields that are drawn by their names; of the others their types tell enough.
_NAMED: dict[str, st.SearchStrategy[Any]] = {
    "edges": _EDGES,
    "times": _TIMES,
    "grid": _EDGES,
    "at": _SHARES,
    "event": st.sampled_from(["b", "f"]),
    "until": st.sampled_from([None, 1, 2.5]),
    "entry": st.sampled_from([None, None, "y", "w"]),
    "breaks": st.sampled_from([(0.5,), (1,), (0.25, 2)]),
    "end": st.sampled_from([None, 2.5, 20]),
    "horizon": st.sampled_from([1, 2.5, 20]),
    "tries": st.sampled_from([None, 1]),
    "starts": st.none(),
    "placed": st.none(),
    "trend": st.sampled_from(["identity", "log"]),
    "reference": st.sampled_from([None, None, 2, "ü"]),
    "c": st.sampled_from([0.01, 1.0, 100.0]),
    "penalties": st.lists(st.sampled_from((1e-3, 0.1, 1.0, 30.0)), min_size=1, max_size=3).map(tuple),
}


def _meaning(kind: type[Analytic[Any]], name: str) -> str:
    """The edges of follow-ups are times, the first of which is zero; some have a horizon in any case."""
    if name == "until" and kind.model_fields[name].is_required():
        return "horizon"
    if name == "until" and "breaks" in kind.model_fields:
        return "end"
    return "times" if name == "edges" and "event" in kind.model_fields else name


def _named(given: dict[str, Any]) -> set[str]:
    """The single columns that are already named: few analytics take one twice."""
    return {one for one in given.values() if isinstance(one, str) and one in _COLUMNS}


def _field(name: str, info: Any, dictionary: Dictionary, taken: set[str]) -> st.SearchStrategy[Any]:
    if name in _NAMED:
        return _NAMED[name]
    for role in info.metadata:
        if isinstance(role, As):
            usable = [name for name in dictionary.columns if _usable(role, name, dictionary)]
            usable = [name for name in usable if name not in taken] or usable
            return st.sampled_from(usable) if info.annotation is str else _columns(usable, info.metadata)
    limits = [one for one in info.metadata if isinstance(one, annotated_types.BaseMetadata)]
    return st.from_type(Annotated[(info.annotation, *limits)] if limits else info.annotation)


def _columns(usable: list[str], metadata: list[Any]) -> st.SearchStrategy[Any]:
    least = max((one.min_length for one in metadata if isinstance(one, annotated_types.MinLen)), default=0)
    most = min((one.max_length for one in metadata if isinstance(one, annotated_types.MaxLen)), default=3)
    return st.lists(
        st.sampled_from(usable), unique=True, min_size=least, max_size=min(most, 3, len(usable))
    ).map(tuple)


def _usable(role: As, name: str, dictionary: Dictionary) -> bool:
    try:
        role.check(name, dictionary.columns[name])
    except FedcliError:
        return False
    return True


def _compared(op: str, name: str, kind: str, value: Any) -> Predicate:
    constant = Constant(type=kind, value=value)  # type: ignore[arg-type]
    return Comparison(op=op, left=Column(name=name), right=constant)  # type: ignore[arg-type]


_COHORTS: st.SearchStrategy[Predicate] = st.sampled_from(
    [
        _compared("gt", "y", "integer", -5),
        _compared("ne", "t", "text", "it's"),
        _compared("eq", "f", "boolean", True),
        Not(of=Missing(of=Column(name="x"))),
        _compared("le", "x", "real", 0.5),
    ]
)


@st.composite
def splits(draw: st.DrawFn, case: Case, most: int = 3) -> list[Case]:
    """The same question at several sites, no person at two; some sites may be empty."""
    number = draw(st.integers(1, most))
    whole = case.dictionary.unit == "person"
    keys = sorted({row["person" if whole else "visit"] for row in case.rows})
    place = {key: draw(st.integers(0, number - 1)) for key in keys}
    at: list[list[Row]] = [[] for _ in range(number)]
    for row in case.rows:
        at[place[row["person" if whole else "visit"]]].append(row)
    return [case.having(rows) for rows in at]

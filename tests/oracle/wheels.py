"""Data that come with packages of the tests, so that fits can be checked anywhere."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa


class Wheel(NamedTuple):
    """A dataset, its columns as a dictionary has them, and the formula of a model of all of them."""

    load: Callable[[], pd.DataFrame]
    columns: dict[str, Any]
    formula: str

    def tables(self, sites: int) -> list[pa.Table]:
        """The rows, dealt to some sites in blocks."""
        frame = self.load()
        edges = [len(frame) * at // sites for at in range(sites + 1)]
        return [
            pa.Table.from_pandas(frame.iloc[low:high], preserve_index=False) for low, high in pairwise(edges)
        ]


def _number(low: float, high: float) -> dict[str, Any]:
    return {"type": "real", "bounds": [low, high]}


def _randhie() -> pd.DataFrame:
    from statsmodels.datasets import randhie

    return randhie.load_pandas().data


def _scotland() -> pd.DataFrame:
    from statsmodels.datasets import scotland

    return scotland.load_pandas().data


def _fair() -> pd.DataFrame:
    from statsmodels.datasets import fair

    data = fair.load_pandas().data
    whole = {name: data[name].astype(int) for name in ("rate_marriage", "occupation")}
    return data.assign(affair=(data["affairs"] > 0).astype(int), **whole)


def _diabetes() -> pd.DataFrame:
    from sklearn.datasets import load_diabetes

    return load_diabetes(as_frame=True).frame


_FLAGS = ("idp", "physlm", "hlthg", "hlthf", "hlthp")
randhie = Wheel(
    _randhie,
    {
        "mdvis": {"type": "integer", "bounds": [0, 100]},
        "lncoins": _number(0, 5),
        "lpi": _number(0, 8),
        "fmde": _number(0, 9),
        "disea": _number(0, 60),
    }
    | {name: {"type": "integer", "bounds": [0, 1]} for name in _FLAGS},
    "mdvis ~ lncoins + idp + lpi + fmde + physlm + disea + hlthg + hlthf + hlthp",
)
scotland = Wheel(
    _scotland,
    {
        "YES": _number(1, 100),
        "COUTAX": _number(300, 1000),
        "UNEMPF": _number(0, 50),
        "MOR": _number(50, 200),
        "ACT": _number(0, 100),
        "GDP": _number(1000, 50000),
        "AGE": _number(5, 40),
        "COUTAX_FEMALEUNEMP": _number(0, 50000),
    },
    "YES ~ COUTAX + UNEMPF + MOR + ACT + GDP + AGE + COUTAX_FEMALEUNEMP",
)
fair = Wheel(
    _fair,
    {
        "affair": {"type": "integer", "levels": [0, 1]},
        "rate_marriage": {"type": "integer", "levels": [1, 2, 3, 4, 5], "bounds": [1, 5]},
        "age": _number(17, 43),
        "yrs_married": _number(0, 24),
        "religious": _number(1, 4),
        "occupation": {"type": "integer", "levels": [1, 2, 3, 4, 5, 6]},
    },
    "affair ~ rate_marriage + age + yrs_married + religious",
)
_BLOOD = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
diabetes = Wheel(
    _diabetes,
    {"target": _number(0, 400)} | dict.fromkeys(_BLOOD, _number(-0.25, 0.25)),
    f"target ~ {' + '.join(_BLOOD)}",
)

"""A rehearsal tells the same whenever it is played, also where sites draw what they do not know."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from fedcli.workflows.rehearse import rehearse

DICTIONARY = """
schema = "fedcli/dictionary/1"
dataset = "d"

[columns.y]
type = "real"
bounds = [0, 100]

[columns.x]
type = "real"
bounds = [0, 100]
"""
QUERY = """
schema = "fedcli/query/1"
title = "filled in"
dataset = "d"

[[analysis]]
id = "m"
analytic = "imputed"
family = "gaussian"
formula = "y ~ x"
impute = ["x"]
imputations = 2
"""


def test_a_rehearsal_of_what_is_filled_in(tmp_path: Path) -> None:
    """Twice the same, to the last digit; the two sites draw differently."""
    (tmp_path / "data").mkdir()
    rows = {
        "y": [float((at * 7) % 50) for at in range(90)],
        "x": [at / 2 if at % 4 else None for at in range(90)],
    }
    for name in ("a", "b"):
        pq.write_table(pa.table(rows), tmp_path / "data" / f"{name}.parquet")
    (tmp_path / "d.toml").write_text(DICTIONARY)
    (tmp_path / "q.toml").write_text(QUERY)
    now = datetime(2026, 11, 28, tzinfo=UTC)
    first, second = (
        rehearse(tmp_path / "q.toml", tmp_path / "data", tmp_path / "d.toml", "evaluation", now)
        for _ in range(2)
    )
    assert first.result is not None and second.result is not None
    [one], [other] = first.result.analyses, second.result.analyses
    assert one.answer is not None
    assert one.answer == other.answer
    by_site = [row[2] for row in one.between["by_site"].rows if row[0] == "x"]
    assert len({*by_site}) == len(by_site) == 2

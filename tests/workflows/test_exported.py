"""Results as CSV and as data frames: every number once, what is suppressed as an interval, read only."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

import fedcli
from fedcli.errors import FedcliError
from fedcli.model.result import Result
from fedcli.model.shown.results import UNVOUCHED
from fedcli.workflows.tidy import csv_text
from tests.workflows.acts import code, tree
from tests.world import World, copied, query_text

LISTS = ("suppressed", "rounded", "noisy")
QUERY = query_text(
    'id = "n"\nanalytic = "count"',
    'id = "x"\nanalytic = "crosstab"\nby = ["rare_lung", "smoking"]',
    'id = "s"\nanalytic = "summary"\ncolumns = ["age"]\nby = ["sex"]',
)


@pytest.fixture(scope="module")
def done(template: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, str]:
    """A federation with one result, some of it suppressed."""
    world = copied(template, tmp_path_factory.mktemp("world") / "exported")
    query, _ = world.study(QUERY)
    return world, query


def _report(done: tuple[World, str], *more: str) -> Any:
    world, query = done
    return world.cli("report", query, *more, "--format", "json", home="researcher")


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_number_once(done: tuple[World, str], tmp_path: Path) -> None:
    """The rows are the numbers of the report, with their keys, in its order."""
    ended = _report(done, "--csv", str(tmp_path / "r.csv"))
    assert ended.data["exported"] == str(tmp_path / "r.csv")
    rows = _rows((tmp_path / "r.csv").read_text())
    results = ended.data["results"]
    wanted = sum(
        len(one["scalars"])
        + sum(len(row) - _keys(name) for row in one["tables"].get(name, {}).get("rows", []))
        for key, one in results.items()
        for name in (list(one["tables"]) or [""])
    )
    assert len(rows) == wanted
    [n] = [row for row in rows if row["analysis"] == "n"]
    assert (n["statistic"], n["value"], n["suppressed"]) == ("n", str(results["n"]["scalars"]["n"]), "false")
    cells = {(row["rare_lung"], row["smoking"]): row for row in rows if row["table"] == "counts"}
    for lung, smoking, count in results["x"]["tables"]["counts"]["rows"]:
        assert cells[str(lung).lower(), smoking]["value"] == ("" if count is None else str(count))
    means = [float(row["value"]) for row in rows if row["analysis"] == "s" and row["statistic"] == "mean"]
    assert means == [row[-3] for row in results["s"]["tables"]["summary"]["rows"]]


def _keys(table: str) -> int:
    return {"counts": 2, "summary": 2, "": 0}[table]


def test_what_is_suppressed(done: tuple[World, str], tmp_path: Path) -> None:
    """A suppressed number is an empty value with an interval; there are some, and never a zero."""
    ended = _report(done, "--csv", str(tmp_path / "r.csv"))
    hidden = [row for row in _rows((tmp_path / "r.csv").read_text()) if row["suppressed"] == "true"]
    told = [gap["interval"] for one in ended.data["results"].values() for gap in one["suppressed"]]
    assert [(row["value"], row["low"], row["high"]) for row in hidden] == [
        ("", *("" if end is None else str(end) for end in interval)) for interval in told
    ]
    assert hidden


def test_nothing_is_replaced(done: tuple[World, str], tmp_path: Path) -> None:
    """The same again is fine, a file of somebody's is not touched."""
    file = tmp_path / "r.csv"
    first = _report(done, "--csv", str(file))
    assert (first.exit, _report(done, "--csv", str(file)).exit) == (0, 0) or first.exit == 7
    file.write_text("mine")
    ended = _report(done, "--csv", str(file))
    assert (ended.exit, code(ended), file.read_text()) == (2, "F-EXISTS", "mine")


def test_names_that_clash() -> None:
    """A column of the data that is called like one of the file's has an underscore; text is quoted."""
    table = {"columns": ["value", "site", "n"], "keys": 2, "rows": [['a, "b"', True, 3]]}
    analysis = {"id": "a", "analytic": "x", "version": 1, "sites": [], "answer": {"tables": {"t": table}}}
    whole = {
        "schema": "fedcli/result/1",
        "maturity": "preview",
        "federation": "f",
        "query": "0" * 64,
        "title": "t",
        "dataset": "d",
        "unit": "row",
        "status": "done",
        "rounds": 1,
        "sites": [],
        "analyses": [analysis, {**analysis, "id": "b", "answer": None, "code": "R-QUORUM"}],
        "issued": "2026-11-22T09:00:00Z",
    }
    assert csv_text(Result.read(whole, "test")) == (
        "analysis,analytic,table,value_,site,statistic,value,low,high,suppressed,noisy\n"
        'a,x,t,"a, ""b""",true,n,3,,,false,false\n'
    )


def test_frames(done: tuple[World, str], tmp_path: Path) -> None:
    """What was kept and what was reported give the same frames; reading changes nothing."""
    world, query = done
    before = tree(world.folder / "researcher")
    kept = fedcli.read(world.folder / "researcher" / "results" / query / "result.json")
    assert tree(world.folder / "researcher") == before
    (tmp_path / "r.json").write_text(_report(done).out)
    reported = fedcli.read(str(tmp_path / "r.json"))
    _report(done, "--csv", str(tmp_path / "r.csv"), "--parquet", str(tmp_path / "r.parquet"))
    typed, plain = fedcli.read(tmp_path / "r.parquet"), fedcli.read(tmp_path / "r.csv")
    assert list(kept) == list(reported) == ["n", "x", "x.counts", "s.summary", *LISTS]
    assert set(kept) == set(typed) == set(plain)
    for name, frame in kept.items():
        assert frame.equals(reported[name]), name
        for other in (typed, plain):  # a count is a real number in a column with means
            pd.testing.assert_frame_equal(frame, other[name], check_dtype=False)
    results = _report(done).data["results"]
    assert kept["n"]["n"].tolist() == [results["n"]["scalars"]["n"]]
    gone = sum(row[-1] is None for row in results["x"]["tables"]["counts"]["rows"])
    assert kept["x.counts"]["count"].isna().sum() == gone
    assert len(kept["suppressed"]) == sum(len(one["suppressed"]) for one in results.values())


def test_parquet(done: tuple[World, str], tmp_path: Path) -> None:
    """The Parquet file has the columns and rows of the CSV, typed, and says of which query it is."""
    _, query = done
    ended = _report(done, "--parquet", str(tmp_path / "r.parquet"), "--csv", str(tmp_path / "r.csv"))
    assert ended.data["parquet"] == str(tmp_path / "r.parquet")
    found, rows = pq.read_table(tmp_path / "r.parquet"), _rows((tmp_path / "r.csv").read_text())
    assert found.column_names == list(rows[0])
    types = dict(zip(found.column_names, map(str, found.schema.types), strict=True))
    assert types["rare_lung"] == types["suppressed"] == "bool"
    assert types["value"] == types["low"] == types["high"] == "double"
    assert types["sex"] == types["analysis"] == "string"
    metadata = found.schema.metadata
    assert metadata[b"fedcli.query"].decode() == query
    assert metadata[b"fedcli.maturity"] == b"live"
    told = [[_word(value) for value in row.values()] for row in found.to_pylist()]
    assert told == [[_same(name, word) for name, word in row.items()] for row in rows]
    hidden = [row for row in found.to_pylist() if row["suppressed"]]
    assert hidden
    assert all(row["value"] is None and row["low"] is not None for row in hidden)


def _word(value: object) -> str:
    """A value of the Parquet file as the CSV has it, numbers as real ones."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _same(name: str, word: str) -> str:
    return str(float(word)) if word and name in ("value", "low", "high") else word


def test_csv_on_stdout(done: tuple[World, str], tmp_path: Path) -> None:
    """`--format csv` prints what `--csv` writes, before and after the command; no other command has it."""
    world, query = done
    _report(done, "--csv", str(tmp_path / "r.csv"))
    for line in (["report", query, "--format", "csv"], ["--format", "csv", "report", query]):
        ended = world.cli(*line, home="researcher")
        assert (ended.out, ended.err) == ((tmp_path / "r.csv").read_text(), "")
        assert ended.exit == _report(done).exit
    ended = world.cli("query", "list", "--format", "csv", home="researcher")
    assert (ended.exit, ended.out) == (2, "")
    assert "text or json" in ended.err


def test_no_parquet(done: tuple[World, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that dies leaves no file, and its end is not told as one of the vault."""
    monkeypatch.setattr("fedcli.workflows.exporting.WRITER", "fedcli.workflows.nowhere")
    ended = _report(done, "--parquet", str(tmp_path / "r.parquet"))
    assert (ended.exit, code(ended), list(tmp_path.iterdir())) == (75, "F-PARQUET", [])


@pytest.mark.parametrize(
    "words", [b"PAR1 and no more", b"analysis,analytic,table,statistic\na,b,,c\n"], ids=["parquet", "csv"]
)
def test_a_file_that_only_begins_well(tmp_path: Path, words: bytes) -> None:
    """Other Parquet and CSV files are no results."""
    (tmp_path / "x").write_bytes(words)
    with pytest.raises(FedcliError) as caught:
        fedcli.read(tmp_path / "x")
    assert caught.value.code == "F-SCHEMA"


@pytest.mark.parametrize("text", ["[]", "{}", '{"schema": "fedcli/cli/1", "data": {}}', "no json"])
def test_what_is_no_result(tmp_path: Path, text: str) -> None:
    """A file that holds no result is invalid."""
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(FedcliError) as caught:
        fedcli.read(tmp_path / "x.json")
    assert caught.value.code in ("F-JSON", "F-SCHEMA")


def test_a_page(done: tuple[World, str], tmp_path: Path) -> None:
    """A page with the question and every number of the CSV; the same again is fine, another file stays."""
    file = tmp_path / "r.html"
    ended = _report(done, "--html", str(file), "--csv", str(tmp_path / "r.csv"))
    page = file.read_text()
    assert ended.data["html"] == str(file)
    assert page.startswith("<!doctype html>")
    assert "<code>rare_lung, smoking</code>" in page
    for row in _rows((tmp_path / "r.csv").read_text()):
        ends = [row[name] or "?" for name in ("low", "high")]
        if row["suppressed"] == "false":
            assert f">{row['value']}<" in page or f'value="{row["value"]}"' in page
        elif "." not in "".join(ends):
            assert f">[{', '.join(ends)}]<" in page
    _report(done, "--html", str(file))
    file.write_text("mine")
    ended = _report(done, "--html", str(file))
    assert (ended.exit, code(ended), file.read_text()) == (2, "F-EXISTS", "mine")


def test_a_file_that_was_given(done: tuple[World, str], tmp_path: Path) -> None:
    """Anyone can look at a result that was given away, and is told that nothing vouches for it.

    Only a home tells of recalls.
    """
    world, query = done
    given = tmp_path / "given.json"
    given.write_bytes((world.folder / "researcher" / "results" / query / "result.json").read_bytes())
    at_home = world.cli("report", str(given), "--format", "json", home="researcher")
    assert at_home.data["results"] == _report(done).data["results"]
    assert at_home.document["warnings"] == [UNVOUCHED, *_report(done).document["warnings"]]
    assert UNVOUCHED in world.cli("report", str(given), home="researcher").text
    alone = World(tmp_path).cli("report", str(given), "--html", str(tmp_path / "g.html"), "--format", "json")
    assert alone.data["results"] == at_home.data["results"]
    assert any("recalled its release is not known" in one for one in alone.document["warnings"])
    page = (tmp_path / "g.html").read_text()
    assert "Recalls are not known" in page
    assert "Not verified" in page
    _report(done, "--html", str(tmp_path / "own.html"))
    assert "Not verified" not in (tmp_path / "own.html").read_text()
    (tmp_path / "other.json").write_text("{}")
    ended = World(tmp_path).cli("report", str(tmp_path / "other.json"), "--format", "json")
    assert code(ended) == "F-SCHEMA"


def test_no_command_loads_pandas(done: tuple[World, str], tmp_path: Path) -> None:
    """Importing fedcli, and a report with CSV, Parquet and page, load no data library."""
    world, query = done
    program = (
        "import sys, io, json, fedcli\nfrom fedcli.app import run\n"
        "from fedcli.report.console import Console\n"
        "run(sys.argv[1:], console=Console(out=io.StringIO()))\n"
        "print(json.dumps(sorted({'pandas', 'pyarrow', 'duckdb', 'numpy'} & set(sys.modules))))"
    )
    line = ["--home", str(world.folder / "researcher"), "report", query, "--csv", str(tmp_path / "r.csv")]
    line += ["--parquet", str(tmp_path / "r.parquet"), "--html", str(tmp_path / "r.html")]
    ended = subprocess.run([sys.executable, "-c", program, *line], capture_output=True, text=True, check=True)
    assert (json.loads(ended.stdout), (tmp_path / "r.parquet").exists()) == ([], True)

"""What the two processes hold: the vault no key, the signer no data library, help nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

DATA = {"duckdb", "pyarrow", "pandas", "numpy", "sklearn", "opendp"}
HEAVY = DATA | {"cryptography", "sqlglot", "pydantic", "rich", "sqlite3"}


def loaded(code: str, *args: str) -> set[str]:
    """The top-level modules in `sys.modules` after a piece of code in a fresh interpreter."""
    told = (
        f"{code}\nimport sys, json; json.dump(sorted({{m.split('.')[0] for m in sys.modules}}), sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", told, *args], capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_the_vault_has_no_cryptography() -> None:
    """The vault computes and judges; it cannot sign, seal or open."""
    modules = loaded("import fedcli.workflows.vault")
    assert "duckdb" in modules
    assert "cryptography" not in modules
    assert "sqlite3" not in modules


def test_the_signer_has_no_data_library(tmp_path: Path) -> None:
    """A whole demonstration, with every site's signer in one process, loads nothing that reads data."""
    code = (
        "import sys, io; from fedcli.app import run; from fedcli.report.console import Console\n"
        "assert run(['demo', sys.argv[1]], console=Console(out=io.StringIO(), err=io.StringIO())) == 0"
    )
    modules = loaded(code, str(tmp_path / "demo"))
    assert "cryptography" in modules
    assert modules & {"duckdb", "pyarrow", "pandas"} == set()


def test_who_makes_mock_data_has_no_data_library(tmp_path: Path) -> None:
    """Mock rows are written by the vault, in a process of its own."""
    code = (
        "import sys, io; from fedcli.app import run; from fedcli.report.console import Console\n"
        "assert run(['data', 'mock', *sys.argv[1:]], console=Console(out=io.StringIO())) == 0"
    )
    dictionary = Path(__file__).parents[2] / "sample_data" / "hospitals" / "cohort.toml"
    assert loaded(code, str(dictionary), "-n", "9", "-o", str(tmp_path / "mock")) & DATA == set()


@pytest.mark.parametrize(
    "line",
    [
        "--help",
        "query --help",
        "run --help",
        "federation member add --help",
        "--version",
        "help",
        "help formula",
    ],
)
def test_help_loads_nothing_heavy(line: str) -> None:
    """Help and completion stay quick: no data, crypto or schema library is loaded for them."""
    code = (
        "import sys, io; from fedcli.app import run; from fedcli.report.console import Console\n"
        "import contextlib\n"
        "with contextlib.redirect_stdout(io.StringIO()): assert run(sys.argv[1:]) == 0"
    )
    assert loaded(code, *line.split()) & HEAVY == set()

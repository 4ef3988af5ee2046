"""What the two processes hold: the vault no key, the signer no data library, help nothing heavy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DATA = {"duckdb", "pyarrow", "pandas", "numpy", "sklearn", "opendp"}
HEAVY = DATA | {"cryptography", "sqlglot", "pydantic", "rich", "sqlite3"}
#: What goes out of the house is loaded where the exchange has an address.
FAR = {"paramiko", "obstore"}

#: A command line in a fresh interpreter, whose answer goes nowhere.
COMMAND = (
    "import sys, io; from fedcli.app import run; from fedcli.report.console import Console\n"
    "assert run(sys.argv[1:], console=Console(out=io.StringIO())) == 0"
)


def modules(code: str, *args: str) -> set[str]:
    """All modules in `sys.modules` after a piece of code in a fresh interpreter."""
    told = f"{code}\nimport sys, json; json.dump(sorted(sys.modules), sys.stderr)"
    done = subprocess.run([sys.executable, "-c", told, *args], capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


def loaded(code: str, *args: str) -> set[str]:
    """The top-level modules among them."""
    return {module.split(".")[0] for module in modules(code, *args)}


@pytest.mark.parametrize("module", ["vault", "nursery"])
def test_the_vault_has_no_cryptography(module: str) -> None:
    """The vault computes and judges; it cannot sign, seal or open. Nor can what it may be a copy of."""
    modules = loaded(f"import fedcli.workflows.{module}")
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


def test_who_draws_no_noise_loads_no_mechanism() -> None:
    """What noise a rho asks for is arithmetic; the library is loaded with the first draw."""
    found = loaded("import fedcli.policy.noise; from fedcli.policy.zcdp import calibrated")
    assert found & {"opendp", "numpy"} == set()


def test_who_combines_loads_no_solver_before_something_is_hidden() -> None:
    """A solver brings NumPy along; most results have nothing to solve."""
    code = (
        "from fedcli.policy.federation import audited; from fedcli.workflows import combine\n"
        "assert audited({}, None).audited"
    )
    assert loaded(code) & {"numpy", "scipy", "highspy"} == set()


def test_a_puzzle_is_solved_without_scipy() -> None:
    """It takes a second to load, in every vault that hides a cell."""
    assert "scipy" not in loaded("import fedcli.policy.attacker, fedcli.policy.worlds, fedcli.policy.atoms")


def test_who_tells_a_tail_loads_no_library() -> None:
    """Most answers have a test by chi-squared, of which SciPy would take longer than all else."""
    code = "from fedcli.statistics import tails; tails.chi_squared(3.0, 2), tails.normal(2.0)"
    assert loaded(code) & {"numpy", "scipy"} == set()


def test_who_makes_mock_data_has_no_data_library(tmp_path: Path) -> None:
    """Mock rows are written by the vault, in a process of its own."""
    code = (
        "import sys, io; from fedcli.app import run; from fedcli.report.console import Console\n"
        "assert run(['data', 'mock', *sys.argv[1:]], console=Console(out=io.StringIO())) == 0"
    )
    dictionary = Path(__file__).parents[2] / "sample_data" / "hospitals" / "cohort.toml"
    assert loaded(code, str(dictionary), "-n", "9", "-o", str(tmp_path / "mock")) & DATA == set()


def test_who_tries_a_policy_has_no_data_library() -> None:
    """Rows of cases and of attacks are written and read by the vault, in a process of its own."""
    cases = Path(__file__).parents[2] / "configs" / "cases" / "standard.toml"
    for line in (["test", str(cases)], ["attack", "evaluation", "--persons", "40", "--seconds", "1"]):
        code = COMMAND.replace("== 0", "in (0, 10)")
        assert loaded(code, "policy", *line) & (DATA - {"numpy"}) == set()


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


@pytest.mark.parametrize(
    "line",
    [
        "explain",
        "explain D-REFUSED",
        "--format json explain D-REFUSED",
        "analytic list",
        "--format json analytic list",
        "analytic show glm",
        "analytic example glm",
    ],
)
def test_what_fedcli_tells_of_itself_loads_nothing_heavy(line: str) -> None:
    """What stands in the program is told without a form for what others write."""
    assert loaded(COMMAND, *line.split()) & HEAVY == set()


@pytest.mark.parametrize(
    "line",
    [
        "--home {0}/north approval list",
        "--home {0}/researcher query list",
        "--home {0}/researcher query check {0}/researcher/1-who.toml",
        "--home {0}/researcher verify {0}/exchange/federation",
    ],
)
def test_who_reads_loads_what_is_read(line: str, played: Path) -> None:
    """Commands that open no data load no library of data, no task of the vault, no unasked analytic."""
    found = modules(COMMAND, *line.format(played / "demo").split())
    assert {module.split(".")[0] for module in found} & (DATA | FAR | {"rich"}) == set()
    assert found & {"fedcli.model.vault", "fedcli.analytics.glm", "fedcli.statistics.fitted"} == set()


def test_an_analytic_is_loaded_alone() -> None:
    """The vault computes what it was asked for, and loads no other analytic and no matrices for it."""
    found = modules("import fedcli.workflows.vault; from fedcli.analytics import named; named('summary')")
    ours = {module for module in found if module.startswith("fedcli.analytics.")}
    assert ours == {"fedcli.analytics._contract", "fedcli.analytics.summary"}
    assert "numpy" not in found


def test_what_is_beside_is_not_looked_for(played: Path, tmp_path: Path) -> None:
    """A plug-in of the schema library that is installed beside fedcli is not loaded by a command."""
    about = tmp_path / "beside-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: beside\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[pydantic]\nbeside = beside\n")
    (tmp_path / "beside.py").write_text("import sys\nsys.exit(99)\n")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    home = ["--home", str(played / "demo" / "researcher"), "query", "list"]
    for program, code in ((["-m", "fedcli", *home], 0), (["-c", COMMAND, *home], 99)):
        line, environment = [sys.executable, *program], {**os.environ, "PYTHONPATH": path}
        done = subprocess.run(line, env=environment, capture_output=True, check=False)
        assert done.returncode == code

"""Completion: what can come next, for each shell, quickly and in silence."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.lines import document, error, process, told

NEXT: dict[str, list[str]] = {
    "fedcli q": ["query"],
    "fedcli query a": ["amend"],
    "fedcli federation member ": ["add", "remove"],
    "fedcli --home x query sub": ["submit"],
    "fedcli query explain --dict": ["--dictionary"],
    "fedcli query explain --h": ["--home", "--help"],
    "fedcli bogus s": ["schedule", "state", "selftest", "schema"],
    "fedcli query explain fi": [],
}


def _variables(shell: str, line: str) -> dict[str, str]:
    words = line.split()
    if shell == "bash":
        place = len(words) if line.endswith(" ") else len(words) - 1
        return {"_FEDCLI_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(place)}
    more = {"_TYPER_COMPLETE_FISH_ACTION": "get-args"} if shell == "fish" else {}
    return {"_FEDCLI_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": line, **more}


@pytest.mark.parametrize("line", NEXT)
def test_what_can_come_next(here: Path, line: str) -> None:
    """Commands, groups and options that begin as typed, whatever options stand before."""
    for shell in ("bash", "fish"):
        ended = told(here, **_variables(shell, line))
        assert (ended.exit, ended.out.split(), ended.err) == (0, NEXT[line], "")
    quoted = " ".join(f'"{word}"' for word in NEXT[line])
    zsh = told(here, **_variables("zsh", line)).out.strip()
    assert zsh == (f"_arguments '*: :(({quoted}))'" if quoted else "_files")


@pytest.mark.parametrize(("line", "code"), [("fedcli q", 0), ("fedcli query explain fi", 1)])
def test_fish_asks_first(here: Path, line: str, code: int) -> None:
    """Fish asks whether there are words; where there are none it offers files."""
    ended = told(here, **_variables("fish", line) | {"_TYPER_COMPLETE_FISH_ACTION": "is-args"})
    assert (ended.exit, ended.out.strip()) == (code, "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script(here: Path, shell: str) -> None:
    """The script is printed as text or as one document."""
    script = told(here, "--show-completion", shell)
    assert (script.exit, script.err) == (0, "")
    assert "_FEDCLI_COMPLETE" in script.out
    as_json = document(told(here, "--format", "json", "--show-completion", shell))
    assert as_json["data"]["text"] == script.out.rstrip("\n")


def test_an_unknown_shell(here: Path) -> None:
    """A shell that is not known is a mistake, and the others are named."""
    ended = told(here, "--show-completion", "csh")
    assert ended.exit == 2
    assert "bash" in error(ended)


def test_it_is_installed(here: Path) -> None:
    """The script lands in the folder of the user's shell."""
    ended = process(here, ["--install-completion", "bash"])
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "_FEDCLI_COMPLETE" in (here / ".bash_completions" / "fedcli.sh").read_text()


def test_in_a_shell(here: Path) -> None:
    """Bash completes a word with the script that fedcli prints."""
    bash, fedcli = shutil.which("bash"), Path(sys.executable).parent / "fedcli"
    if bash is None or not fedcli.exists():
        pytest.skip("there is no bash here, or fedcli is not installed")
    program = (
        f'eval "$({fedcli} --show-completion bash)"\n'
        f"COMP_WORDS=({fedcli} federation mem); COMP_CWORD=2\n"
        f'_fedcli_completion {fedcli}; echo "${{COMPREPLY[@]}}"\n'
    )
    done = subprocess.run([bash, "-c", program], cwd=here, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["member"]


def test_nothing_heavy_is_loaded(here: Path) -> None:
    """Neither TAB nor the script loads a library of data, cryptography, schemas or colours."""
    heavy = {"duckdb", "pyarrow", "pandas", "cryptography", "sqlglot", "pydantic", "rich", "sqlite3"}
    program = (
        "import sys, io, json\nfrom fedcli.app import run\nfrom fedcli.report.console import Console\n"
        "assert run(sys.argv[1:], console=Console(out=io.StringIO())) == 0\n"
        "print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    )
    for line, more in ((["--show-completion", "zsh"], {}), ([], _variables("zsh", "fedcli query --"))):
        done = subprocess.run(
            [sys.executable, "-c", program, *line],
            cwd=here,
            env={"HOME": str(here), **more} | _path(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert set(json.loads(done.stdout)) & heavy == set()


def _path() -> dict[str, str]:
    """Where this fedcli is, for an interpreter without our environment."""
    return {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}

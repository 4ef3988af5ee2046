"""The program as a shell starts it: streams, environment, folders, pipes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.cli.lines import ENVELOPE, INNARDS, process
from tests.world import World


def _run(line: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run something that is not `python -m fedcli`, in the environment of the tests."""
    return subprocess.run(line, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


def test_a_module_and_a_script(here: Path) -> None:
    """`python -m fedcli` and the console script are the same program."""
    script = shutil.which("fedcli", path=str(Path(sys.executable).parent))
    assert script is not None
    ended = _run([script, "explain", "D-REFUSED"], here)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == process(here, ["explain", "D-REFUSED"]).stdout
    assert process(here, ["--version"]).stdout == f"fedcli {version('fedcli')}\n"


@pytest.mark.parametrize(("line", "code"), [(["explain"], 0), (["bogus"], 2), (["run", "--pending"], 2)])
def test_json_and_nothing_else(here: Path, line: list[str], code: int) -> None:
    """The process's stdout is one document and its stderr is empty; the exit code is the document's."""
    ended = process(here, [*line, "--format", "json"])
    found = json.loads(ended.stdout)
    assert list(found) == list(ENVELOPE)
    assert (ended.returncode, found["exit"], ended.stderr) == (code, code, "")


def test_from_another_folder(asked: World, here: Path) -> None:
    """A home given by a relative path is found from the folder of the shell; nothing is left there."""
    relative = os.path.relpath(asked.folder / "north", here)
    ended = process(here, ["--home", relative, "ledger", "show", "--format", "json"])
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["data"]["entries"]
    assert list(here.iterdir()) == []


def test_from_inside_a_home(asked: World) -> None:
    """In a folder below a home, that is the home."""
    ended = process(asked.folder / "north" / "state", ["config", "show", "--format", "json"])
    settings = {one["name"]: one["value"] for one in json.loads(ended.stdout)["data"]["settings"]}
    assert (settings["name"], settings["role"]) == ("north", "site")


@pytest.mark.parametrize("environ", [{"LANG": "C"}, {"LC_ALL": "C"}, {"LC_ALL": "POSIX", "TERM": "dumb"}])
def test_a_plain_locale(here: Path, environ: dict[str, str]) -> None:
    """Under LANG=C, text with characters beyond ASCII is written whole, and read from arguments."""
    ended = process(here, ["verify", "--help"], environ)
    assert (ended.returncode, ended.stderr, "9f3c…" in ended.stdout) == (0, "", True)
    wrong = process(here, ["explain", "é"], environ)
    assert (wrong.returncode, "é" in wrong.stderr) == (2, True)


def test_bytes_that_are_no_text(here: Path) -> None:
    """An argument that is not UTF-8 is a mistake like another."""
    ended = process(here, ["explain", b"\xff\xfe"])
    assert (ended.returncode, "U-CODE" in ended.stderr) == (2, True)


def _closed(here: Path, line: list[str]) -> subprocess.CompletedProcess[str]:
    """A process without a standard input, as some schedulers start it."""
    return process(here, line, stdin=None, preexec_fn=lambda: os.close(0))


@pytest.mark.parametrize(
    "line", [["explain", "D-REFUSED"], ["config", "show"], ["analytic", "list"]], ids=" ".join
)
def test_stdin_closed(here: Path, line: list[str]) -> None:
    """Without a standard input, commands that need none work."""
    ended = _closed(here, line)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == process(here, line).stdout


def test_no_prompt(here: Path) -> None:
    """Without a terminal a pass-phrase is not asked for: the command ends with the way to give one."""
    ended = process(here, ["init", "researcher", "ana"])
    assert ended.returncode == 2
    assert "FEDCLI_PASSPHRASE_FILE" in ended.stderr
    assert list(here.iterdir()) == []


def test_no_prompt_with_stdin_closed(here: Path) -> None:
    """With stdin closed it is the same."""
    ended = _closed(here, ["init", "researcher", "ana"])
    assert (ended.returncode, "FEDCLI_PASSPHRASE_FILE" in ended.stderr) == (2, True)


@contextmanager
def _broken_pipe() -> Iterator[int]:
    """A pipe from which nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        yield writer
    finally:
        os.close(writer)


PIPED = [["explain"], ["explain", "--format", "json"], ["schema", "policy"], ["--help"], ["run", "--help"]]


@pytest.mark.parametrize("line", PIPED, ids=" ".join)
def test_a_broken_pipe_is_quiet(here: Path, line: list[str]) -> None:
    """When the reader has gone, as in `fedcli explain | head -1`, nothing is said of it."""
    with _broken_pipe() as pipe:
        assert process(here, line, stdout=pipe).stderr == ""


@pytest.mark.parametrize("line", PIPED, ids=" ".join)
def test_a_broken_pipe_is_no_bug(here: Path, line: list[str]) -> None:
    """A reader that has enough is no bug of ours: not 1."""
    with _broken_pipe() as pipe:
        assert process(here, line, stdout=pipe).returncode != 1


CLOSED = {"stdout": (1,), "stderr": (2,), "both": (1, 2), "all": (0, 1, 2)}


@pytest.mark.parametrize("closed", CLOSED.values(), ids=CLOSED)
def test_closed_streams(asked: World, here: Path, closed: tuple[int, ...]) -> None:
    """A scheduler that closes them: the command does its work, and no file gets what was to be shown."""
    line = ["--home", str(asked.folder / "north"), "ledger", "show"]
    database = asked.folder / "north" / "state" / "site.db"
    before = database.read_bytes()
    ended = process(here, line, preexec_fn=lambda: [os.close(one) for one in closed])
    assert ended.returncode == 0, ended.stderr
    assert (not ended.stdout, ended.stderr) == (1 in closed, "")
    assert database.read_bytes() == before


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_full_stdout(here: Path, form: str) -> None:
    """What could not be written is told, and the command says to run it again."""
    with Path("/dev/full").open("w") as full:
        ended = process(here, ["explain", "D-REFUSED", "--format", form], stdout=full)
    assert (ended.returncode, "error[F-FULL]" in ended.stderr) == (75, True)
    assert INNARDS.findall(ended.stderr) == []


def test_a_folder_that_is_gone(asked: World, here: Path) -> None:
    """In a folder that was removed, a command with a home works as from anywhere."""
    home, program = asked.folder / "north", f'"{sys.executable}" -m fedcli'
    ended = _run(
        ["sh", "-c", f'mkdir x && cd x && rmdir ../x && {program} --home "{home}" ledger show'], here
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "opened" in ended.stdout
    alone = _run(["sh", "-c", f"mkdir x && cd x && rmdir ../x && {program} ledger show"], here)
    assert (alone.returncode, "C-HOME" in alone.stderr) == (2, True)


LIBRARIES = [
    "typer",
    "rfc8785",
    "pydantic",
    "cryptography",
    "duckdb",
    "pyarrow",
    "numpy",
    "sqlite3",
    "json",
    "typing",
    "os",
    "fedcli",
]


@pytest.mark.parametrize("name", ["fedcli", "fedcli.__main__"])
def test_libraries_in_the_working_folder(asked: World, here: Path, name: str) -> None:
    """A file that is called as a library is not run because a command was typed beside it."""
    beside = LIBRARIES if name == "fedcli" else LIBRARIES[:7]  # python -m itself looks there for its own
    for library in beside:
        (here / f"{library}.py").write_text(f"open('ran', 'a').write('{library} ')\nraise SystemExit(99)\n")
    line = ["--home", str(asked.folder / "north"), "data", "check", "cohort"]
    script = shutil.which("fedcli", path=str(Path(sys.executable).parent))
    assert script is not None
    started = [script] if name == "fedcli" else [sys.executable, "-m", "fedcli"]
    ended = _run([*started, *line], here)
    assert (ended.returncode, (here / "ran").exists()) == (0, False), ended.stderr


def test_a_reader_that_takes_one_line(here: Path) -> None:
    """`fedcli explain | head -1` prints one line, and nothing on stderr."""
    line = f'"{sys.executable}" -m fedcli explain | head -1'
    ended = _run(["sh", "-c", line], here)
    assert (ended.returncode, ended.stderr, len(ended.stdout.splitlines())) == (0, "", 1)


def test_a_bug_as_a_process(here: Path) -> None:
    """An error of the program's own ends with 1, without a traceback and without its text."""
    program = (
        "import sys\n"
        "from fedcli.workflows import codes\n"
        "def fail(): raise ValueError('a secret')\n"
        "codes.codes = fail\n"
        "from fedcli.app import run\n"
        "sys.exit(run(['explain']))\n"
    )
    ended = _run([sys.executable, "-c", program], here)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "B-BUG" in ended.stderr
    assert "a secret" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_name_that_is_too_long(here: Path) -> None:
    """A home whose name no file system takes is a mistake, and no traceback with the program's paths."""
    ended = process(here, ["run", "--pending", "--home", "x" * 300])
    assert INNARDS.findall(ended.stderr) == []
    assert ended.returncode == 2


def test_an_unreadable_place(here: Path) -> None:
    """A file in the place of a home is told as such."""
    (here / "file").write_text("")
    ended = process(here, ["run", "--pending", "--home", "file"])
    assert (ended.returncode, INNARDS.findall(ended.stderr)) == (2, [])
    assert "C-NOT-HOME" in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this machine has no device that is full")
@pytest.mark.parametrize("line", [["explain"], ["explain", "--format", "json"], ["--version"]])
def test_a_full_disk_behind_stdout(here: Path, line: list[str]) -> None:
    """What could not be told there is told on stderr, with 75, and not tried again at the end."""
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "fedcli", *line],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=here,
            check=False,
        )
    assert ended.returncode == 75
    assert "error[F-FULL]" in ended.stderr
    assert INNARDS.findall(ended.stderr) == []

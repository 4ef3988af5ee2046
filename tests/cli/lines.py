"""Command lines: run in this process with streams that say what they are, or as a process of their own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from fedcli import app
from fedcli.config import Options
from fedcli.report.console import Console
from tests import sweeping
from tests.world import EPOCH, Ended

PROJECT = Path(__file__).parents[2]
ENVELOPE = {
    "schema": str,
    "command": str,
    "status": str,
    "exit": int,
    "code": str,
    "message": str,
    "hint": str,
    "data": dict,
    "warnings": list,
}
#: Exit codes and status words, as docs/cli.md and the contract have them.
STATUS = {
    0: "done",
    1: "bug",
    2: "usage",
    3: "invalid",
    4: "refused",
    5: "budget",
    6: "integrity",
    7: "partial",
    8: "pending",
    9: "data",
    10: "findings",
    75: "busy",
    130: "interrupted",
    143: "terminated",
}
#: What no text for people may hold: the language, the libraries and the place of the program.
INNARDS = re.compile(
    r"Traceback|<class|<function|object at 0x|site-packages|\b\w+\.py\b|\bfedcli\.[a-z_]+\b(?<!fedcli\.toml)"
    r"|\b[A-Z]\w*(?:Error|Exception|Warning)\b|\bNone\b|\bpydantic\b|\btyper\b|\bclick\b|\bPosixPath\b"
)


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def told(cwd: Path, *line: str, terminal: bool = False, **environ: str) -> Ended:
    """Run a command line in this process; all that it writes, wherever it takes the streams from."""
    kind = Terminal if terminal else io.StringIO
    out, err = kind(), kind()
    options = Options(environ=environ, cwd=cwd, now=_now)
    console = Console(out=out, err=err, environ=environ)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = app.run(list(line), options, console)
    sweeping.said(out.getvalue() + err.getvalue(), line)
    return Ended(code, out.getvalue(), err.getvalue())


def _now() -> datetime:
    return EPOCH


def process(
    cwd: Path, line: Sequence[str | bytes], environ: Mapping[str, str] | None = None, **more: Any
) -> subprocess.CompletedProcess[str]:
    """Run a command line as a process, in a bare environment."""
    program: list[str | bytes] = [sys.executable, "-m", "fedcli", *line]
    bare = {"PATH": os.environ["PATH"], "HOME": str(cwd), **(environ or {})}
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    streams |= more
    ended = subprocess.run(
        program, cwd=cwd, env=bare, text=True, encoding="utf-8", timeout=60, check=False, **streams
    )
    sweeping.said(f"{ended.stdout}{ended.stderr}", line)
    return ended


def document(ended: Ended) -> dict[str, Any]:
    """The one JSON document on stdout, with the keys of the contract and nothing on stderr."""
    assert ended.err == ""
    assert ended.out.endswith("\n")
    found: dict[str, Any] = json.loads(ended.out)
    assert {key: type(value) for key, value in found.items()} == ENVELOPE
    assert list(found) == list(ENVELOPE)
    assert found["schema"] == "fedcli/cli/1"
    assert (found["exit"], found["status"]) == (ended.exit, STATUS[ended.exit])
    return found


def error(ended: Ended) -> str:
    """The text of an error: on stderr alone, at most four lines and the pointer to `explain`."""
    assert ended.out == ""
    first, *rest, more = ended.err.splitlines()
    code = re.match(r"error\[([A-Z]+(?:-[A-Z]+)+)\] +\S", first)
    assert code is not None, first
    assert len(rest) <= 3
    assert all(re.match(r"  (where|have |fix  )  \S", line) for line in rest), rest
    assert rest[-1].startswith("  fix ")
    assert more == f"  more   fedcli explain {code[1]}"
    return ended.err

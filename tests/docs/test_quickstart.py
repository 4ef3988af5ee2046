"""The quickstart is true: its commands run word for word, and print what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import pages

PAGE = pages.PROJECT / "docs" / "quickstart.md"
BLOCK = re.compile(
    r"(?:<!-- exit (?P<exit>\d+) -->\n)?```sh\n(?P<commands>.*?)```\n(?:\n```text\n(?P<shown>.*?)```\n)?",
    re.DOTALL,
)
VARYING = (
    r"\bq-[0-9a-f]{12}\b",
    r"\b[0-9a-f]{64}\b",
    r"\b\d{4}-\d\d-\d\d( \d\d:\d\d)?\b",
)
LEFT_OUT = "..."
MARK = "@@@ the block has ended with"


@dataclass(frozen=True)
class Step:
    """Commands of the page, how they end, and what they print according to it."""

    commands: str
    exit: int
    shown: str | None


def steps(text: str) -> list[Step]:
    """Every block of commands in order."""
    return [Step(one["commands"], int(one["exit"] or 0), one["shown"]) for one in BLOCK.finditer(text)]


def script(page: list[Step]) -> str:
    """All blocks for one shell, which ends at the first command that fails where the page does not say so."""
    parts = ["set -e"]
    for step in page:
        line = f'echo "{MARK}"'
        if step.exit:
            parts += ["set +e", step.commands.rstrip(), "ended=$?; set -e", f"{line} $ended"]
        else:
            parts += [step.commands.rstrip(), f"{line} 0"]
    return "\n".join(parts) + "\n"


def masked(text: str) -> list[str]:
    """Lines without what differs from run to run."""
    for pattern in VARYING:
        text = re.sub(pattern, "…", text)
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def agrees(shown: list[str], real: list[str]) -> bool:
    """Whether the lines are those that the page shows; three dots stand for any number of lines."""
    if not shown:
        return not real
    if shown[0] == LEFT_OUT:
        return any(agrees(shown[1:], real[skipped:]) for skipped in range(len(real) + 1))
    return bool(real) and shown[0] == real[0] and agrees(shown[1:], real[1:])


def typed(page: list[Step], folder: Path) -> subprocess.CompletedProcess[str]:
    """All blocks of a page, in one shell in a folder, by somebody who has just installed fedcli."""
    bin_folder = Path(sys.executable).parent
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FEDCLI_")}
    environ["PATH"] = f"{bin_folder}{os.pathsep}{environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", script(page)],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_commands_run_as_they_stand(tmp_path: Path) -> None:
    """Pasted into one shell, every block ends as the page says and prints what it shows."""
    page = steps(PAGE.read_text())
    assert len(page) > 10
    ran = typed(page, tmp_path)
    parts = re.split(rf"^{MARK} (\d+)\n", ran.stdout, flags=re.MULTILINE)
    printed, ends = parts[0::2], [int(end) for end in parts[1::2]]
    for number, step in enumerate(page):
        assert number < len(ends), f"ended in\n{step.commands}\nwith\n{printed[number]}"
        assert ends[number] == step.exit, f"{step.commands}\n{printed[number]}"
        if step.shown is not None:
            shown, real = masked(step.shown), masked(printed[number])
            assert agrees(shown, real), (
                f"after\n{step.commands}\nthe page shows other lines than\n" + "\n".join(real)
            )
    assert ran.returncode == 0


def test_every_block_is_run() -> None:
    """No block of the page is of a kind that the test above overlooks."""
    text = PAGE.read_text()
    fences = re.findall(r"^```(\w*)$", text, re.MULTILINE)
    page = steps(text)
    assert fences.count("sh") == len(page)
    assert fences.count("text") == sum(step.shown is not None for step in page)
    assert set(fences) == {"sh", "text", ""}
    assert text.count("<!-- exit ") == sum(step.exit != 0 for step in page)


@pytest.mark.parametrize(
    ("shown", "real", "same"),
    [
        ("a\nb", "a\nb", True),
        ("a\n...", "a\nb\nc", True),
        ("...\nc", "a\nb\nc", True),
        ("a\nc", "a\nb\nc", False),
        ("a", "a\nb", False),
        ("a\n...\nb", "a\nc", False),
        ("q-0123456789ab  2026-11-22 23:10", "q-ba9876543210  2027-01-02 03:04", True),
        ("98 persons", "99 persons", False),
    ],
)
def test_what_counts_as_the_same(shown: str, real: str, same: bool) -> None:
    """Identifiers and dates may differ, numbers may not."""
    assert agrees(masked(shown), masked(real)) is same

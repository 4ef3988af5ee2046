"""Pages of help that need nothing but their text: what the parts of the work are, beside the commands.

Each is a file in `topics/`, its first line what it is about. The exit codes are written from the code.
"""

from __future__ import annotations

from pathlib import Path

from fedcli.errors import GRAVEST_FIRST, Outcome
from fedcli.files.reader import names, read

EXIT_CODES = "exit-codes"
_FOLDER = Path(__file__).parent / "topics"
_SUFFIX = ".txt"


def topics() -> dict[str, str]:
    """Every topic, and what it is about."""
    return {name: topic(name).partition("\n")[0] for name in sorted([*_files(), EXIT_CODES])}


def topic(name: str) -> str:
    """The page of a topic."""
    return _exit_codes() if name == EXIT_CODES else read(_FOLDER / f"{name}{_SUFFIX}").decode()


def listed() -> str:
    """All topics as text."""
    return "\n".join(f"{name:<12}  {about}" for name, about in topics().items()) + "\n"


def _files() -> list[str]:
    return [name.removesuffix(_SUFFIX) for name in names(_FOLDER, _SUFFIX)]


def _exit_codes() -> str:
    rows = [f"  {one.exit_code:>3}  {one.word:<11}  {one.meaning}" for one in Outcome]
    order = ", ".join(str(one.exit_code) for one in GRAVEST_FIRST)
    return "\n".join(
        (
            "How a command ends, for scripts and cron.\n",
            *rows,
            "\nFor several queries at once the first that occurred of",
            f"{order} decides.",
            "\nRepeating a completed act ends with 0; a refused or pending one repeats its code.",
            '8 and 75 are no failures: run it again later. "fedcli explain" has every code.\n',
        )
    )

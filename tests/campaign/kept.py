"""What the last campaign of each part said, kept beside the code, and the page that shows it.

`python -m tests.campaign --keep [PART…]` writes it; the date and the digest of the source that was tried are
in it, so that anybody can see how old it is, and run it again.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from fedcli.workflows.release import package

RESULTS = Path(__file__).parent / "results"

#: What each part is about, in the order of the page.
TITLES = {
    "faults": "Kills and errors at the file calls of the installed commands",
    "training": "Trainings whose sites and researcher are killed in every round",
    "budgets": "Processes at the edge of a budget, and processes that are killed",
    "month": "A month of nights in which sites fail",
    "bytes": "Every byte of every kind of signed file",
    "names": "Every published hostile string, as a name, an id or a path",
    "tables": "An attacker before tables and sequences of releases",
    "neighbours": "Persons taken out of random data",
    "noise": "Promises of noise, held against what is drawn",
    "large": "Data larger than memory",
    "deadlines": "Statements that the engine cannot interrupt",
}


def keep(part: str, said: Sequence[str], failed: int | None, seconds: float) -> None:
    """Write down what a part has said, in place of what it said before; `failed` is None until its end."""
    told = {
        "on": f"{datetime.now(UTC):%Y-%m-%d}",
        "source": package().digest[:12],
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "seconds": round(seconds),
        "failed": failed,
        "said": list(said),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{part}.json").write_text(f"{json.dumps(told, indent=1)}\n")


_ENDS = {None: "CUT SHORT", 0: "nothing was found"}


def page() -> str:
    """Every part: its command, when it ran and on what, and all that it said."""
    return "\n".join(line for part in TITLES for line in _part(part))


def _part(part: str) -> Iterator[str]:
    yield f"## {TITLES[part]}\n"
    if not (RESULTS / f"{part}.json").exists():
        yield f"`python -m tests.campaign {part}`: not run yet on this version.\n"
        return
    told = json.loads((RESULTS / f"{part}.json").read_text())
    found = _ENDS.get(told["failed"], f"{told['failed']} FAILED")
    yield (
        f"`python -m tests.campaign {part}`, {told['on']}, source `{told['source']}`, "
        f"Python {told['python']}, {told['processors']} processors, {_length(told['seconds'])}: {found}.\n"
    )
    yield "\n".join(["```text", *told["said"], "```\n"])


def _length(seconds: int) -> str:
    return f"{seconds} s" if seconds < 100 else f"{seconds / 60:.0f} min"

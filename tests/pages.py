"""The generated pages and schemas: written from the live code by `make docs`, and checked by `make check`.

Pages are Markdown with cog blocks that call the functions here, so that they cannot lie.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from fedcli.app import COMMANDS, EPILOG, root
from fedcli.errors import GRAVEST_FIRST, Outcome
from fedcli.model.schedule import Schedule
from fedcli.workflows import crontab as cron
from fedcli.workflows import forms, questions
from fedcli.workflows import units as systemd
from fedcli.workflows.codes import codes
from tests import analytics

PROJECT = Path(__file__).parent.parent
SCHEMAS = PROJECT / "schemas"


def commands() -> str:
    """Every command with its help, as it is printed."""
    parts = ["```text", _help(root(), ["fedcli"]), "```"]
    for name in COMMANDS:
        parts += [f"\n## fedcli {name}\n"]
        for path, command in _tree(root().get_command(None, name), ["fedcli", name]):
            parts += [f"### {' '.join(path)}\n"] if len(path) > 2 else []
            parts += ["```text", _help(command, path), "```", ""]
    return "\n".join(parts)


def walk() -> Iterator[tuple[list[str], Any]]:
    """Every command and group below the root, with its words."""
    for name in COMMANDS:
        yield from _tree(root().get_command(None, name), ["fedcli", name])


def _tree(command: Any, path: list[str]) -> Iterator[tuple[list[str], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _tree(inner, [*path, name])


def _help(command: Any, path: list[str]) -> str:
    context = typer.Context(command, info_name=" ".join(path), terminal_width=100, max_content_width=100)
    return "\n".join(line.rstrip() for line in command.get_help(context).splitlines()).strip()


def exit_codes() -> str:
    """The table of exit codes."""
    rows = [f"| {one.exit_code} | {one.word} | {one.meaning} |" for one in Outcome]
    order = ", ".join(str(one.exit_code) for one in GRAVEST_FIRST)
    table = "\n".join(["| exit | status | meaning |", "|---|---|---|", *rows])
    return f"{table}\n\nFor several queries at once the first of {order} that occurred decides."


def errors() -> str:
    """Every code with its texts."""
    parts = []
    for one in codes().codes:
        seen = "\n\nIt depends on data: a researcher sees `D-REFUSED` instead." if one.data_dependent else ""
        parts.append(
            f"### {one.code}\n\nExit {one.exit} ({one.status}): `{one.message}`\n\n"
            f"**Do:** `{one.fix}`\n\n{one.why}{seen}\n"
        )
    return "\n".join(parts)


def catalogue() -> str:
    """Every analytic with a link to its page."""
    return analytics.index()


def forms_table() -> str:
    """Every form with what it is, and its schema."""
    rows = [
        f"| `{name}` | {(form.__doc__ or '').partition(chr(10))[0]} "
        f"| [{name}.schema.json](../schemas/{name}.schema.json) |"
        for name, form in forms.FORMS.items()
    ]
    return "\n".join(["| form | what it is | schema |", "|---|---|---|", *rows])


def toml(file: str, tables: tuple[str, ...] = ()) -> str:
    """A file that people write, or some of its tables; the first one has no name."""
    text = (PROJECT / file).read_text().strip()
    if tables:
        parts = re.split(r"^(?=\[)", text, flags=re.MULTILINE)
        kept = [part.strip() for part in parts if (re.match(r"\[(.*?)\]", part) or ["", ""])[1] in tables]
        text = "\n\n".join(kept)
    return f"```toml\n{text}\n```"


def crontab() -> str:
    """What `fedcli schedule show --cron` prints for a site in /srv/fedcli."""
    return f"```text\n{cron.crontab('north', _NEEDS.words, Schedule(every='15 min')).strip()}\n```"


def units() -> str:
    """What `fedcli schedule show --systemd --at 02:30` prints for it, as two files."""
    texts = (systemd.service(_NEEDS), systemd.timer("north", Schedule(at="02:30")))
    return "\n\n".join(f"```ini\n{text.strip()}\n```" for text in texts)


_PROGRAM = "/opt/fedcli/bin/fedcli"
_NEEDS = systemd.Needs(
    site="north",
    user="fedcli",
    words=(_PROGRAM, "--home", "/srv/fedcli/north", "run", "--pending", "--quiet"),
    program=_PROGRAM,
    home="/srv/fedcli/north",
    posts="/mnt/shared/north",
    exchange="/mnt/shared",
    data=("/data/cohort",),
    memory_mb=4000,
    network=False,
    passphrase=None,
)


def global_options() -> str:
    """The options that every command takes."""
    return EPILOG


def schemas() -> dict[Path, str]:
    """The schema files and what they should hold."""
    return {
        SCHEMAS / f"{name}.schema.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in forms.schemas().items()
    }


def files() -> dict[Path, str]:
    """All files that are written as a whole: the schemas, and the table that lists the analytics."""
    table = json.dumps(questions.table(), indent=2, ensure_ascii=False) + "\n"
    return schemas() | {questions.TABLE: table}


def write() -> int:
    """Write every page, schema and table anew."""
    SCHEMAS.mkdir(exist_ok=True)
    for path, text in files().items():
        path.write_text(text)
    analytics.begin()
    return _cog("-r")


def check() -> int:
    """The number of pages, schemas and tables that are not what the code says."""
    stale = [path for path, text in files().items() if not path.exists() or path.read_text() != text]
    odd = [path for path in SCHEMAS.glob("*") if path not in schemas()]
    for path in stale + odd:
        sys.stdout.write(f"{path.relative_to(PROJECT)} is not current: make docs\n")
    gone = analytics.missing()
    for name in gone:
        sys.stdout.write(f"docs/analytics/{name} and the analytics differ: make docs, or remove it\n")
    return len(stale) + len(odd) + len(gone) + _cog("--check")


def _cog(mode: str) -> int:
    """Two processes, of which each rehearses what the other does not."""
    files = sorted([*(PROJECT / "docs").rglob("*.md"), PROJECT / "README.md"])
    pages = [path for path in files if "[[[cog" in path.read_text()]
    first = [path for path in pages if _rehearses_the_first(path)]
    line = [sys.executable, "-m", "cogapp", mode, "-I", str(PROJECT)]
    begun = [
        subprocess.Popen([*line, *map(str, part)], cwd=PROJECT)
        for part in (first, [path for path in pages if path not in first])
    ]
    return sum(one.wait() for one in begun)


def _rehearses_the_first(page: Path) -> bool:
    """Whether it is the page of an analytic whose example is rehearsed on the first sample."""
    first = next(iter(analytics.SAMPLES))
    return page.parent == analytics.PAGES and analytics.sample_of(page.stem) == first


if __name__ == "__main__":
    sys.exit(check() if "--check" in sys.argv else write())

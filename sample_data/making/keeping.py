"""Holding what is checked in against what was just made, and bringing it up to date."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from making.answers import pooled, same
from making.misfits import misfits
from making.scenario import Scenario
from making.tables import digest, digests


def check(scenario: Scenario, fresh: Path) -> Iterator[str]:
    """What differs between the checked-in files and those just made."""
    kept = scenario.folder
    made, found = digests(scenario, fresh), digests(scenario, kept)
    if json.loads((kept / "digests.json").read_text()) != found:
        yield "digests.json: other digests than those of the files"
    changed = (name for name in scenario.files if found[name] != made[name])
    yield from (f"{name}: other content than this script makes" for name in changed)
    answers = json.loads((kept / "pooled.json").read_text())
    if not same(answers, pooled(scenario, fresh)):
        yield "pooled.json: other answers than those of pooled.sql"
    if {name: list(analyses) for name, analyses in answers.items()} != scenario.asked:
        yield "pooled.json: other analyses than those of the queries"
    yield from sorted(set(misfits(scenario, kept)))


def update(scenario: Scenario, fresh: Path) -> Iterator[str]:
    """Put the files just made in place, but leave alone what has the right content already."""
    made = digests(scenario, fresh)
    for name in scenario.files:
        kept = scenario.folder / name
        if not kept.exists() or digest(scenario, kept) != made[name]:
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(fresh / name, kept)
            yield f"{name}: written"
    for name, value in (("digests.json", made), ("pooled.json", pooled(scenario, fresh))):
        kept = scenario.folder / name
        if not kept.exists() or not same(json.loads(kept.read_text()), value):
            kept.write_text(written(value))
            yield f"{name}: written"


def written(value: Any) -> str:
    """JSON for people: the rows of a table are a line each."""
    text = json.dumps(value, indent=2)
    return re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", text) + "\n"

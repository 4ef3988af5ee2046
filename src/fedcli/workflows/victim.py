"""The run that a self-test kills: `python -m fedcli.workflows.victim`, told on stdin where its site is."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

from fedcli.model.home import Desk
from fedcli.model.policy import Policy
from fedcli.workflows import execute
from fedcli.workflows.ran import Ran
from fedcli.workflows.rehearse import Stage

MODULE = __name__
SITE, DATASET = "south", "cohort"


def stage(folder: Path, now: datetime, policy: Policy | None = None) -> Stage:
    """The homes of a self-test."""
    return Stage(folder, now, policy or Policy(name="selftest"), DATASET)


def run(site: Desk) -> list[Ran]:
    """Answer what waits at the site."""
    return execute.run_all(site, (), rehearses=True)


def main() -> None:
    """Run the site of the folder that one line of stdin names."""
    folder, now = json.loads(sys.stdin.readline())
    run(stage(Path(folder), datetime.fromisoformat(now)).desk("site", SITE))


if __name__ == "__main__":
    main()

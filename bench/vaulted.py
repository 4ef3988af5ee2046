"""`python -m bench.vaulted FOLDER ROWS exact|noisy`: one summary by a vault in a process of its own.

It is what `bench.privacy` looks at to tell how much memory a vault takes, beside the same without noise.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.persons import visits
from bench.private import KEY
from fedcli.model.identifiers import Name
from fedcli.model.vault import Answering, Private
from fedcli.policy.profiles import profile
from fedcli.workflows.errand import errand
from fedcli.workflows.trial import analysis

MEAN: Name = "mean"


def main(folder: Path, rows: int, noisy: bool) -> None:
    """Send the task, and look that it was answered."""
    held, policy = visits(folder, rows), profile("private")
    private = Private(shares={MEAN: "0.05"}, contribution=held.counted, key=KEY)
    rules = policy.disclosure.model_copy(update={"secondary": "none", "memory": "none"})
    task = Answering(
        source=held.files,
        dictionary=held.dictionary,
        unit=held.dictionary.unit,
        analyses=(analysis(held.dictionary, "summary", MEAN, columns=["value"]),),
        disclosure=rules,
        review=policy.admission.review,
        private=private if noisy else None,
    )
    if errand(task, policy.limits).judged[MEAN].verdict != "released":
        raise RuntimeError("the vault released nothing")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "noisy")

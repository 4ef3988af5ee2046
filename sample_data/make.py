"""Makes the sample data: synthetic rows for each scenario, and the pooled answers to its queries.

    python sample_data/make.py            write what is missing or out of date
    python sample_data/make.py --check    compare what is checked in with what this script makes

Nothing here is real, and no number was estimated from data. What is assumed is said at the head of
each scenario's file in `making`, and for readers in the README beside this script.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from making import banks, hospitals, suppliers
from making.keeping import check, update
from making.tables import build

SCENARIOS = (hospitals.SCENARIO, banks.SCENARIO, suppliers.SCENARIO)


def main() -> int:
    """Write, or with `--check` compare; 1 where the comparison fails."""
    parser = argparse.ArgumentParser(description="Make the sample data, or check what is checked in.")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 where something differs")
    only_check = parser.parse_args().check
    told = []
    for scenario in SCENARIOS:
        with tempfile.TemporaryDirectory() as folder:
            build(scenario, Path(folder))
            changes = (check if only_check else update)(scenario, Path(folder))
            found = [f"{scenario.name}: {change}" for change in changes]
        print("\n".join(found) or f"{scenario.name}: as it should be")
        told += found
    return int(only_check and bool(told))


if __name__ == "__main__":
    sys.exit(main())

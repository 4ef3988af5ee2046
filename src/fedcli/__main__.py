"""`python -m fedcli`, and the console script."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line of this process."""
    _hold_streams()
    from fedcli.app import run
    from fedcli.config import without_plugins

    without_plugins()
    sys.exit(run(sys.argv[1:]))


def _hold_streams() -> None:
    """Let streams that the caller closed lead nowhere, before another file gets the number of one of them."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # which takes the lowest number that is free: this one
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


if __name__ == "__main__":
    main()

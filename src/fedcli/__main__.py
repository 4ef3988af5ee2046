"""`python -m fedcli`, and the console script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line of this process."""
    from fedcli.files.streams import settle

    settle()
    from fedcli.app import run
    from fedcli.config import without_plugins
    from fedcli.files.again import given_again

    without_plugins()
    given_again()
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    from fedcli.files.streams import apart, settle

    settle()
    apart()
    main()

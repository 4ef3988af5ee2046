"""`python -m tests.spec` writes docs/disclosure-rules.md; with `--check` it only says whether it would."""

from __future__ import annotations

import sys

from tests.spec.page import PAGE, page


def main(arguments: list[str]) -> int:
    """0, or 1 when the page that is there is not the one that would be written."""
    if "--check" not in arguments:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    current = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page()
    if not current:
        sys.stdout.write(f"docs/{PAGE.name} is not current: python -m tests.spec\n")
    return 0 if current else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

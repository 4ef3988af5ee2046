"""The studies of the manual, from the command line.

python -m tests.studies rare-disease     prints what the page of a study is made of
python -m tests.studies standard --keep  asks the public data anew, where they are, and keeps what came of it
python -m tests.studies pictures         takes the pages' pictures, where there is a Chromium
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.studies import pictures, public, worked

say = sys.stdout.write
_ALL = {"rare-disease": ("evaluation", "standard", worked.ALONE), "fraud": ("evaluation", "standard")}
_ALL |= {"fraud-and-chips": _ALL["fraud"], "delays": ("evaluation", "standard", "looked-at")}


def study(name: str) -> None:
    """All that a study's page shows."""
    say(f"{worked.command(name)}\n\n{worked.left(name)}\n\n{worked.cost(name, *_ALL[name])}\n\n")
    for key in worked.STUDIES[name].ids:
        say(f"{worked.answer(name, key)}\n")


def standard() -> None:
    """The public data under the profile `standard`."""
    default = worked.PROJECT.parent / "shared" / "data"
    public.keep(Path(os.environ.get("FEDCLI_SHARED_DATA", default)), lambda line: say(f"{line}\n"))


def main(asked: list[str]) -> int:
    """Do what is asked; 2 where that is nothing that is known."""
    match asked:
        case ["standard", "--keep"]:
            standard()
        case ["pictures"]:
            for name in pictures.PICTURES:
                say(f"{pictures.take(name)}\n")
            say(f"{pictures.take_causes()}\n")
        case [name] if name in worked.STUDIES:
            study(name)
        case _:
            say(str(__doc__))
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

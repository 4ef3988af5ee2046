"""`fedcli verify`: check signed files offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fedcli.commands._counter import group, optional_desk, tell

app = group("")


@app.command()
def verify(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="signed files, or folders of them", show_default=False),
    ],
    exchange: Annotated[
        Path | None, typer.Option("--exchange", help="the exchange whose roots to trust")
    ] = None,
    pin: Annotated[str | None, typer.Option("--pin", help="the digest of its first root")] = None,
) -> None:
    """Verify signed files and folders offline: what each is, and who vouches for it; 6 if one does not hold.

    Of a far exchange the copy in the home counts; "fedcli exchange pull" brings it up to date.

    \b
    Examples:
      fedcli verify exchange/
      fedcli verify proof.json
      fedcli verify releases/ --exchange exchange/ --pin 9f3c…
    """
    from fedcli.workflows import verify as walk

    if (exchange is None) != (pin is None):
        raise typer.BadParameter("--exchange and --pin go together")
    desk = None if exchange else optional_desk(context)
    tell(context, walk.verify(desk, files, exchange, pin))

"""`fedcli explain`: what a code means."""

from __future__ import annotations

from typing import Annotated

import typer

from fedcli.commands._counter import group, tell

app = group("")


@app.command()
def explain(
    context: typer.Context,
    code: Annotated[str | None, typer.Argument(metavar="CODE", help="a code; by default all")] = None,
) -> None:
    """Explain a code: what happened, what to do, and why it is so. Offline.

    \b
    Examples:
      fedcli explain D-REFUSED
      fedcli explain
    """
    from fedcli.workflows import codes

    tell(context, codes.code(code) if code else codes.codes())

"""`fedcli demo`: a whole federation, offline, in under a minute."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fedcli.commands._counter import counter, group, tell

app = group("")


@app.command()
def demo(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="where; by default a temporary folder")
    ] = None,
    scenario: Annotated[str, typer.Option("--scenario", help="hospitals, banks or suppliers")] = "hospitals",
    keep: Annotated[bool, typer.Option("--keep", help="leave DIR/<site>, DIR/researcher, … behind")] = False,
) -> None:
    """Play a whole federation on sample data, print each command, and compare with the pooled numbers.

    \b
    Examples:
      fedcli demo demo --keep
      fedcli demo --scenario banks
    """
    from fedcli.workflows import demo as walk

    at = counter(context)
    tell(context, walk.play(folder, scenario, keep, at.invoke, at.console.narrate))

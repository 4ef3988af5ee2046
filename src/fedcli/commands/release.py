"""`fedcli release`: what a site has published of its answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fedcli.commands._counter import FilePath, Reason, desk, group, tell

app = group("What a site has released, as anyone sees it and as a recipient does; and its recall.")


@app.command("list")
def list_(context: typer.Context) -> None:
    """List what this site has released and refused, in order, with what it has recalled.

    \b
    Examples:
      fedcli release list
      fedcli release list --format json
    """
    from fedcli.workflows import withdraw as walk

    tell(context, walk.listed(desk(context)))


@app.command()
def show(context: typer.Context, file: FilePath) -> None:
    """Verify a release and show it: its statement, and its numbers to a recipient.

    \b
    Examples:
      fedcli release show 000.01.release.json
      fedcli release show 000.01.release.json --format json
    """
    from fedcli.workflows import released

    tell(context, released.show(desk(context), file))


@app.command()
def export(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="ID", help="q-… or the digest", show_default=False)],
    folder: Annotated[Path, typer.Option("-o", "--output", help="the folder to write")],
) -> None:
    """Write what this site released of a query in the layout of ACRO, for output checkers.

    results.json, config.json, a table for each output, and checksums. What the checks found is in them:
    they are for this site's own people.

    \b
    Examples:
      fedcli release export q-4be1c2d3e4f5 -o checkers/
      fedcli release export q-4be1 -o checkers/ --format json
    """
    from fedcli.workflows import sacro

    tell(context, sacro.export(desk(context), query, folder))


@app.command()
def withdraw(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="ID", help="q-… or the digest", show_default=False)],
    reason: Reason,
) -> None:
    """Recall all releases of a query at this site: signed, ledgered, and told to everybody, for good.

    Combining leaves this site out, verifying refuses its releases, and results made of them are flagged.

    \b
    Examples:
      fedcli release withdraw q-4be1c2d3e4f5 --reason "2024 was counted twice"
      fedcli release withdraw q-4be1 --reason "incident 2026-31" --format json
    """
    from fedcli.workflows import withdraw as walk

    tell(context, walk.withdraw(desk(context), query, reason))

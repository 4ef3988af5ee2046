"""`fedcli combine`: verify, add up, sign."""

from __future__ import annotations

from typing import Annotated

import typer

from fedcli.commands._counter import desk, group, progress, tell

app = group("")


@app.command()
def combine(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="ID", help="q-… or the digest", show_default=False)],
    min_sites: Annotated[
        int | None,
        typer.Option("--min-sites", min=1, help="go ahead with so many; not below the query's quorum"),
    ] = None,
) -> None:
    """Verify the sites' releases, add them up, and keep and post the signed result.

    \b
    Examples:
      fedcli combine q-4be1c2d3e4f5
      fedcli combine q-4be1 --min-sites 3 --format json
    """
    from fedcli.workflows import combine as walk

    with progress(context, "verifying and adding up"):
        shown = walk.combine(desk(context), query, min_sites)
    tell(context, shown)

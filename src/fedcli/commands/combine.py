"""`fedcli combine`: verify, add up, sign."""

from __future__ import annotations

from typing import Annotated

import typer

from fedcli.commands._counter import desk, group, pause, progress, tell

app = group("")


@app.command()
def combine(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="ID", help="q-… or the digest", show_default=False)],
    min_sites: Annotated[
        int | None,
        typer.Option("--min-sites", min=1, help="go ahead with so many; not below the query's quorum"),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="stay, and ask the rounds of models as sites answer")
    ] = False,
) -> None:
    """Verify the sites' releases, add them up, and keep and post the signed result.

    \b
    Examples:
      fedcli combine q-4be1c2d3e4f5
      fedcli combine q-4be1 --min-sites 3 --format json
      fedcli combine q-4be1c2d3e4f5 --watch
    """
    from fedcli.workflows import combine as walk
    from fedcli.workflows import watch as watching

    with progress(context, "verifying and adding up"):
        shown = (
            watching.combine(lambda: desk(context), query, min_sites, pause)
            if watch
            else walk.combine(desk(context), query, min_sites)
        )
    tell(context, shown)

"""`fedcli combine`: verify, add up, sign."""

from __future__ import annotations

from pathlib import Path
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
    run: Annotated[
        int | None,
        typer.Option("--run", min=1, help="of a recurring query: which run; else the last that ended"),
    ] = None,
    external: Annotated[
        Path | None,
        typer.Option("--external", metavar="FILE", help="totals from elsewhere, for the audit"),
    ] = None,
) -> None:
    """Verify the sites' releases, add them up, and keep and post the signed result.

    It also asks which counts that a site hid can be worked out from the other tables of the query, and
    warns of them. FILE is TOML or JSON of the form totals ("fedcli schema totals"): totals that were
    published elsewhere, such as a national statistic. They are used for the audit, and added to nothing.

    \b
    Examples:
      fedcli combine q-4be1c2d3e4f5
      fedcli combine q-4be1 --min-sites 3 --format json
      fedcli combine q-4be1c2d3e4f5 --external register.toml
      fedcli combine q-4be1c2d3e4f5 --watch
      fedcli combine q-7a3f --run 1
    """
    from fedcli.workflows import combine as walk
    from fedcli.workflows import watch as watching

    with progress(context, "verifying and adding up") as under_way:
        shown = (
            watching.combine(lambda: desk(context), query, min_sites, pause, external, run, under_way)
            if watch
            else walk.combine(desk(context), query, min_sites, external, run)
        )
    tell(context, shown)

"""`fedcli run`: the site's one verb."""

from __future__ import annotations

from typing import Annotated

import typer

from fedcli.commands._counter import desk, group, progress, tell

app = group("")


@app.command()
def run(
    context: typer.Context,
    queries: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="q-… or digests", show_default=False)
    ] = None,
    pending: Annotated[
        bool, typer.Option("--pending", help="all queries that wait; what cron calls")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="stop before the charge; no data is opened")
    ] = False,
) -> None:
    """Run approved queries on this site's data, and publish signed releases.

    \b
    Examples:
      fedcli run --pending
      fedcli run q-4be1c2d3e4f5 --dry-run
    """
    from fedcli.workflows import execute

    if bool(queries) == pending:
        raise typer.BadParameter("name queries, or say --pending")
    with progress(context, "running"):
        shown = execute.run(desk(context), tuple(queries or ()), dry_run)
    tell(context, shown)

"""`fedcli run`: the site's one verb."""

from __future__ import annotations

from typing import Annotated

import typer

from fedcli.commands._counter import desk, group, pause, progress, tell

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
    watch: Annotated[
        bool, typer.Option("--watch", help="stay, and answer the rounds of models as they come")
    ] = False,
) -> None:
    """Run approved queries on this site's data, and publish signed releases.

    With --watch one vault lives for the rounds of a query; it ends with the result of the
    researcher, or when nobody posts anything for as long as the query gives a round.

    \b
    Examples:
      fedcli run --pending
      fedcli run q-4be1c2d3e4f5 --dry-run
      fedcli run q-4be1c2d3e4f5 --watch
    """
    from fedcli.workflows.spare import Spares

    given = tuple(queries or ())
    if bool(given) == pending:
        raise typer.BadParameter("name queries, or say --pending")
    if watch and dry_run:
        raise typer.BadParameter("--dry-run stops before the first round; leave --watch out")
    with progress(context, "running"), Spares(0 if dry_run else 1) as spares:
        from fedcli.workflows import execute  # which takes as long as the vault does
        from fedcli.workflows import watch as watching

        shown = (
            watching.run(lambda: desk(context), given, pause, spares)
            if watch
            else execute.run(desk(context), given, dry_run, spares)
        )
    tell(context, shown)

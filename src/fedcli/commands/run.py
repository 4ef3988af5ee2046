"""`fedcli run`: the site's one verb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fedcli.commands._counter import counter, desk, group, length, pause, progress, tell

if TYPE_CHECKING:
    from fedcli.model.shown.told import Told

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
    max_runtime: Annotated[
        str | None,
        typer.Option(
            "--max-runtime",
            metavar="DURATION",
            callback=length,
            help="begin no query after it, and stop the one under way",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Run approved queries on this site's data, and publish signed releases.

    With -q only what is news for a person is told, on stderr: cron then mails once what was refused
    or waits for people. With -v each line of the log goes to stderr, where that is no terminal.
    What --max-runtime leaves, the next run goes on with; the exit code is 8, unless something graver
    happened. A second run of a site ends at once, with 75. state/heartbeat.json tells the last run.

    With --watch one vault lives for the rounds of a query; it ends with the result of the
    researcher, or when nobody posts anything for as long as the query gives a round.

    \b
    Examples:
      fedcli run --pending
      fedcli run --pending --quiet --max-runtime "20 min"
      fedcli run q-4be1c2d3e4f5 --dry-run
      fedcli run q-4be1c2d3e4f5 --watch
    """
    given = tuple(queries or ())
    if bool(given) == pending:
        raise typer.BadParameter("name queries, or say --pending")
    if watch and dry_run:
        raise typer.BadParameter("--dry-run stops before the first round; leave --watch out")
    if watch and max_runtime:
        raise typer.BadParameter("--watch stays as long as it takes; leave --max-runtime out")
    tell(context, _told(context, given, dry_run, watch, max_runtime))


def _told(context: typer.Context, given: tuple[str, ...], dry: bool, watch: bool, most: str | None) -> Told:
    from fedcli.workflows.spare import Spares

    at = counter(context)
    with progress(context, "running"), Spares(0 if dry else 1) as spares:
        from fedcli.workflows import execute  # which takes as long as the vault does
        from fedcli.workflows import watch as watching
        from fedcli.workflows.journal import Manner

        manner = Manner(at.options.now, most, at.console.event)
        if watch:
            return watching.run(lambda: desk(context), given, pause, spares, manner)
        return execute.run(desk(context), given, dry, spares, manner)

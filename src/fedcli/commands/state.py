"""`fedcli state`: what a site remembers of what it told."""

from __future__ import annotations

from typing import Annotated

import typer

from fedcli.commands._counter import desk, group, tell

app = group("Show what a site's vault remembers of its populations, and purge it.")


@app.command()
def show(context: typer.Context) -> None:
    """Show what is remembered of each population, until when, and what was purged.

    What was told of a population is remembered, encrypted, so that no later answer gives a person away
    together with an earlier one. The policy says in limits.retention how long it is kept.

    \b
    Examples:
      fedcli state show
      fedcli state show --format json
    """
    from fedcli.workflows import forgetting

    tell(context, forgetting.show(desk(context)))


@app.command()
def purge(
    context: typer.Context,
    populations: Annotated[
        list[str] | None,
        typer.Argument(metavar="POPULATION…", help="as a dictionary names it", show_default=False),
    ] = None,
    due: Annotated[bool, typer.Option("--due", help="all that the policy keeps no longer")] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", help="why; it is ledgered", show_default=False)
    ] = None,
) -> None:
    """Delete what is remembered of a population, for good; this site then answers nothing about it any more.

    With --due, from cron, of every population that was not asked about for as long as the policy keeps it.
    The ledger has an entry of each. What was released stays released; backups have copies of their own.

    \b
    Examples:
      fedcli state purge hospital-patients --reason "the study has ended"
      fedcli state purge --due --format json
    """
    from fedcli.workflows import forgetting

    given = tuple(populations or ())
    if bool(given) == due:
        raise typer.BadParameter("name populations, or say --due")
    if due:
        if reason is not None:
            raise typer.BadParameter("the reason of --due is the policy's; leave --reason out")
        tell(context, forgetting.purge_due(desk(context)))
    elif reason is None:
        raise typer.BadParameter('say why: --reason "…"')
    else:
        tell(context, forgetting.purge(desk(context), given, reason))

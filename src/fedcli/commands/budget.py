"""`fedcli budget`: what differential privacy has cost, and what is left."""

from __future__ import annotations

from typing import Annotated

import typer

from fedcli.commands._counter import desk, group, tell

app = group("Show what differential privacy has spent of each population's budget at a site.")
Dataset = Annotated[
    str | None, typer.Argument(metavar="[DATASET]", help="by default every population of the site")
]


@app.command()
def show(context: typer.Context, dataset: Dataset = None) -> None:
    """Show what each population and project has spent and has left, and how long that lasts.

    Amounts are rho of zero-concentrated differential privacy; epsilon is told at the policy's delta,
    unless exact numbers of the same persons left too.

    \b
    Examples:
      fedcli budget show
      fedcli budget show cohort --format json
    """
    from fedcli.workflows import budgeting

    tell(context, budgeting.show(desk(context), dataset))


@app.command()
def history(context: typer.Context, dataset: Dataset = None) -> None:
    """List every charge under differential privacy in order, with what was left after it.

    A question of several rounds is paid for with its first; the later ones name that entry.

    \b
    Examples:
      fedcli budget history
      fedcli budget history cohort --format json
    """
    from fedcli.workflows import budgeting

    tell(context, budgeting.history(desk(context), dataset))

"""`fedcli review`: people of a site look at what was parked, and decide."""

from __future__ import annotations

from typing import Annotated

import typer

from fedcli.commands._counter import Reason, desk, group, tell

app = group("Look at releases that wait for people: approve them, send them back or reject them.")

Query = Annotated[str, typer.Argument(metavar="ID", help="q-… or the digest", show_default=False)]


@app.command("list")
def list_(context: typer.Context) -> None:
    """List what was parked at this site, and how its reviews stand.

    \b
    Examples:
      fedcli review list
      fedcli review list --format json
    """
    from fedcli.workflows import review

    tell(context, review.listed(desk(context)))


@app.command()
def show(context: typer.Context, query: Query) -> None:
    """Show a reviewer (--key NAME) the findings, the exact values, what left before, and what was said.

    Exact values, and how they differ from what left before, are computed anew in a vault and shown as text
    only: --format json is without them.

    \b
    Examples:
      fedcli review show q-4be1c2d3e4f5 --key ben
      fedcli review show q-4be1 --key ben --format json
    """
    from fedcli.workflows import review

    tell(context, review.show(desk(context), query))


@app.command()
def approve(context: typer.Context, query: Query, reason: Reason) -> None:
    """Let a parked release out as a person (--key NAME); the next run releases it.

    \b
    Examples:
      fedcli review approve q-4be1c2d3e4f5 --key ben --reason "no ward is closed"
      fedcli review approve q-4be1 --key ben --reason "ok"
    """
    from fedcli.workflows import review

    tell(context, review.decide(desk(context), query, "approve", reason))


@app.command("request-changes")
def request_changes(context: typer.Context, query: Query, reason: Reason) -> None:
    """Send a parked release back as a person (--key NAME); the reason stays here.

    \b
    Examples:
      fedcli review request-changes q-4be1c2d3e4f5 --key ben --reason "coarser"
      fedcli review request-changes q-4be1 --key ben --reason "without the zeros"
    """
    from fedcli.workflows import review

    tell(context, review.decide(desk(context), query, "request-changes", reason))


@app.command()
def reject(context: typer.Context, query: Query, reason: Reason) -> None:
    """Reject a parked release as a person (--key NAME); that ends its review.

    \b
    Examples:
      fedcli review reject q-4be1c2d3e4f5 --key ben --reason "tells of one family"
      fedcli review reject q-4be1 --key ben --reason "not this way"
    """
    from fedcli.workflows import review

    tell(context, review.decide(desk(context), query, "reject", reason))

"""`fedcli approval`: people of a site decide on queries."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from fedcli.commands._counter import Reason, desk, group, length, tell

app = group("Read queries as they were signed, and grant, deny or revoke them.")

Query = Annotated[str, typer.Argument(metavar="ID", help="q-… or the digest", show_default=False)]


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the queries that name this site, and how they stand.

    \b
    Examples:
      fedcli approval list
      fedcli approval list --format json
    """
    from fedcli.workflows import approve

    tell(context, approve.listed(desk(context)))


@app.command()
def show(context: typer.Context, query: Query) -> None:
    """Show what a query would compute and release here, made from what was signed.

    \b
    Examples:
      fedcli approval show q-4be1c2d3e4f5
      fedcli approval show q-4be1 --format json
    """
    from fedcli.workflows import approve

    tell(context, approve.show(desk(context), query))


@app.command()
def grant(
    context: typer.Context,
    query: Query,
    reason: Reason,
    expires: Annotated[
        datetime | None, typer.Option("--expires", formats=["%Y-%m-%d"], help="last day")
    ] = None,
    max_runs: Annotated[
        int | None,
        typer.Option(
            "--max-runs", min=1, max=1000, help="how often data may be opened; 3 unless said before"
        ),
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(
            "--period",
            metavar="DURATION",
            callback=length,
            help="of a recurring query: at most one run in it",
        ),
    ] = None,
) -> None:
    """Grant a query as a person (--key NAME), under the policy in force now.

    A recurring query is granted one run, unless --period says how far its runs are apart ("1 day"); then
    --max-runs says how many they are.

    \b
    Examples:
      fedcli approval grant q-4be1c2d3e4f5 --key alice --reason "DAC 2026-17"
      fedcli approval grant q-4be1 --key ben --reason "ok" --expires 2027-01-31
      fedcli approval grant q-7a3f --key ben --reason "ok" --period "1 day"
    """
    from fedcli.workflows import approve

    ends = expires.date() if expires else None
    tell(context, approve.decide(desk(context), query, "grant", reason, ends, max_runs, period))


@app.command()
def deny(context: typer.Context, query: Query, reason: Reason) -> None:
    """Deny a query as a person (--key NAME).

    \b
    Examples:
      fedcli approval deny q-4be1c2d3e4f5 --key alice --reason "not our purpose"
      fedcli approval deny q-4be1 --key ben --reason "ask with fewer groups"
    """
    from fedcli.workflows import approve

    tell(context, approve.decide(desk(context), query, "deny", reason))


@app.command()
def revoke(context: typer.Context, query: Query, reason: Reason) -> None:
    """Take one's own grant back (--key NAME).

    \b
    Examples:
      fedcli approval revoke q-4be1c2d3e4f5 --key alice --reason "withdrawn"
      fedcli approval revoke q-4be1 --key ben --reason "mistake"
    """
    from fedcli.workflows import approve

    tell(context, approve.decide(desk(context), query, "revoke", reason))

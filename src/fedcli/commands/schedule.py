"""`fedcli schedule`: letting a site run by itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from fedcli import config
from fedcli.commands._counter import desk, group, length, tell

app = group("Let a site run by itself.")


def _time(value: str | None) -> str | None:
    """A time of day as it was typed."""
    from fedcli.model.identifiers import TIME_OF_DAY

    if value is not None and not re.fullmatch(TIME_OF_DAY, value):
        raise typer.BadParameter('a time of day in UTC, such as "02:30"')
    return value


@app.callback()
def _group() -> None:
    """Keep `show` a command of its own, although it is the only one."""


@app.command()
def show(
    context: typer.Context,
    cron: Annotated[bool, typer.Option("--cron", help="a crontab")] = False,
    systemd: Annotated[bool, typer.Option("--systemd", help="a service and its timer")] = False,
    every: Annotated[
        str | None,
        typer.Option("--every", metavar="DURATION", callback=length, help="how often", show_default=False),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="HH:MM", callback=_time, help="once a day, at this time (UTC)", show_default=False
        ),
    ] = None,
    max_runtime: Annotated[
        str | None,
        typer.Option(
            "--max-runtime",
            metavar="DURATION",
            callback=length,
            help="of each run",
            show_default=False,
        ),
    ] = None,
    network: Annotated[
        bool, typer.Option("--network", help="let the service reach a network, for a remote exchange")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="also write the files", show_default=False),
    ] = None,
) -> None:
    """Show what cron or systemd is told to run what is pending, with everything a run needs and no more.

    Without --every or --at it is as [schedule] in fedcli.toml says, which `doctor` watches; else
    every 15 min. Nothing is installed.

    \b
    Examples:
      fedcli schedule show --cron
      fedcli schedule show --systemd --at 02:30 -o units/
    """
    from fedcli.workflows import scheduling

    if cron == systemd:
        raise typer.BadParameter("say --cron or --systemd")
    if every and at:
        raise typer.BadParameter("say --every or --at")
    form = scheduling.FORMS[systemd]
    given = (every, at, max_runtime, network, output)
    tell(context, scheduling.show(desk(context), form, config.program(), *given))

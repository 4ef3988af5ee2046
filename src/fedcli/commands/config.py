"""`fedcli config`: settings and where they come from."""

from __future__ import annotations

from typing import Annotated

import typer

from fedcli import config
from fedcli.commands._counter import counter, group, tell

app = group("The settings in force.")


@app.callback()
def _group() -> None:
    """Keep `show` a command of its own, although it is the only one."""


@app.command()
def show(
    context: typer.Context,
    origin: Annotated[bool, typer.Option("--origin/--no-origin", help="where each value is from")] = True,
) -> None:
    """Show every setting, and where its value is from.

    \b
    Examples:
      fedcli config show
      fedcli config show --origin --format json
    """
    from fedcli.model.shown.reference import ConfigShown, SettingShown

    settings = config.settings(counter(context).options)
    rows = tuple(
        SettingShown(name=one.name, value=one.value, origin=one.origin if origin else "") for one in settings
    )
    tell(context, ConfigShown(settings=rows))

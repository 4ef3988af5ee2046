"""`fedcli exchange`: carrying files by hand."""

from __future__ import annotations

import typer

from fedcli.commands._counter import desk, group, progress, tell

app = group("Carry files between this home and a far exchange by hand; other commands do it by themselves.")


@app.command()
def pull(context: typer.Context) -> None:
    """Take what others have posted.

    What this home has is never replaced: other bytes under a known name are an alarm, 6.

    \b
    Examples:
      fedcli exchange pull
      fedcli exchange pull --format json
    """
    from fedcli.workflows import carry

    with progress(context, "taking"):
        shown = carry.pull(desk(context))
    tell(context, shown)


@app.command()
def push(context: typer.Context) -> None:
    """Give what this home has made and the exchange does not have.

    A statement is given after all that it rests on. What is there is never replaced.

    \b
    Examples:
      fedcli exchange push
      fedcli exchange push --format json
    """
    from fedcli.workflows import carry

    with progress(context, "giving"):
        shown = carry.push(desk(context))
    tell(context, shown)


@app.command()
def sync(context: typer.Context) -> None:
    """Take what others have posted, and give what this home has made.

    \b
    Examples:
      fedcli exchange sync
      fedcli exchange sync --format json
    """
    from fedcli.workflows import carry

    with progress(context, "carrying"):
        shown = carry.sync(desk(context))
    tell(context, shown)


@app.command()
def ls(context: typer.Context) -> None:
    """List every name that counts, here and at the exchange.

    \b
    Examples:
      fedcli exchange ls
      fedcli exchange ls --format json
    """
    from fedcli.workflows import carry

    tell(context, carry.listed(desk(context)))

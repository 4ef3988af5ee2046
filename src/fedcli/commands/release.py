"""`fedcli release`: what a site has published of its answers."""

from __future__ import annotations

import typer

from fedcli.commands._counter import FilePath, desk, group, tell

app = group("What a site has released, as anyone sees it and as a recipient does.")


@app.callback()
def _group() -> None:
    """Keep `show` a command of its own, although it is the only one."""


@app.command()
def show(context: typer.Context, file: FilePath) -> None:
    """Verify a release and show it: its statement, and its numbers to a recipient.

    \b
    Examples:
      fedcli release show 000.01.release.json
      fedcli release show 000.01.release.json --format json
    """
    from fedcli.workflows import released

    tell(context, released.show(desk(context), file))

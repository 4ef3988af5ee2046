"""`fedcli selftest`: whether what is installed works on this machine."""

from __future__ import annotations

import typer

from fedcli.commands._counter import counter, group, progress, tell

app = group("")


@app.command()
def selftest(context: typer.Context) -> None:
    """Try the installed program on this machine, in some seconds: published examples, cage, lock, recovery.

    It makes a small federation in a temporary folder, kills a run after its charge, and lets the next one
    finish. No home is touched; exit 10 where something does not hold.

    \b
    Examples:
      fedcli selftest
      fedcli selftest --format json
    """
    from fedcli.workflows import selftest as walk

    with progress(context, "testing"):
        shown = walk.selftest(counter(context).options.now())
    tell(context, shown)

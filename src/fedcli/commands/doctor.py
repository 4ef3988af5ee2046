"""`fedcli doctor`: whether all is well here."""

from __future__ import annotations

import typer

from fedcli.commands._counter import counter, group, optional_desk, tell

app = group("")


@app.command()
def doctor(context: typer.Context) -> None:
    """Look whether program, home, keys, exchange, federation, policy and ledger are well; 10 if not.

    \b
    Examples:
      fedcli doctor
      fedcli doctor --home north --format json
    """
    from fedcli.workflows import examine

    tell(context, examine.doctor(optional_desk(context), counter(context).options.now()))

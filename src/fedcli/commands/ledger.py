"""`fedcli ledger`: a site's tamper-evident log."""

from __future__ import annotations

from typing import Annotated

import typer

from fedcli.commands._counter import FilePath, desk, group, tell

app = group("Read, check and prove the log of what a site was asked and what it released.")


@app.command()
def show(context: typer.Context) -> None:
    """Show all entries in order.

    \b
    Examples:
      fedcli ledger show
      fedcli ledger show --format json
    """
    from fedcli.workflows import book

    tell(context, book.entries(desk(context)))


@app.command()
def verify(context: typer.Context) -> None:
    """Recompute every hash, and check that the log continues what it published; 6 if not.

    \b
    Examples:
      fedcli ledger verify
      fedcli ledger verify --format json
    """
    from fedcli.workflows import book

    tell(context, book.verify(desk(context)))


@app.command()
def checkpoint(context: typer.Context) -> None:
    """Publish a signed checkpoint of the log as it is now.

    \b
    Examples:
      fedcli ledger checkpoint
      fedcli ledger checkpoint --format json
    """
    from fedcli.workflows import book

    tell(context, book.checkpoint(desk(context)))


@app.command()
def prove(
    context: typer.Context,
    entry: Annotated[int, typer.Argument(metavar="ENTRY", min=0, help="its number", show_default=False)],
) -> None:
    """Print the proof that an entry is in the log; as JSON, a file that fedcli verify checks.

    \b
    Examples:
      fedcli ledger prove 3
      fedcli ledger prove 3 --format json > proof.json
    """
    from fedcli.workflows import book

    tell(context, book.prove(desk(context), entry))


@app.command("record-external")
def record_external(context: typer.Context, file: FilePath) -> None:
    """Make an output known that left by another door, so that this site remembers it.

    FILE is TOML or JSON of the form external ("fedcli schema external"): title, date, who, the dataset
    or population, and where they are known the cohort and the released counts. The ledger has its digest.

    \b
    Examples:
      fedcli ledger record-external annual-report.toml
      fedcli ledger record-external annual-report.toml --format json
    """
    from fedcli.workflows import outside

    tell(context, outside.record_external(desk(context), file))

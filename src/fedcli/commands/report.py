"""`fedcli report`: show a result that was combined."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fedcli.commands._counter import counter, desk, group, tell

app = group("")


@app.command()
def report(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="ID", help="q-… or the digest", show_default=False)],
    csv: Annotated[Path | None, typer.Option("--csv", help="also write the numbers to a CSV file")] = None,
    run: Annotated[
        int | None, typer.Option("--run", min=1, help="of a recurring query: which run; else the last")
    ] = None,
    parquet: Annotated[
        Path | None, typer.Option("--parquet", help="also write them to a Parquet file")
    ] = None,
) -> None:
    """Show the result of a query as tables, or with --format json or csv.

    \b
    Examples:
      fedcli report q-4be1c2d3e4f5
      fedcli report q-4be1 --format json > result.json
      fedcli report q-4be1 --format csv > numbers.csv
      fedcli report q-7a3f --run 1
      fedcli report q-4be1 --csv result.csv --parquet result.parquet
    """
    from fedcli.workflows import kept

    at, shown = counter(context), kept.kept(desk(context), query, csv, parquet, run)
    if at.options.format == "csv":
        at.leave()
        at.outcome = at.console.plain(kept.as_csv(shown), shown)
    else:
        tell(context, shown)

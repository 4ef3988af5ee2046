"""`fedcli report`: show a result that was combined."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fedcli.commands._counter import counter, desk, group, optional_desk, tell

app = group("")


@app.command()
def report(
    context: typer.Context,
    query: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="q-… or the digest; or a .json file of a result", show_default=False
        ),
    ],
    csv: Annotated[Path | None, typer.Option("--csv", help="also write the numbers to a CSV file")] = None,
    run: Annotated[
        int | None, typer.Option("--run", min=1, help="of a recurring query: which run; else the last")
    ] = None,
    parquet: Annotated[
        Path | None, typer.Option("--parquet", help="also write them to a Parquet file")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="also write a page to look at, to print and to send")
    ] = None,
) -> None:
    """Show the result of a query as tables, or with --format json or csv; or as a page, with --html.

    The page is one file without script. It has every table, pictures of them, who refused and what to do,
    what privacy cost, and how to check it all. ID can also be a file: a result that somebody gave to you.

    \b
    Examples:
      fedcli report q-4be1c2d3e4f5
      fedcli report q-4be1 --format json > result.json
      fedcli report q-4be1 --format csv > numbers.csv
      fedcli report q-7a3f --run 1
      fedcli report q-4be1 --csv result.csv --parquet result.parquet
      fedcli report q-4be1 --html result.html
      fedcli report given.json --html given.html
    """
    from fedcli.workflows import kept

    at = counter(context)
    if query.endswith(".json") and run is None:
        shown = kept.given(optional_desk(context), Path(query), csv, parquet)
    else:
        shown = kept.kept(desk(context), query, csv, parquet, run)
    if html is not None:
        from fedcli.report.sheet.document import document
        from fedcli.workflows import asked, exporting

        shown = exporting.paged(shown, html, document(asked.with_question(at.desk, shown)))
    if at.options.format == "csv":
        at.leave()
        at.outcome = at.console.plain(kept.as_csv(shown), shown)
    else:
        tell(context, shown)

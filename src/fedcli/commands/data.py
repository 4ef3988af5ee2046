"""`fedcli data`: the datasets of a site, and their dictionaries."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from fedcli.commands._counter import desk, group, progress, tell

app = group("Add data, hold them against their dictionary, describe and draft dictionaries.")

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="the dataset, as the federation calls it", show_default=False)
]
Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH", help="Parquet files, folders or patterns, or a .duckdb file", show_default=False
    ),
]
Table = Annotated[str | None, typer.Option("--table", help="the table of a .duckdb file")]


@app.command()
def add(
    context: typer.Context,
    name: Name,
    paths: Paths,
    table: Table = None,
    dictionary: Annotated[
        Path | None, typer.Option("--dictionary", help="the file you have; it must be the agreed one")
    ] = None,
    opt_outs: Annotated[
        datetime | None,
        typer.Option("--opt-outs", formats=["%Y-%m-%d"], help="objections up to this day are taken out"),
    ] = None,
    opt_outs_by: Annotated[
        str | None, typer.Option("--opt-outs-by", help="whose list of objections; it is ledgered")
    ] = None,
) -> None:
    """Take a dataset in, after holding it against the agreed dictionary, and offer it.

    \b
    Examples:
      fedcli data add cohort /data/cohort/
      fedcli data add cohort /data/hospital.duckdb --table cohort
      fedcli data add cohort /data/cohort/ --opt-outs 2026-10-01 --opt-outs-by NHS
    """
    from fedcli.workflows import datasets

    if (opt_outs is None) != (opt_outs_by is None):
        raise typer.BadParameter("--opt-outs and --opt-outs-by go together")
    said = (opt_outs.date(), opt_outs_by) if opt_outs and opt_outs_by is not None else None
    with progress(context, f"holding {name} against its dictionary"):
        shown = datasets.add(desk(context), name, paths, table, dictionary, opt_outs=said)
    tell(context, shown)


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the datasets of this site with their snapshots.

    \b
    Examples:
      fedcli data list
      fedcli data list --format json
    """
    from fedcli.workflows import datasets

    tell(context, datasets.listed(desk(context)))


@app.command()
def describe(context: typer.Context, name: Name) -> None:
    """Describe a dataset's columns, as the dictionary has them.

    \b
    Examples:
      fedcli data describe cohort
      fedcli data describe cohort --format json
    """
    from fedcli.workflows import datasets

    tell(context, datasets.described(desk(context), name))


@app.command()
def check(context: typer.Context, name: Name) -> None:
    """Hold a dataset against its dictionary now. Values are never shown; rows are counted.

    \b
    Examples:
      fedcli data check cohort
      fedcli data check cohort --format json
    """
    from fedcli.workflows import datasets

    with progress(context, f"holding {name} against its dictionary"):
        shown = datasets.check(desk(context), name)
    tell(context, shown)


@app.command("draft-dictionary")
def draft_dictionary(
    context: typer.Context,
    paths: Paths,
    table: Annotated[
        str | None,
        typer.Option("--table", help="the table of a .duckdb file; beside --events, that of the persons"),
    ] = None,
    events: Annotated[
        list[str] | None,
        typer.Option("--events", help="a table of events beside that of the persons; may be given again"),
    ] = None,
    name: Annotated[str, typer.Option("--name", help="the dataset's name")] = "dataset",
    min_count: Annotated[
        int, typer.Option("--min-count", min=3, help="leave out levels that fewer rows have")
    ] = 10,
) -> None:
    """Draft a dictionary from data, for a person to edit; bounds and rare levels are left out.

    With --events it is of several tables: a folder with a file or folder for each, or a .duckdb file.

    \b
    Examples:
      fedcli data draft-dictionary cohort.parquet > cohort.toml
      fedcli data draft-dictionary hospital.duckdb --table cohort --name cohort
      fedcli data draft-dictionary /data/clinic --table persons --events visits
    """
    from fedcli.workflows import drafting

    shown = drafting.draft(paths, table, tuple(events or ()), name, min_count)
    for note in shown.notes:
        context.obj.console.hint(note)
    tell(context, shown)


@app.command()
def mock(
    context: typer.Context,
    dictionary: Annotated[
        Path, typer.Argument(metavar="DICTIONARY", help="the dictionary file", show_default=False)
    ],
    rows: Annotated[int, typer.Option("-n", "--rows", min=1, max=1_000_000, help="rows of each site")],
    folder: Annotated[Path, typer.Option("-o", "--output", help="the folder to write")],
    sites: Annotated[int, typer.Option("--sites", min=1, max=100, help="how many sites")] = 3,
) -> None:
    """Make mock data from a dictionary alone, one file for each site, for rehearsals.

    \b
    Examples:
      fedcli data mock cohort.toml -n 500 -o mock/
      fedcli data mock cohort.toml -n 2000 -o two/ --sites 2
    """
    from fedcli.workflows import mocking

    with progress(context, "making mock data"):
        shown = mocking.mock(dictionary, rows, folder, sites)
    tell(context, shown)

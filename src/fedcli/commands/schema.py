"""`fedcli schema`: the forms that fedcli reads and writes."""

from __future__ import annotations

from typing import Annotated

import typer

from fedcli.commands._counter import group, tell

app = group("")


@app.command()
def schema(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", help="query, dictionary, policy, …; cli-COMMAND; by default all names"
        ),
    ] = None,
) -> None:
    """Print the JSON Schema of a file, or of what a command answers with --format json.

    \b
    Examples:
      fedcli schema
      fedcli schema query
      fedcli schema policy > policy.schema.json
      fedcli schema cli-query-list
    """
    from fedcli.workflows import forms

    tell(context, forms.schema(name) if name else forms.listed())

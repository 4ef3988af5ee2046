"""`fedcli rehearse`: the whole walk on local files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fedcli.commands._counter import FilePath, counter, group, progress, tell

app = group("")


@app.command()
def rehearse(
    context: typer.Context,
    query: FilePath,
    data: Annotated[Path, typer.Option("--data", help="a folder: one site for each file or folder in it")],
    dictionary: Annotated[Path, typer.Option("--dictionary", help="the dictionary file")],
    policy: Annotated[str, typer.Option("--policy", help="a profile, or a policy file")] = "standard",
) -> None:
    """Rehearse a query on local files, one site for each. Nothing is kept, and nothing is a release.

    \b
    Examples:
      fedcli rehearse query.toml --data studies/ --dictionary cohort.toml
      fedcli rehearse q.toml --data sites/ --dictionary d.toml --policy evaluation
    """
    from fedcli.workflows.spare import Siblings

    with progress(context, "rehearsing"), Siblings() as spares:
        from fedcli.workflows import rehearse as walk  # which takes as long as the vaults do

        shown = walk.rehearse(query, data, dictionary, policy, counter(context).options.now(), spares)
    tell(context, shown)

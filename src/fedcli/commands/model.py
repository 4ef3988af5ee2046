"""`fedcli model`: trained models as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fedcli.commands._counter import desk, group, optional_desk, tell

app = group("Trained models: what results tell that predicts, by digest, as safe files.")

#: How files of models end.
_FILES = (".json", ".safetensors")

Which = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", help="m-… or the digest; its query; or a file of a model", show_default=False
    ),
]


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the models that the results of this home tell.

    \b
    Examples:
      fedcli model list
      fedcli model list --format json
    """
    from fedcli.workflows import models

    tell(context, models.listed(desk(context)))


@app.command()
def show(context: typer.Context, model: Which) -> None:
    """Show a model: what it predicts, its numbers, and the signed answers that it is made of.

    \b
    Examples:
      fedcli model show m-5ad3
      fedcli model show m-5ad3 --format json
    """
    from fedcli.workflows import models

    tell(context, models.show(optional_desk(context) if model.endswith(_FILES) else desk(context), model))


@app.command()
def export(
    context: typer.Context,
    model: Which,
    path: Annotated[
        Path, typer.Option("-o", "--output", help="the file to write; one that differs is not replaced")
    ],
    card: Annotated[
        bool, typer.Option("--card", help="write the model card: Markdown, or JSON if FILE ends with .json")
    ] = False,
) -> None:
    """Write a model to a file of canonical JSON, which holds numbers and names, and no code; or its card.

    A network is also written as arrays of doubles, where FILE ends with .safetensors.

    The card says what the model is for, of which data and sites it is, how they were protected, how well it
    predicts where that was evaluated, what to beware of, and how to verify it.

    \b
    Examples:
      fedcli model export m-5ad3 -o model.json
      fedcli model export m-5ad3 --card -o card.md
      fedcli model export m-5ad3 --card -o card.json --format json
    """
    from fedcli.workflows import models

    at = optional_desk(context) if model.endswith(_FILES) and not card else desk(context)
    if not card:
        tell(context, models.export(at, model, path))
        return
    from fedcli.report.models import card_text

    assert at is not None
    shown = models.card(at, model)
    text = None if path.suffix == ".json" else card_text(shown.card)
    tell(context, models.written(shown, path, text))


@app.command()
def evaluate(
    context: typer.Context,
    model: Which,
    dataset: Annotated[str, typer.Option("--dataset", help="on which rows", show_default=False)],
    outcome: Annotated[
        str | None, typer.Option("--outcome", help="a column of two levels; else the model's own outcome")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="a column of groups to compare")] = None,
    bins: Annotated[int, typer.Option("--bins", min=4, max=200, help="how many bins the score has")] = 20,
    path: Annotated[Path | None, typer.Option("-o", "--output", help="write the draft to a new file")] = None,
) -> None:
    """Draft a query that evaluates a classifier at the sites, to be checked, signed and submitted.

    Its formula and its numbers, be it linear, a network or trees, are in the query, and approved with it.
    What leaves a site is how many have the outcome in each bin of the score, in each group.

    \b
    Examples:
      fedcli model evaluate model.json --dataset cohort --outcome diabetes
      fedcli model evaluate model.json --dataset cohort --outcome statin --by sex
    """
    from fedcli.workflows import evaluating

    wanted = evaluating.Wanted(dataset, outcome, by, bins)
    tell(context, evaluating.evaluate(desk(context), model, wanted, path))

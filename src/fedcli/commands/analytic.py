"""`fedcli analytic`: what can be asked."""

from __future__ import annotations

from typing import Annotated

import typer

from fedcli.commands._counter import group, tell

app = group("The analytics: what can be asked, and with which parameters.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="the analytic", show_default=False)]


@app.command("list")
def list_(context: typer.Context) -> None:
    """List all analytics.

    \b
    Examples:
      fedcli analytic list
      fedcli analytic list --format json
    """
    from fedcli.workflows import questions

    tell(context, questions.analytics())


@app.command()
def show(context: typer.Context, name: Name) -> None:
    """Show an analytic: what it answers, and its parameters.

    \b
    Examples:
      fedcli analytic show crosstab
      fedcli analytic show summary --format json
    """
    from fedcli.workflows import questions

    tell(context, questions.analytic(name))


@app.command()
def schema(context: typer.Context, name: Name) -> None:
    """Print the JSON Schema of an analytic's parameters.

    \b
    Examples:
      fedcli analytic schema crosstab
      fedcli analytic schema summary > summary.schema.json
    """
    from fedcli.workflows import questions

    tell(context, questions.analytic_schema(name))


@app.command()
def example(context: typer.Context, name: Name) -> None:
    """Print an analysis to put into a query.

    \b
    Examples:
      fedcli analytic example crosstab
      fedcli analytic example summary >> query.toml
    """
    from fedcli.workflows import questions

    tell(context, questions.analytic_example(name))

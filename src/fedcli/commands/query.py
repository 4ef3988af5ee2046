"""`fedcli query`: write, check, sign and submit questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fedcli.commands._counter import FilePath, desk, group, optional_desk, tell

app = group("Write, check, sign and submit queries, and see how they stand.")

Query = Annotated[str, typer.Argument(metavar="ID", help="q-… or the digest", show_default=False)]


@app.command()
def new(
    context: typer.Context,
    analytic: Annotated[str, typer.Option("--analytic", help="what to ask", show_default=False)],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="the file to write")] = None,
) -> None:
    """Write a query file to edit, with every key explained.

    \b
    Examples:
      fedcli query new --analytic crosstab -o query.toml
      fedcli query new --analytic summary
    """
    from fedcli.workflows import templates

    tell(context, templates.write_template(optional_desk(context), analytic, output))


@app.command()
def check(
    context: typer.Context,
    file: FilePath,
    dictionary: Annotated[
        Path | None, typer.Option("--dictionary", help="a dictionary file; by default the agreed one")
    ] = None,
) -> None:
    """Check a query file against the dictionary, and say what it would release.

    \b
    Examples:
      fedcli query check query.toml
      fedcli query check query.toml --dictionary cohort.toml
    """
    from fedcli.workflows import submit

    tell(context, submit.check(optional_desk(context), file, dictionary))


@app.command()
def explain(
    context: typer.Context,
    file: FilePath,
    dictionary: Annotated[
        Path | None, typer.Option("--dictionary", help="a dictionary file; by default the agreed one")
    ] = None,
    policy: Annotated[str, typer.Option("--policy", help="a profile, or a policy file")] = "standard",
    persons: Annotated[
        int, typer.Option("--persons", min=1, max=10**9, help="under noise: so many at each site, you think")
    ] = 1000,
) -> None:
    """Explain in words what a query file reads, and what would leave each site under a policy.

    Under differential privacy it also tells the error to expect, and what a smaller one would cost.

    \b
    Examples:
      fedcli query explain query.toml
      fedcli query explain q.toml --dictionary cohort.toml --policy evaluation
      fedcli query explain q.toml --policy private --persons 5000
    """
    from fedcli.workflows import explaining

    tell(context, explaining.explain(optional_desk(context), file, dictionary, policy, persons))


@app.command()
def sign(context: typer.Context, file: FilePath) -> None:
    """Sign a query file, with everything that it left out filled in.

    \b
    Examples:
      fedcli query sign query.toml
      fedcli query sign query.toml --format json
    """
    from fedcli.workflows import submit

    tell(context, submit.sign_query(desk(context), file))


@app.command()
def submit(
    context: typer.Context,
    query: Annotated[
        str, typer.Argument(metavar="ID", help="q-…, or a file to sign first", show_default=False)
    ],
) -> None:
    """Put a signed query into the exchange, for its sites to see.

    \b
    Examples:
      fedcli query submit q-4be1c2d3e4f5
      fedcli query submit query.toml
    """
    from fedcli.workflows import submit as walk

    tell(context, walk.submit(desk(context), query))


@app.command()
def amend(
    context: typer.Context,
    query: Query,
    file: FilePath,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only tell the difference")] = False,
) -> None:
    """Submit a changed query in the place of one, and tell what is asked more and less.

    What only tightens (fewer analyses, a higher min_sites, an earlier expiry) keeps its approvals.

    \b
    Examples:
      fedcli query amend q-4be1c2d3e4f5 query.toml --dry-run
      fedcli query amend q-4be1 query.toml
    """
    from fedcli.workflows import amend as walk

    tell(context, walk.amend(desk(context), query, file, dry_run))


@app.command("list")
def list_(context: typer.Context) -> None:
    """List my queries.

    \b
    Examples:
      fedcli query list
      fedcli query list --format json
    """
    from fedcli.workflows import submit

    tell(context, submit.listed(desk(context)))


@app.command()
def status(context: typer.Context, query: Query) -> None:
    """Show what each site has published of a query; 8 while one has not.

    \b
    Examples:
      fedcli query status q-4be1c2d3e4f5
      fedcli query status q-4be1 --format json
    """
    from fedcli.workflows import submit

    tell(context, submit.status(desk(context), query))

"""`fedcli policy`: what may leave, and on which terms."""

from __future__ import annotations

from typing import Annotated

import typer

from fedcli.commands._counter import desk, group, optional_desk, tell

app = group("Show and check the rules under which a site answers.")


@app.command()
def show(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="PROFILE", help="a shipped profile; by default the site's own policy"),
    ] = None,
) -> None:
    """Show a policy key by key: the one in force at this site, or a shipped profile.

    \b
    Examples:
      fedcli policy show standard
      fedcli policy show --format json
    """
    from fedcli.workflows import rules

    tell(context, rules.policy(None if name else optional_desk(context), name))


@app.command()
def check(context: typer.Context) -> None:
    """Check this site's policy.toml under the federation's floor; 3 if invalid, 10 if worth a look.

    \b
    Examples:
      fedcli policy check
      fedcli policy check --format json
    """
    from fedcli.workflows import rules

    tell(context, rules.check_policy(desk(context)))

"""`fedcli policy`: what may leave, and on which terms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fedcli.commands._counter import counter, desk, group, optional_desk, progress, tell

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
def explain(
    context: typer.Context,
    policy: Annotated[
        str | None,
        typer.Argument(metavar="[PROFILE|FILE]", help="by default the site's own policy, as it is in force"),
    ] = None,
) -> None:
    """Tell a policy in words: what may leave, who must say yes, what is hidden and why.

    \b
    Examples:
      fedcli policy explain standard
      fedcli policy explain policy.toml --format json
    """
    from fedcli.workflows import rules

    tell(context, rules.explain(optional_desk(context), policy))


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


@app.command()
def lint(
    context: typer.Context,
    policy: Annotated[
        str | None,
        typer.Argument(metavar="[FILE]", help="a policy file or profile; by default the site's own"),
    ] = None,
    dictionary: Annotated[
        Path | None, typer.Option("--dictionary", help="a dictionary file; by default the agreed ones")
    ] = None,
) -> None:
    """Find rules of a policy that cannot work, never bind, or let nothing in; 10 if there are any.

    \b
    Examples:
      fedcli policy lint
      fedcli policy lint policy.toml --dictionary cohort.toml
    """
    from fedcli.workflows import rules

    tell(context, rules.lint_policy(optional_desk(context), policy, dictionary))


@app.command()
def diff(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="a policy file, or a profile")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="a policy file, or a profile")],
) -> None:
    """Tell key by key what becomes stricter or looser; 10 if something becomes looser.

    \b
    Examples:
      fedcli policy diff standard policy.toml
      fedcli policy diff policy.toml new.toml --format json
    """
    from fedcli.workflows import rules

    tell(context, rules.diff(old, new))


@app.command()
def test(
    context: typer.Context,
    cases: Annotated[Path, typer.Argument(metavar="CASES", help="a TOML file of cases, or a folder of them")],
    policy: Annotated[
        str | None, typer.Option("--policy", help="a profile, or a policy file; by default the site's own")
    ] = None,
) -> None:
    """Ask a policy about cases of your own: what must leave, and what must not; 10 if one does not hold.

    A case is a small table, rows, or a query on sample or mock data, with what is expected of it. For a
    site's own tests after each change of its policy; "fedcli schema cases" has every key.

    \b
    Examples:
      fedcli policy test cases.toml
      fedcli policy test cases/ --policy policy.toml --format json
    """
    from fedcli.workflows.spare import Siblings

    with progress(context, "asking"), Siblings() as spares:
        from fedcli.workflows import cases as walk
        from fedcli.workflows import rules

        shown = walk.tested(rules.in_force(optional_desk(context), policy), cases, spares)
    tell(context, shown)


@app.command()
def attack(
    context: typer.Context,
    policy: Annotated[
        str | None, typer.Argument(metavar="[PROFILE|FILE]", help="by default the site's own policy")
    ] = None,
    persons: Annotated[int, typer.Option("--persons", min=40, max=2000, help="how many are made up")] = 100,
    seed: Annotated[int, typer.Option("--seed", min=0, help="what they are made up from")] = 1,
    seconds: Annotated[int, typer.Option("--seconds", min=1, max=3600, help="for all attacks")] = 45,
) -> None:
    """Attack a policy on made-up persons, within its limits, and tell its price; 10 if an attack succeeds.

    Reconstruction, averaging, differencing, margins and membership, each through the gate as it is, and
    what ordinary analyses of 50 to 500 persons give under the policy. Nobody's data are opened.

    \b
    Examples:
      fedcli policy attack standard
      fedcli policy attack evaluation --persons 60 --format json
    """
    from fedcli.workflows.spare import Siblings

    with progress(context, "attacking"), Siblings() as spares:
        from fedcli.workflows import attack as walk
        from fedcli.workflows import rules

        rule, now = rules.in_force(optional_desk(context), policy), counter(context).options.now()
        shown = walk.attack(rule, persons, seed, float(seconds), now, spares)
    tell(context, shown)

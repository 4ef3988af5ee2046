"""`fedcli audit`: what can be checked afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from fedcli.commands._counter import counter, desk_in, group, optional_desk, progress, tell

app = group("Check afterwards what left, who allowed it, and whether anything was changed since.")


@app.command()
def check(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]", help="exchanges, homes and other folders; by default this home"),
    ] = None,
    pin: Annotated[
        str | None, typer.Option("--pin", help="the digest of the federation's first root")
    ] = None,
    head: Annotated[
        list[str] | None,
        typer.Option(
            "--head", metavar="SITE=FILE", help="a checkpoint kept from before: the log grew from it"
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="PATTERN", help="files not to be searched for rows and keys"),
    ] = None,
    fail_on: Annotated[
        Literal["error", "warning", "note"], typer.Option("--fail-on", help="the level from which on to fail")
    ] = "error",
) -> None:
    """Check an exchange, a home or a repository for a CI job: 0, 10 for findings, 6 for what does not verify.

    Signatures, logs from a pinned head, approvals and policies of every release, budgets added up anew, what
    ends soon, and files that must not lie there. Also with --format sarif, junit or github.

    \b
    Examples:
      fedcli audit check exchange/ --pin 9f3c…
      fedcli audit check exchange/ --pin 9f3c… --head north=kept/north
      fedcli audit check studies/ --ignore '*.parquet' --ignore '*.duckdb'
      fedcli audit check --fail-on warning --format sarif > audit.sarif
    """
    from fedcli.workflows import audit as walk

    at = counter(context)
    asked = walk.Asked(at.options.now(), pin, _heads(head or ()), tuple(ignore or ()), fail_on)
    with progress(context, "auditing"):
        shown = walk.check(paths or (), optional_desk(context), lambda path: desk_in(context, path), asked)
    if at.options.format in (None, "text", "json"):
        tell(context, shown)
    else:
        from fedcli.report.annotations import FORMS

        at.leave()
        at.outcome = at.console.plain(FORMS[at.options.format](shown), shown)


@app.command()
def export(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("-o", "--output", help="the folder to write")],
    path: Annotated[
        Path | None, typer.Argument(metavar="[EXCHANGE]", help="an exchange; by default this site")
    ] = None,
    pin: Annotated[
        str | None, typer.Option("--pin", help="the digest of the federation's first root")
    ] = None,
) -> None:
    """Write an evidence pack of this site, or of an exchange: what left, who allowed it, by which rules.

    Canonical JSON and pages for people, with what SATRE, GDPR articles 30 and 35 and the Five Safes ask for;
    what fedcli cannot know is marked for people. No row, no private key and no opened seal is in it.

    \b
    Examples:
      fedcli audit export -o evidence/
      fedcli audit export exchange/ --pin 9f3c… -o pack/ --format json
    """
    from fedcli.workflows import audit, evidence

    asked = audit.Asked(counter(context).options.now(), pin)
    with progress(context, "packing"):
        shown = evidence.export(path, optional_desk(context), asked, folder)
    tell(context, shown)


def _heads(given: list[str] | tuple[str, ...]) -> dict[str, Path]:
    """The heads that were pinned, by site."""
    pairs = [one.partition("=") for one in given]
    if not all(site and file for site, _, file in pairs):
        raise typer.BadParameter("give SITE=FILE", param_hint="--head")
    return {site: Path(file) for site, _, file in pairs}

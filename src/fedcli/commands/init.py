"""`fedcli init`: make a participant's home."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fedcli import config
from fedcli.commands._counter import counter, group, tell

if TYPE_CHECKING:
    from fedcli.model.home import Part

app = group("Make the home of a federation, a site or a researcher: settings, keys and folders.")

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="small letters, digits and hyphens", show_default=False)
]
Folder = Annotated[
    Path | None, typer.Option("--dir", help="the folder to make; by default one called NAME here")
]
Exchange = Annotated[
    str,
    typer.Option(
        "--exchange",
        help="the folder that all share, seen from the home, or an sftp://, s3:// or file:// address",
    ),
]
Organisation = Annotated[
    str | None, typer.Option("--organisation", help="who it belongs to; by default NAME")
]
Without = Annotated[bool, typer.Option("--no-passphrase", help="protect the key by its file's mode alone")]


@app.command()
def federation(
    context: typer.Context,
    name: Name,
    folder: Folder = None,
    exchange: Exchange = "../exchange",
    organisation: Organisation = None,
    threshold: Annotated[int, typer.Option(min=1, help="how many administrators sign a root")] = 2,
) -> None:
    """Make the home of a federation, from which its administrators govern.

    \b
    Examples:
      fedcli init federation cardio-net
      fedcli init federation cardio-net --threshold 3 --exchange /mnt/shared
    """
    from fedcli.workflows import federate

    made = _make(context, "federation", name, folder, exchange, organisation, None)
    options = counter(context).options
    options.home = Path(made)
    federate.begin(config.desk(options), threshold)


@app.command()
def site(
    context: typer.Context,
    name: Name,
    folder: Folder = None,
    exchange: Exchange = "../exchange",
    organisation: Organisation = None,
) -> None:
    """Make the home of a site: a key that acts unattended, a policy to edit, and a ledger.

    \b
    Examples:
      fedcli init site north --organisation "North Hospital"
      fedcli init site north --dir /srv/fedcli --exchange /mnt/shared
      fedcli init site south --exchange sftp://south@post.example.org/cardio
    """
    _make(context, "site", name, folder, exchange, organisation, None)


@app.command()
def researcher(
    context: typer.Context,
    name: Name,
    folder: Folder = None,
    exchange: Exchange = "../exchange",
    organisation: Organisation = None,
    without: Without = False,
) -> None:
    """Make the home of a researcher, with a key behind a pass-phrase.

    \b
    Examples:
      fedcli init researcher ana --organisation "University of Elsewhere"
      fedcli init researcher ana --no-passphrase
    """
    options = counter(context).options
    home = (folder or Path(name)) / "fedcli.toml"
    passphrase = None if home.exists() else config.new_passphrase(options, name, without)
    _make(context, "researcher", name, folder, exchange, organisation, passphrase)


def _make(
    context: typer.Context,
    part: Part,
    name: str,
    folder: Path | None,
    exchange: str,
    organisation: str | None,
    passphrase: str | None,
) -> str:
    from fedcli.workflows import enrol

    now = counter(context).options.now()
    made = enrol.make_home(part, name, folder or Path(name), exchange, organisation or name, now, passphrase)
    tell(context, made)
    return made.home

"""`fedcli key`: the keys of a home and of the people who act in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fedcli import config
from fedcli.commands._counter import counter, desk, group, tell

if TYPE_CHECKING:
    from fedcli.model.policy import Role

app = group("Show, make, rotate and retire keys.")

Without = Annotated[bool, typer.Option("--no-passphrase", help="protect the key by its file's mode alone")]


@app.command()
def show(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="one key; by default all")] = None,
) -> None:
    """Show the public half of this home's keys.

    \b
    Examples:
      fedcli key show
      fedcli key show alice --format json
    """
    from fedcli.workflows import enrol

    tell(context, enrol.shown_keys(desk(context), name))


@app.command()
def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="the person", show_default=False)],
    role: Annotated[
        list[str], typer.Option("--role", help="data-owner, disclosure-officer, administrator, …")
    ],
    without: Without = False,
) -> None:
    """Make a person's keys, and the card to hand to the federation's administrators.

    \b
    Examples:
      fedcli key new alice --role data-owner
      fedcli key new ben --role disclosure-officer --role checker
    """
    from fedcli.workflows import enrol

    here = desk(context)
    roles: tuple[Role, ...] = enrol.check_roles(role)
    known = enrol.has_keys(here.home, name)
    passphrase = None if known else config.new_passphrase(counter(context).options, name, without)
    tell(context, enrol.make_keys(here.home, name, roles, here.now, passphrase))


@app.command()
def rotate(context: typer.Context, without: Without = False) -> None:
    """Make new keys for who acts (--key NAME); the card is signed with the old and the new.

    \b
    Examples:
      fedcli key rotate
      fedcli key rotate --key alice
    """
    from fedcli.workflows import enrol

    here = desk(context)
    passphrase = config.new_passphrase(counter(context).options, here.actor, without)
    tell(context, enrol.rotate(here, passphrase))


@app.command()
def revoke(context: typer.Context) -> None:
    """Put the keys of who acts (--key NAME) out of use in this home.

    \b
    Examples:
      fedcli key revoke --key alice
      fedcli key revoke
    """
    from fedcli.workflows import enrol

    tell(context, enrol.revoke(desk(context)))

"""`fedcli federation`: who belongs, which dictionaries are agreed, and the roots that say so."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from fedcli.commands._counter import FilePath, Reason, desk, group, tell

app = group("Govern a federation: members, dictionaries, and roots that a threshold signs.")
member = group("Enrol members and take them out.")
dataset = group("Agree on dictionaries.")
app.add_typer(member, name="member")
app.add_typer(dataset, name="dataset")


@app.command()
def show(context: typer.Context) -> None:
    """Show the root that counts now; in a new federation's home, the draft of the first.

    \b
    Examples:
      fedcli federation show
      fedcli federation show --format json
    """
    from fedcli.workflows import federate

    tell(context, federate.show(desk(context)))


@app.command()
def verify(
    context: typer.Context,
    pin: Annotated[
        str | None, typer.Option("--pin", help="the digest of the first root, told by another way")
    ] = None,
) -> None:
    """Verify the chain of roots; with --pin, trust the federation from now on.

    \b
    Examples:
      fedcli federation verify --pin 9f3c…
      fedcli federation verify
    """
    from fedcli.workflows import federate

    tell(context, federate.verify(desk(context), pin))


@app.command()
def sign(context: typer.Context) -> None:
    """Sign the next root as an administrator (--key NAME).

    \b
    Examples:
      fedcli federation sign --key ada
      fedcli federation sign --key ben
    """
    from fedcli.workflows import federate

    tell(context, federate.sign_root(desk(context)))


@app.command()
def publish(context: typer.Context) -> None:
    """Publish the next root and its dictionaries, once enough administrators have signed.

    \b
    Examples:
      fedcli federation publish
      fedcli federation publish --format json
    """
    from fedcli.workflows import federate

    tell(context, federate.publish(desk(context)))


@member.command("add")
def member_add(
    context: typer.Context,
    cards: Annotated[
        list[Path], typer.Argument(metavar="CARD", help="cards that members handed over", show_default=False)
    ],
    accreditation: Annotated[
        str | None, typer.Option("--accreditation", help="a reference: a training, a contract")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="the accreditation's last day")
    ] = None,
) -> None:
    """Enrol the members of cards in the next root; a card of a known name replaces its keys.

    \b
    Examples:
      fedcli federation member add north.card.json
      fedcli federation member add a.json --accreditation SRT --until 2027-12-31
    """
    from fedcli.workflows import federate

    if (accreditation is None) != (until is None):
        raise typer.BadParameter("--accreditation and --until go together")
    ends = until.date() if until else None
    tell(context, federate.add_members(desk(context), cards, accreditation, ends))


@member.command("remove")
def member_remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="the member", show_default=False)],
    reason: Reason,
) -> None:
    """Take a member out of the next root; the key no longer counts.

    \b
    Examples:
      fedcli federation member remove alice --reason "left the hospital"
      fedcli federation member remove north --reason "key lost"
    """
    from fedcli.workflows import federate

    tell(context, federate.remove_member(desk(context), name, reason))


@dataset.command("add")
def dataset_add(context: typer.Context, dictionary: FilePath) -> None:
    """Agree on a dictionary in the next root; a changed one needs a higher version.

    \b
    Examples:
      fedcli federation dataset add cohort.toml
      fedcli federation dataset add cohort.toml --format json
    """
    from fedcli.workflows import federate

    tell(context, federate.add_dataset(desk(context), dictionary))

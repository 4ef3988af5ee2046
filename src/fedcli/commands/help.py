"""`fedcli help`: pages on the parts of the work, and the help of every command. Offline, and light."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fedcli.commands._counter import counter, group, tell
from fedcli.errors import fault, meant
from fedcli.report import topics

app = group("")


@app.command("help")
def help_(
    context: typer.Context,
    topic: Annotated[
        list[str] | None, typer.Argument(metavar="[TOPIC]", help="a topic, or the words of a command")
    ] = None,
) -> None:
    """Tell about a topic, or how a command is used; without either, list the topics.

    \b
    Examples:
      fedcli help
      fedcli help formula
      fedcli help query submit
    """
    at, name = counter(context), " ".join(topic or ())
    if not name:
        about, text = "", f"Topics (fedcli help TOPIC):\n\n{topics.listed()}"
    elif name in topics.topics():
        about, text = topics.topics()[name], topics.topic(name)
    else:
        about, text = "", _command(context, name)
    if not at.console.as_json:
        at.console.narrate(text.rstrip("\n"))
        return
    from fedcli.model.shown.reference import TopicShown, TopicsShown

    told = TopicShown(topic=name, about=about, text=text) if name else TopicsShown(topics=topics.topics())
    tell(context, told)


def _command(context: typer.Context, name: str) -> str:
    """The help of a command, as --help prints it."""
    found: Any = context.find_root().command
    root = found
    for word in name.split():
        found = found.get_command(context, word) if hasattr(found, "get_command") else None
        if found is None:
            known = [*topics.topics(), *root.list_commands(context)]
            raise fault("U-TOPIC", name=name, meant=_meant(name, known))
    told: str = found.get_help(typer.Context(found, info_name=f"fedcli {name}"))
    return told


def _meant(name: str, known: list[str]) -> str:
    told = meant(name, known)
    return told if told.startswith("did you mean") else '"fedcli help" lists the topics'

"""What every command shares: its group, its place to act, and how it tells its answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from fedcli import config
from fedcli.config import Options
from fedcli.errors import FedcliError, Outcome, gravest
from fedcli.report.console import Console

if TYPE_CHECKING:
    from fedcli.model.home import Desk
    from fedcli.model.shown.told import Told
    from fedcli.report.console import Step

FilePath = Annotated[Path, typer.Argument(metavar="FILE", help="a file", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", help="why; it is signed and ledgered", show_default=False)]

#: The commands whose answer also has other forms: a result as CSV, an audit as CI services read it.
_FORMS = {"report": ("csv",), "audit check": ("sarif", "junit", "github")}


@dataclass(slots=True)
class Counter:
    """What the application hands to each command."""

    options: Options
    console: Console
    invoke: Callable[[Sequence[str]], tuple[Outcome, str]]
    outcome: Outcome = Outcome.DONE
    desk: Desk | None = None

    def leave(self) -> None:
        """Carry what was made to a far exchange, once; where nobody opened one there is nothing to carry."""
        desk, self.desk = self.desk, None
        if desk is not None and desk.home.post.there is not None:
            from fedcli.workflows import carry

            carry.deliver(desk.home)

    def left_with(self, error: FedcliError) -> FedcliError:
        """What to tell of a command that failed: it may have made something before, and that may fail too."""
        try:
            self.leave()
        except FedcliError as later:
            return error if gravest((error.outcome, later.outcome)) is error.outcome else later
        return error

    @property
    def formats(self) -> tuple[str, ...]:
        """The forms that the answer can have."""
        return ("text", "json", *_FORMS.get(self.console.command, ()))


class Group(TyperGroup):
    """A group of commands, listed with their whole first sentences."""

    def format_commands(self, context: Any, formatter: Any) -> None:
        """The table of commands; the formatter breaks lines, and cuts nothing off."""
        names = self.list_commands(context)
        rows = [(name, _about(self.get_command(context, name))) for name in names]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _about(command: Any) -> str:
    return " ".join((command.help or "").partition("\n\n")[0].split())


def group(about: str) -> typer.Typer:
    """A group of commands with plain help."""
    return typer.Typer(
        cls=Group,
        help=about,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,
    )


def counter(context: typer.Context) -> Counter:
    """What the application handed over."""
    found = context.obj
    assert isinstance(found, Counter)
    return found


def desk(context: typer.Context) -> Desk:
    """The desk in the home that counts."""
    at = counter(context)
    at.desk = config.desk(at.options)
    return at.desk


def optional_desk(context: typer.Context) -> Desk | None:
    """The desk, where there is a home."""
    at = counter(context)
    at.desk = config.optional_desk(at.options)
    return at.desk


def length(value: str | None) -> str | None:
    """A length of time as it was typed, for an option, or U-DURATION."""
    from fedcli.model.identifiers import length_of_time

    return None if value is None else length_of_time(value)


def desk_in(context: typer.Context, folder: Path) -> Desk | None:
    """The desk in a folder, where that is a home."""
    return config.desk_in(counter(context).options, folder) if config.is_home(folder) else None


def pause(seconds: float) -> None:
    """Let time pass between two looks at the exchange."""
    time.sleep(seconds)


def tell(context: typer.Context, shown: Told) -> None:
    """Tell the answer; the command ends with its outcome."""
    at = counter(context)
    at.leave()
    at.outcome = at.console.show(shown)


def progress(context: typer.Context, text: str) -> AbstractContextManager[Step]:
    """Show at a terminal that something is under way; what it gives is told of each step."""
    return counter(context).console.progress(text)

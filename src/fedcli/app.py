"""Assembles the commands, each loaded when it is called, and turns every end into text and an exit code."""

from __future__ import annotations

import errno
import importlib
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from fedcli import __version__
from fedcli.commands import _completion
from fedcli.commands._counter import Counter
from fedcli.config import Options, find_home, is_home
from fedcli.errors import FedcliError, Outcome, Terminated, fault, of_machine
from fedcli.report.console import Console


class Lazy(NamedTuple):
    """A command or group that is loaded when it is called."""

    module: str
    about: str


COMMANDS = {
    "demo": Lazy("demo", "Play a whole federation on sample data."),
    "rehearse": Lazy("rehearse", "Rehearse a query on local files; nothing is kept."),
    "init": Lazy("init", "Make the home of a federation, a site or a researcher."),
    "key": Lazy("key", "Show, make, rotate and retire keys."),
    "federation": Lazy("federation", "Govern: members, dictionaries, signed roots."),
    "data": Lazy("data", "Add data, hold them against their dictionary, describe them."),
    "analytic": Lazy("analytic", "What can be asked."),
    "query": Lazy("query", "Write, check, sign and submit queries."),
    "approval": Lazy("approval", "Grant, deny and revoke queries at a site."),
    "review": Lazy("review", "Look at parked releases, and let them out or not."),
    "run": Lazy("run", "Run approved queries on this site's data."),
    "combine": Lazy("combine", "Verify the sites' releases and add them up."),
    "report": Lazy("report", "Show a result."),
    "model": Lazy("model", "Trained models: list, show, export and evaluate them."),
    "release": Lazy("release", "Show and recall what a site has released."),
    "exchange": Lazy("exchange", "Carry files to and from a far exchange by hand."),
    "verify": Lazy("verify", "Verify signed files offline."),
    "ledger": Lazy("ledger", "Read, check and prove a site's log."),
    "schedule": Lazy("schedule", "Let a site run by itself, from cron or systemd."),
    "state": Lazy("state", "What a site remembers of what it told, and its end."),
    "audit": Lazy("audit", "Check afterwards what left, who allowed it, and that nothing was changed."),
    "budget": Lazy("budget", "What differential privacy has spent at a site, and what is left."),
    "policy": Lazy("policy", "Show and check what may leave."),
    "doctor": Lazy("doctor", "Look whether a home, its federation and this program are well."),
    "selftest": Lazy("selftest", "Try the installed program on this machine."),
    "config": Lazy("config", "The settings in force."),
    "schema": Lazy("schema", "Print the JSON Schema of a form or an answer."),
    "explain": Lazy("explain", "Explain a code."),
    "help": Lazy("help", "Tell about a topic, or how a command is used."),
}
EPILOG = (
    "Everywhere, also after a command: --home DIR, --format text|json, -q, -v, "
    "--color auto|always|never, --key NAME. Exit codes: 0 done, 1 bug, 2 usage, 3 invalid file, 4 refused, "
    "5 budget, 6 integrity, 7 partial, 8 pending, 9 data, 10 findings, 75 busy."
)


#: The global options that are followed by a value.
_VALUED = ("--home", "--format", "--color", "--key")


class Root(TyperGroup):
    """The top of the command line. It knows every command's name, and loads none before it is called."""

    def list_commands(self, _: Any) -> list[str]:
        """The names in the order of a first day."""
        return list(COMMANDS)

    def get_command(self, _: Any, name: str) -> Any:
        """Load one command."""
        if name not in COMMANDS:
            return None
        self.commands[name] = _loaded(name)
        return self.commands[name]

    def resolve_command(self, context: Any, args: list[str]) -> Any:
        """Suggest the nearest name for one that there is not."""
        known = dict(self.commands)
        self.commands.update({name: TyperCommand(name) for name in COMMANDS if name not in known})
        try:
            if args[0] not in COMMANDS:
                return super().resolve_command(context, args)
        finally:
            self.commands.clear()
            self.commands.update(known)
        return args[0], self.get_command(context, args[0]), args[1:]

    def format_commands(self, context: Any, formatter: Any) -> None:
        """The table of commands, without loading them."""
        del context
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.about) for name, lazy in COMMANDS.items()])


@cache
def _loaded(name: str) -> Any:
    """A command of the table; it is put together once, however often it is called."""
    module = importlib.import_module(f"fedcli.commands.{COMMANDS[name].module}")
    loaded = typer.main.get_command(module.app)
    loaded.name = name
    _add_global_options(loaded)
    return loaded


def _add_global_options(command: Any) -> None:
    """Let the global options also come after a group and a command."""
    for inner in getattr(command, "commands", {}).values():
        _add_global_options(inner)
    command.params = [*command.params, *_global_options()]


def _global_options() -> list[TyperOption]:
    def option(*names: str, **more: Any) -> TyperOption:
        return TyperOption(param_decls=list(names), expose_value=False, callback=_take, hidden=True, **more)

    return [
        option("--home", type=Path),
        option("--format", type=str),
        option("--color", type=str),
        option("--key", type=str),
        option("--quiet", "-q", is_flag=True),
        option("--verbose", "-v", is_flag=True),
    ]


def _take(context: Any, param: Any, value: Any) -> None:
    """Put a global option where the command finds it."""
    if value is None or value is False or context.resilient_parsing:
        return
    at: Counter = context.find_root().obj
    if param.name == "format" and value not in at.formats:
        raise typer.BadParameter(", ".join(at.formats[:-1]) + f" or {at.formats[-1]}", param_hint="--format")
    if param.name == "color" and value not in ("auto", "always", "never"):
        raise typer.BadParameter("auto, always or never", param_hint="--color")
    setattr(at.options, param.name, value)
    _settle(at)


def _settle(at: Counter) -> None:
    at.console.as_json = at.options.wants_json
    at.console.quiet = at.options.quiet
    at.console.verbose = at.options.verbose
    at.console.color = at.options.color or at.options.variable("COLOR") or "auto"


def root() -> Root:
    """The command line: what it is, its global options, and its commands by name."""
    return Root(
        name="fedcli",
        help="Federated analytics for trusted research environments: each site answers on its own data, "
        "and only signed aggregates that passed its gate leave.",
        epilog=EPILOG,
        no_args_is_help=True,
        rich_markup_mode=None,
        params=[
            *_global_options(),
            TyperOption(
                param_decls=["--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_version,
                help="Print the version.",
            ),
            *_completion_options(),
        ],
    )


def _completion_options() -> list[TyperOption]:
    def option(name: str, callback: Any, about: str) -> TyperOption:
        shells = "|".join(_completion.SHELLS)
        return TyperOption(
            param_decls=[name],
            type=str,
            metavar=shells,
            is_eager=True,
            expose_value=False,
            callback=callback,
            help=about,
        )

    return [
        option("--show-completion", _show_completion, "Print what a shell loads to complete fedcli."),
        option("--install-completion", _install_completion, "Let a shell complete fedcli from now on."),
    ]


def _show_completion(context: Any, param: Any, shell: str | None) -> None:
    if shell is not None and not context.resilient_parsing:
        _tell_text(context.obj, _completion.script(_known_shell(param, shell)))


def _install_completion(context: Any, param: Any, shell: str | None) -> None:
    if shell is not None and not context.resilient_parsing:
        path = _completion.install(_known_shell(param, shell))
        _tell_text(context.obj, f"{path} is read by every {shell} that starts from now on")


def _known_shell(param: Any, shell: str) -> str:
    if shell not in _completion.SHELLS:
        raise typer.BadParameter(" or ".join(_completion.SHELLS), param_hint=param.opts[0])
    return shell


def _version(context: Any, _: Any, wanted: bool) -> None:
    if wanted:
        _tell_text(context.obj, f"fedcli {__version__}", __version__)


def _tell_text(at: Counter, text: str, as_json: str | None = None) -> None:
    """Tell a text without loading the forms of answers, and end; JSON is one document as ever."""
    if at.console.as_json:
        from fedcli.model.shown.reference import TextShown

        at.console.show(TextShown(text=as_json or text))
    else:
        at.console.narrate(text)
    raise typer.Exit


def run(args: Sequence[str], options: Options | None = None, console: Console | None = None) -> int:
    """Run one command line; its exit code."""
    chosen = options or Options()
    if _completion.VARIABLE in chosen.environ:
        return _complete(chosen, console or Console(environ=chosen.environ))
    return execute(args, chosen, console or Console(environ=chosen.environ)).exit_code


def _complete(options: Options, console: Console) -> int:
    """Answer a shell at TAB; whatever goes wrong there, nobody at a prompt wants to read of it."""
    try:
        told, code = _completion.answer(root(), options.environ)
    except Exception:
        return Outcome.BUG.exit_code
    console.narrate(told)
    return code


def execute(args: Sequence[str], options: Options, console: Console) -> Outcome:
    """Run one command line; its outcome. Every failure is told here, and nowhere else."""
    top = root()
    console.command = " ".join(_words(top, args))
    at = Counter(options, console, lambda more: _invoke(more, options))
    # A mistake is told before it is known what was given after it, so these are looked for first.
    if _ahead(args, "--format") == "json":
        options.format = "json"
    _settle(at)
    console.color = _ahead(args, "--color") or console.color
    try:
        options.check_variables()
        with _terminable():
            _call(top, args, at)
    except FedcliError as error:
        return console.fail(at.left_with(error))
    except KeyboardInterrupt:
        return console.stopped(Outcome.INTERRUPTED)
    except Terminated:
        return console.stopped(Outcome.TERMINATED)
    except BrokenPipeError:
        _drop_stdout()
        return at.outcome
    except Exception as error:
        told = _usage(error, console) or _no_name(error, console) or _refused(error, console)
        return told or _bug(error, options, console)
    return at.outcome


def _call(top: Root, args: Sequence[str], at: Counter) -> None:
    """Parse and run; `--help` and `--version` end here too."""
    with suppress(typer.Exit), top.make_context("fedcli", list(args), obj=at) as context:
        top.invoke(context)


def _invoke(args: Sequence[str], options: Options) -> tuple[Outcome, str]:
    """Run a command line inside another, in the same world; what it would have written is given back."""
    text = io.StringIO()
    inner = Options(environ=options.environ, cwd=options.cwd, now=options.now)
    console = Console(color="never", out=text, err=text, environ={})
    return execute(args, inner, console), text.getvalue()


def _words(top: Root, args: Sequence[str]) -> list[str]:
    """The command's own words, without options and arguments."""
    words: list[str] = []
    command: Any = top
    for word in _without_options(args):
        command = command.get_command(None, word) if hasattr(command, "get_command") else None
        if command is None:
            break
        words.append(word)
    return words


def _without_options(args: Sequence[str]) -> Iterator[str]:
    after = ""
    for word in args:
        if not word.startswith("-") and after not in _VALUED:
            yield word
        after = word


def _ahead(args: Sequence[str], option: str) -> str | None:
    """The value of an option, wherever it is."""
    for word, after in zip(args, [*args[1:], None], strict=False):
        if word == option:
            return after
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return None


@contextmanager
def _terminable() -> Iterator[None]:
    """Let a request to stop, or a terminal that is gone, end the command as an interruption does.

    A second request does not disturb what the first one rolls back. Who starts a command with `nohup` means
    it to survive the terminal.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise Terminated

    known = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    before = {number: found for number, found in known.items() if found is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, found in before.items():
            signal.signal(number, found)


def _usage(error: Exception, console: Console) -> Outcome | None:
    """A mistake on the command line, as the parser tells it; help where no command was named."""
    told, name = getattr(error, "format_message", None), type(error).__name__
    if told is None:
        return None
    message, context = told().rstrip("."), getattr(error, "ctx", None)
    if name == "NoArgsIsHelpError" or message == "Missing command":
        if not console.as_json and context is not None:
            console.say(context.get_help())
            return Outcome.USAGE
        message = "a command is missing"
    words = f" {console.command}" if console.command else ""
    return console.fail(fault("U-USAGE", problem=message, words=words))


def _no_name(error: Exception, console: Console) -> Outcome | None:
    """A name that was typed and that no file system takes."""
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return console.fail(fault("F-NAME", path=error.filename))
    return None


def _refused(error: Exception, console: Console) -> Outcome | None:
    """What the machine did not do: a full disk, a read that failed. Where stdout is on it, stderr tells."""
    told = of_machine(error)
    if told is not None and console.unheard:
        _drop_stdout()
    return None if told is None else console.fail(told)


def _drop_stdout() -> None:
    """Let what could not be written to stdout go nowhere: the end of the process would try it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _bug(error: Exception, options: Options, console: Console) -> Outcome:
    """An error of ours: its place goes into the private log, its text nowhere, since it may hold a value."""
    found = find_home(options)
    home = found[0] if found and is_home(found[0]) else None
    from fedcli.files.bugs import record

    return console.fail(record(error, console.command, home, options.now()))

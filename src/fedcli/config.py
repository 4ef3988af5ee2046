"""The only reader of settings and environment. Policies, roots of trust and budgets are not settings.

Precedence: the command line, then `FEDCLI_…` variables, then the nearest `fedcli.toml` upwards.
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from fedcli.errors import fault

if TYPE_CHECKING:
    from fedcli.model.home import Desk, Home

Color = Literal["auto", "always", "never"]
SETTINGS = "fedcli.toml"


_ALLOWED = {"FORMAT": ("text", "json"), "COLOR": ("auto", "always", "never")}


@dataclass(slots=True)
class Options:
    """The global options as they were given; a command may fill in what was given after it."""

    home: Path | None = None
    format: str | None = None
    color: Color | None = None
    key: str | None = None
    quiet: bool = False
    verbose: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    cwd: Path = field(default_factory=Path.cwd)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def variable(self, name: str) -> str | None:
        """A `FEDCLI_…` variable that is set and not empty."""
        return self.environ.get(f"FEDCLI_{name}") or None

    def check_variables(self) -> None:
        """Raise U-USAGE for a variable with a value that its option would not take."""
        for name, allowed in _ALLOWED.items():
            if (self.variable(name) or allowed[0]) not in allowed:
                raise fault(
                    "U-USAGE", problem=f"FEDCLI_{name} must be one of: {', '.join(allowed)}", words=""
                )

    @property
    def wants_json(self) -> bool:
        """Whether stdout is one JSON document."""
        return (self.format or self.variable("FORMAT") or "text") == "json"


class Setting(NamedTuple):
    """A setting with where its value is from."""

    name: str
    value: str
    origin: str


def without_plugins() -> None:
    """Let what is installed beside fedcli not get into its documents; looking for it takes time, too.

    Before a command is loaded: the schema library looks when it makes its first form.
    """
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "1"


def find_home(options: Options) -> tuple[Path, str] | None:
    """The home that counts, and why: the option, the variable, or the nearest folder upwards."""
    if options.home is not None:
        return options.home.resolve(), "--home"
    if given := options.variable("HOME"):
        return Path(given).resolve(), "FEDCLI_HOME"
    for folder in (options.cwd, *options.cwd.parents):
        if is_home(folder):
            return folder, f"the nearest {SETTINGS}"
    return None


def is_home(folder: Path) -> bool:
    """Whether a folder is a participant's home; a name that no file system takes is none."""
    try:
        return (folder / SETTINGS).is_file()
    except OSError:
        return False


def desk(options: Options) -> Desk:
    """The desk of a command that acts in a home, or C-HOME."""
    found = optional_desk(options)
    if found is None:
        raise fault("C-HOME", cwd=options.cwd)
    return found


def optional_desk(options: Options) -> Desk | None:
    """The desk of a command that can do without a home."""
    found = find_home(options)
    return None if found is None else desk_in(options, found[0])


def desk_in(options: Options, folder: Path) -> Desk:
    """The desk in a folder that must be a home, or C-NOT-HOME."""
    from fedcli.model.home import Desk

    home = _home(folder, options)
    return Desk(home, options.now(), options.key or home.file.name, passphrases(options))


def settings(options: Options) -> list[Setting]:
    """Every setting with its origin."""
    told = [
        Setting("format", *_first(options, "format", "FORMAT", "text")),
        Setting("color", *_first(options, "color", "COLOR", "auto")),
    ]
    found = find_home(options)
    if found is None:
        return [*told, Setting("home", "none", f"no {SETTINGS} in {options.cwd} or above")]
    home = _home(found[0], options)
    inside = f"{home.path / SETTINGS}"
    return [
        *told,
        Setting("home", str(home.path), found[1]),
        Setting("role", home.file.role, inside),
        Setting("name", home.file.name, inside),
        Setting("organisation", home.file.organisation, inside),
        Setting("exchange", home.file.exchange if home.is_far else str(home.exchange), inside),
        Setting(
            "schedule", *((home.file.schedule.words, inside) if home.file.schedule else ("none", "default"))
        ),
        Setting("key", options.key or home.file.name, "--key" if options.key else inside),
    ]


def program() -> tuple[str, ...]:
    """The words that start this program from anywhere: its script, else its interpreter and its name."""
    script = Path(sys.prefix) / "bin" / "fedcli"
    return (str(script),) if script.is_file() else (sys.executable, "-I", "-m", "fedcli")


def passphrases(options: Options) -> Callable[[str], str]:
    """How the pass-phrase of a key is found: a file that a variable names, else a person at a terminal."""

    def ask(name: str) -> str:
        given = options.variable("PASSPHRASE_FILE")
        if given is not None:
            return _passphrase_file(Path(given))
        if not _at_terminal():
            raise fault("K-PASSPHRASE", name=name)
        try:
            return getpass.getpass(f"Pass-phrase of {name}: ", stream=sys.stderr)
        except EOFError:
            raise fault("K-PASSPHRASE", name=name) from None

    return ask


def new_passphrase(options: Options, name: str, without: bool) -> str | None:
    """The pass-phrase for a new key, typed twice at a terminal; None where it is to have none."""
    if without:
        return None
    if options.variable("PASSPHRASE_FILE") is None and not _at_terminal():
        raise fault("K-NEW", name=name)
    ask = passphrases(options)
    first = ask(name)
    if options.variable("PASSPHRASE_FILE") is None and ask(f"{name}, again") != first:
        raise fault("K-TWICE", name=name)
    if not first:
        raise fault("K-EMPTY", name=name)
    return first


def _at_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _passphrase_file(path: Path) -> str:
    from fedcli.files.reader import mode, read

    if path.exists() and mode(path) & 0o077:
        raise fault("K-MODE", path=path)
    return read(path, 4096).decode("utf-8", "strict").rstrip("\r\n")


def _home(path: Path, options: Options) -> Home:
    from fedcli.files.reader import read
    from fedcli.files.strict import parse_toml
    from fedcli.model.home import Home, HomeFile, Post

    if not is_home(path):
        raise fault("C-NOT-HOME", path=path)
    settings_file = path / SETTINGS
    file = HomeFile.read(parse_toml(read(settings_file), str(settings_file)), str(settings_file))
    return Home(path, file, Post(lambda name: options.environ.get(name) or None))


def _first(options: Options, name: str, variable: str, default: str) -> tuple[str, str]:
    given = getattr(options, name)
    if given is not None:
        return str(given), f"--{name}"
    found = options.variable(variable)
    return (found, f"FEDCLI_{variable}") if found else (default, "default")

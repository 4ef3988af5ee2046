"""Completion at TAB: words from the tree of commands, without running one or loading what it needs.

The scripts that shells load are typer's; they call fedcli again with the words typed so far in
variables, and `answer` says what can come next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

SHELLS = ("bash", "fish", "zsh")
VARIABLE = "_FEDCLI_COMPLETE"
_PROGRAM = "fedcli"


class Typed(NamedTuple):
    """What stands before the cursor: whole words, and the beginning of one."""

    words: tuple[str, ...]
    beginning: str


def script(shell: str) -> str:
    """What a shell loads to complete fedcli."""
    from typer._completion_shared import _completion_scripts

    names = {"complete_func": "_fedcli_completion", "prog_name": _PROGRAM, "autocomplete_var": VARIABLE}
    return (_completion_scripts[shell] % names).strip()


def install(shell: str) -> str:
    """Put the script where the shell looks for it, as typer does; the file that was written."""
    from typer._completion_shared import install as place

    return str(place(shell, _PROGRAM, VARIABLE)[1])


def answer(top: Any, environ: Mapping[str, str]) -> tuple[str, int]:
    """What a shell is told, and the exit code that fish reads: 1 lets it offer files."""
    shell = environ[VARIABLE].removeprefix("complete_")
    found = candidates(top, typed(shell, environ))
    if shell == "zsh":
        told = " ".join(f'"{word}"' for word in found)
        return (f"_arguments '*: :(({told}))'" if found else "_files"), 0
    if environ.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":
        return "", 0 if found else 1
    return "\n".join(found), 0


def typed(shell: str, environ: Mapping[str, str]) -> Typed:
    """The words of a command line, as each shell hands them over."""
    if shell == "bash":
        words = environ.get("COMP_WORDS", "").split()
        place = environ.get("COMP_CWORD", "")
        at = int(place) if place.isdigit() else len(words)
        return Typed(tuple(words[1:at]), words[at] if at < len(words) else "")
    line = environ.get("_TYPER_COMPLETE_ARGS", "")
    words = line.split()[1:]
    whole = not words or line.endswith(" ")
    return Typed(tuple(words), "") if whole else Typed(tuple(words[:-1]), words[-1])


def candidates(top: Any, given: Typed) -> list[str]:
    """The commands or options that can come next and begin as typed."""
    command = _reached(top, given.words)
    if given.beginning.startswith("-"):
        known = [name for option in command.params for name in option.opts if name.startswith("--")]
        known = list(dict.fromkeys([*known, "--help"]))
    else:
        known = command.list_commands(None) if hasattr(command, "list_commands") else []
    return [name for name in known if name.startswith(given.beginning)]


def _reached(top: Any, words: Sequence[str]) -> Any:
    """The command that the words lead to; options, and what is no command, are passed over."""
    command = top
    for word in words:
        inner = command.get_command(None, word) if hasattr(command, "get_command") else None
        command = inner or command
    return command

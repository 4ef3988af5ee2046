"""The console: results to stdout, everything for people to stderr, and nothing else anywhere.

stdout holds readable text or exactly one JSON document. Colour only at a terminal that wants it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

from fedcli.errors import CATALOGUE, FedcliError, Outcome

if TYPE_CHECKING:
    from fedcli.model.shown.results import RoundShown
    from fedcli.model.shown.told import Told

    Step = Callable[[RoundShown], None]

SCHEMA = "fedcli/cli/1"
_BOLD, _RED, _PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[0m"
#: What a terminal obeys or hides: control characters but tab and line feed, turns of direction, and
#: surrogates, which stand for bytes that are no text.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """A text in which nothing is an order to a terminal, as JSON escapes it: names may be an enemy's."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@dataclass(slots=True)
class Console:
    """Where a command speaks."""

    command: str = ""
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    color: str = "auto"
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    environ: Mapping[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    unheard: bool = False

    def show(self, shown: Told) -> Outcome:
        """Tell what a command answered; its outcome."""
        from fedcli.report.page import lines
        from fedcli.report.pages import data, page

        self.warn(*shown.cautions)
        if self.as_json:
            self._document(shown.outcome, shown.decided_by, "", "", data(shown))
        elif (told := shown.aloud if self.quiet else shown) is not None:
            self._text(lines(page(told)), aside=told is not shown)
        return shown.outcome

    def plain(self, text: str, shown: Told) -> Outcome:
        """Tell what a command answered as a text of its own form, as it is; its outcome."""
        self.warn(*shown.cautions)
        self._write(text)
        return shown.outcome

    def warn(self, *cautions: str) -> None:
        """Tell what must be known of an answer: to stderr, or in the one document."""
        self.warnings.extend(cautions)
        for text in () if self.as_json else cautions:
            self.say(f"warning: {text}", _RED)

    def fail(self, error: FedcliError) -> Outcome:
        """Tell an error: at most four lines to stderr, or one document to stdout."""
        if self.as_json and not self.unheard:
            self._document(error.outcome, error.code, error.what, error.fix, {})
            return error.outcome
        first, *rest = error.lines()
        self.say(first, _RED)
        for line in rest:
            self.say(line)
        why = CATALOGUE[error.code].why if self.verbose else f"fedcli explain {error.code}"
        self.say(f"  more   {why}")
        return error.outcome

    def stopped(self, outcome: Outcome) -> Outcome:
        """Tell that a command was stopped from outside."""
        if self.as_json:
            self._document(outcome, "", outcome.meaning, "run it again", {})
        else:
            self.say(outcome.meaning)
        return outcome

    def say(self, text: str, style: str = "") -> None:
        """Tell a person something that is not the result."""
        with suppress(OSError):  # where nobody listens, the exit code tells
            self.err.write(self._styled(visible(text), style, self.err) + "\n")
            self.err.flush()

    def event(self, line: str) -> None:
        """A line of a log, for the program that reads stderr and wants to know more."""
        if self.verbose and not self.err.isatty():
            self.say(line)

    def narrate(self, text: str) -> None:
        """A part of a long result: to stdout, unless that is kept for one document."""
        self.say(text) if self.as_json else self._write(visible(text) + "\n")

    def hint(self, text: str) -> None:
        """Tell a person something that can be left out."""
        if not self.quiet and not self.as_json:
            self.say(text)

    @contextmanager
    def progress(self, text: str) -> Iterator[Step]:
        """Show that something is under way, at a terminal only; each step of it also elsewhere, as a line."""
        if self.quiet or self.as_json or not self._colors(self.err):
            yield self._line
            return
        from rich.console import Console as Rich
        from rich.status import Status

        with Status(text, console=Rich(file=self.err, force_terminal=True)) as status:
            yield lambda step: status.update(step.text)

    def _line(self, step: RoundShown) -> None:
        """A step as a line on stderr: of JSON for whoever reads a log, of words at a terminal."""
        if not self.quiet:
            as_json = json.dumps(step.json_value(), ensure_ascii=False, allow_nan=False)
            self.say(step.text if self.err.isatty() else as_json)

    def _text(self, text: list[str], aside: bool = False) -> None:
        """A page to stdout, or, where it is not the result, to stderr."""
        for first, *rest in [[visible(line) for line in text]] if text else []:
            told = "\n".join([self._styled(first, _BOLD, self.err if aside else self.out), *rest])
            self.say(told) if aside else self._write(told + "\n")

    def _write(self, text: str) -> None:
        """Write a result to stdout; `unheard` where it did not get there."""
        self.unheard = True
        self.out.write(text)
        self.out.flush()
        self.unheard = False

    def _document(self, outcome: Outcome, code: str, message: str, hint: str, data: dict[str, Any]) -> None:
        document = {
            "schema": SCHEMA,
            "command": self.command,
            "status": outcome.word,
            "exit": outcome.exit_code,
            "code": code,
            "message": message,
            "hint": hint,
            "data": data,
            "warnings": self.warnings,
        }
        self._write(visible(json.dumps(document, ensure_ascii=False, allow_nan=False)) + "\n")

    def _styled(self, text: str, style: str, stream: TextIO) -> str:
        return f"{style}{text}{_PLAIN}" if style and self._colors(stream) else text

    def _colors(self, stream: TextIO) -> bool:
        """Whether a stream takes colour: said by --color, else a terminal that does not decline it."""
        if self.color != "auto":
            return self.color == "always"
        declined = bool(self.environ.get("NO_COLOR")) or self.environ.get("TERM") == "dumb"
        return stream.isatty() and not declined

"""The one strict reader of JSON and TOML: what two programs could read in two ways is refused.

UTF-8 without a byte-order mark, no duplicate keys, no NaN or Infinity, integers within ±(2^53 - 1),
bounded size, depth and number of values, no lone surrogates. Messages name a place in the file, never
its content.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from datetime import date, datetime, time
from typing import Any, NoReturn

from fedcli.errors import fault
from fedcli.files.canonical import canonical

MAX_BYTES = 8 * 2**20
MAX_DEPTH = 64
MAX_INTEGER = 2**53 - 1
#: Of a file's limit, so many bytes for each value: it takes two in a text, and some hundred in memory.
BYTES_A_VALUE = 32
MAX_TOML_VALUES = 2**17
_LONGEST = 22  # a sign and the 21 digits of RFC 8785's longest integer

#: A key of more parts than tables may be deep: Python's parser takes the square of their number.
_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_LONG_KEY = re.compile(rf"""(?<![\w"'-])(?:{_PART}){{{MAX_DEPTH}}}""", re.ASCII)
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


class _Unfit(ValueError):
    """A value that the grammar allows and this reader does not; its argument is the reason."""


def parse_json(data: bytes, where: str, limit: int = MAX_BYTES) -> Any:
    """The value of a JSON text (RFC 8259, and the rules above), or F-JSON naming line and column."""
    text = _text(data, where, limit)
    try:
        _check_values(text, ",[{", max(limit, MAX_BYTES) // BYTES_A_VALUE)
        _check_depth(text)
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_real,
            parse_constant=_constant,
        )
        _check_characters(value)
    except json.JSONDecodeError as error:
        raise fault("F-JSON", where=where, reason=f"line {error.lineno} column {error.colno}") from None
    except _Unfit as error:
        raise fault("F-JSON", where=where, reason=error) from None
    return value


def parse_toml(data: bytes, where: str, limit: int = MAX_BYTES) -> dict[str, Any]:
    """The table of a TOML 1.0 text as JSON values (dates become ISO 8601 text), or F-TOML."""
    text = _text(data, where, limit)
    try:
        _check_values(text, "\n.,[{", MAX_TOML_VALUES)
        if _LONG_KEY.search(text):
            raise _Unfit(f"nested deeper than {MAX_DEPTH}")
        return {key: _plain(value) for key, value in tomllib.loads(text, parse_float=_real).items()}
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at (.*)\)", str(error))
        raise fault("F-TOML", where=where, reason=place[1] if place else "syntax") from None
    except _Unfit as error:
        raise fault("F-TOML", where=where, reason=error) from None
    except ValueError:  # more digits than Python converts
        raise fault("F-TOML", where=where, reason="an integer beyond 2^53 - 1") from None
    except RecursionError:
        raise fault("F-TOML", where=where, reason=f"nested deeper than {MAX_DEPTH}") from None


def _text(data: bytes, where: str, limit: int) -> str:
    if len(data) > limit:
        raise fault("F-SIZE", where=where, limit=limit)
    if data.startswith(b"\xef\xbb\xbf"):
        raise fault("F-ENCODING", where=where, reason="it starts with a byte-order mark")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise fault("F-ENCODING", where=where, reason=f"byte {error.start} is not UTF-8") from None


def _check_values(text: str, marks: str, most: int) -> None:
    """Before parsing, by counting what stands between values: a small file can become much in memory."""
    if sum(map(text.count, marks)) > most:
        raise _Unfit(f"more than {most} values")


def _check_depth(text: str) -> None:
    """Before parsing: Python's own parser meets deep nesting with RecursionError."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return  # it cannot be deeper than that, strings and all
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        mark = token[0]
        depth += (mark in "[{") - (mark in "]}")
        if depth > MAX_DEPTH:
            raise _Unfit(f"nested deeper than {MAX_DEPTH}")


def _check_characters(value: Any) -> None:
    """Refuse escapes of lone surrogates: they have no UTF-8, so no digest."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise _Unfit("a lone surrogate") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise _Unfit("a duplicate key")
    return table


def _integer(digits: str) -> int | float:
    # Python refuses very long digits itself; compare the length first so that it never gets there.
    if len(digits) <= _LONGEST and abs(int(digits)) <= MAX_INTEGER:
        return int(digits)
    # RFC 8785 writes a whole double below 10^21 without an exponent: what we write, we read.
    if len(digits) <= _LONGEST and canonical(float(digits)).decode() == digits:
        return float(digits)
    raise _Unfit("an integer beyond 2^53 - 1")


def _real(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _Unfit("a number that is not finite")
    return number


def _constant(name: str) -> NoReturn:
    raise _Unfit(f"{name} is not JSON")


def _plain(value: Any, depth: int = 1) -> Any:
    if depth > MAX_DEPTH:
        raise _Unfit(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        return {key: _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise _Unfit("an integer beyond 2^53 - 1")
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return value

"""Writing TOML: tables of plain values, one key a line, for people to read and edit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def to_toml(table: Mapping[str, Any], path: tuple[str, ...] = ()) -> str:
    """A nested table of strings, numbers, booleans, lists and tables as TOML 1.0."""
    values = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    lines = [f"{key} = {inline(value)}" for key, value in values.items()]
    header = [f"[{'.'.join(path)}]"] if path and (lines or not table) else []
    text = "\n".join([*header, *lines]) + "\n" if header or lines else ""
    inner = [to_toml(value, (*path, key)) for key, value in table.items() if isinstance(value, Mapping)]
    return "\n".join(part for part in (text, *inner) if part)


def inline(value: Any) -> str:
    """A value on one line; JSON's strings are TOML's."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {inline(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

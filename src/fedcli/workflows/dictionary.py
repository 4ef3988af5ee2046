"""A dictionary as people wrote it, on its way into a root, beside data, or under a query."""

from __future__ import annotations

from pathlib import Path

from fedcli.files.reader import read
from fedcli.files.strict import parse_toml
from fedcli.model.dataset import Dictionary


def read_dictionary(path: Path) -> Dictionary:
    """The dictionary of a TOML file."""
    return Dictionary.read(parse_toml(read(path), str(path)), path.name)

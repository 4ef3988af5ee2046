"""Columns that are not in the files but in the names of their folders: `region=01/part-0.parquet` (Hive)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from fedcli.engine.mock import STORED
from fedcli.errors import fault
from fedcli.model.dataset import Dictionary


def partitions(paths: Sequence[str], inside: Iterable[str], dictionary: Dictionary | None) -> dict[str, str]:
    """The columns that the folders name and the files lack, with the types that the dictionary wants.

    Without a dictionary, all of them as text. What neither is asked for nor is a column stays a folder.

    Raises:
        DataFault: D-PARTITION for a column that both have: which of the two counts, nobody has said.
    """
    named, known = {name for path in paths for name in _values(path)}, set(inside)
    agreed = dictionary.columns if dictionary else {}
    wanted = {one for one in named - known if one in agreed or dictionary is None}
    if wanted and named & known:
        raise fault("D-PARTITION", column=min(named & known))
    return {one: STORED[agreed[one].type] if one in agreed else "VARCHAR" for one in sorted(wanted)}


def place(path: str, names: Iterable[str]) -> str:
    """What the folders of a file say of these columns: part of its content, as no byte of it tells."""
    return "/".join(f"{name}={_values(path).get(name, '')}" for name in names)


def _values(path: str) -> dict[str, str]:
    parts = (part.partition("=") for part in PurePath(path).parent.parts)
    return {name: value for name, sign, value in parts if name and sign}

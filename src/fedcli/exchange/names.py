"""The names that count in an exchange, how large their files may be, and in which order they are carried.

What a name stands for must be there before it: sealed values before the statement that names their digest,
a proof before its checkpoint, a checkpoint before the releases that it anchors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from fedcli.exchange.folder import FEDERATION
from fedcli.files.strict import MAX_BYTES
from fedcli.model.identifiers import DIGEST, NAME

_MOST_LETTERS = 40
_WHO, _DIGEST = NAME[1:-1], DIGEST[1:-1]
_NUMBER = "(0[0-9]{2}|[1-9][0-9]{2,8})"
_ATTEMPT = "[0-9]{3}\\.([0-9]{2}|[1-9][0-9]{2,3})"
_RESULT = "([0-9]{3}\\.)?result(\\.[0-9]{3})?"

#: Every kind of file by its place below the exchange, in the order in which kinds are carried.
_KINDS = tuple(
    re.compile(pattern)
    for pattern in (
        f"{FEDERATION}/dictionaries/{_DIGEST}\\.json",
        f"{_WHO}/queries/{_DIGEST}/({_RESULT}|rounds/{_NUMBER})\\.sealed",
        f"{_WHO}/releases/{_DIGEST}/{_ATTEMPT}\\.values\\.sealed",
        f"{_WHO}/reviews/{_DIGEST}/{_DIGEST}\\.json",
        f"{_WHO}/checkpoints/{_NUMBER}\\.proof\\.json",
        f"{_WHO}/checkpoints/{_NUMBER}",
        f"{_WHO}/policy/{_NUMBER}\\.json",
        f"{_WHO}/manifest/{_NUMBER}\\.json",
        f"{_WHO}/approvals/{_DIGEST}\\.{_NUMBER}\\.json",
        f"{FEDERATION}/[0-9]{{4}}\\.root\\.json",
        f"{_WHO}/queries/{_DIGEST}/query\\.json",
        f"{_WHO}/queries/{_DIGEST}/rounds/{_NUMBER}\\.json",
        f"{_WHO}/releases/{_DIGEST}/{_ATTEMPT}\\.release\\.json",
        f"{_WHO}/withdrawals/{_DIGEST}\\.json",
        f"{_WHO}/queries/{_DIGEST}/{_RESULT}\\.json",
    )
)
#: The first kind that rests on files of the kinds before it.
_WORDS = 9
_FOLDERS = re.compile(
    f"{FEDERATION}(/dictionaries)?"
    f"|{_WHO}(/(manifest|policy|checkpoints|approvals|withdrawals|queries|reviews|releases))?"
    f"|{_WHO}/(queries|reviews|releases)/{_DIGEST}|{_WHO}/queries/{_DIGEST}/rounds"
)


def counts(name: str) -> bool:
    """Whether a name, relative to the exchange, is one that fedcli reads."""
    return _kind(name) is not None


def is_folder(name: str) -> bool:
    """Whether files that count can be below a folder of this name."""
    return len(owner(name)) <= _MOST_LETTERS and _FOLDERS.fullmatch(name) is not None


def owner(name: str) -> str:
    """The participant in whose folder a name is."""
    return name.partition("/")[0]


def rests_on_others(name: str) -> bool:
    """Whether whoever sees this file must find others."""
    kind = _kind(name)
    return kind is not None and kind >= _WORDS


def limit(name: str) -> int:
    """How many bytes a file of this name may have."""
    return 16 * MAX_BYTES if name.endswith(".sealed") else MAX_BYTES


def in_order(names: Iterable[str]) -> list[str]:
    """The names that count in the order in which they are carried; numbers of a folder go up."""
    known = [(kind, len(name), name) for name in names if (kind := _kind(name)) is not None]
    return [name for _, _, name in sorted(known)]


def _kind(name: str) -> int | None:
    if len(owner(name)) > _MOST_LETTERS:
        return None
    return next((place for place, kind in enumerate(_KINDS) if kind.fullmatch(name)), None)

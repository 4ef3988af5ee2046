"""Looking for planted values in every byte that was written: plain, in base64, in binary, and unsealed."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Iterator
from pathlib import Path

TEXT = "CANARY9434765919"
REAL = 873261.53125
WHOLE = 48151623

NEEDLES = (
    TEXT.encode(),
    TEXT.lower().encode(),
    b"9434765919",
    str(REAL).encode(),
    f"{REAL:.6g}".encode(),
    f"{REAL:.6e}".encode(),
    str(WHOLE).encode(),
    f"{WHOLE:.6g}".encode(),
    struct.pack("<d", REAL),
    struct.pack(">d", REAL),
    struct.pack("<q", WHOLE),
)
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}")


def hits(data: bytes, where: str) -> list[str]:
    """The needles in some bytes, and in what is base64 in them."""
    found = [f"{where}: {needle!r}" for needle in NEEDLES if needle in data]
    for chunk in _BASE64.findall(data):
        decoded = _decoded(chunk)
        found += [f"{where} (base64): {needle!r}" for needle in NEEDLES if needle in decoded]
    return found


def _decoded(chunk: bytes) -> bytes:
    try:
        return base64.b64decode(chunk + b"=" * (-len(chunk) % 4))
    except ValueError:
        return b""


def files(folder: Path) -> Iterator[Path]:
    """All files below a folder, hidden ones too."""
    return (path for path in folder.rglob("*") if path.is_file())


def sweep(folder: Path, written: list[str]) -> list[str]:
    """All hits in the files of a folder and in what commands wrote to the console."""
    found = [hit for path in files(folder) for hit in hits(path.read_bytes(), str(path.relative_to(folder)))]
    return found + [hit for text in written for hit in hits(text.encode(), "the console")]

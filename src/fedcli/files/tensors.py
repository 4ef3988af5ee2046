"""Named arrays of doubles as safetensors files, of which any reader of that form can make arrays.

Eight bytes say how long a header is; the header, JSON, says of each array its type, its shape and where its
bytes lie; then come the bytes. Reading is stricter than the form: the header is JSON that has one reading,
arrays are doubles that lie one after the other from the first byte to the last, and all are finite.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

from fedcli.errors import fault
from fedcli.files.canonical import canonical
from fedcli.files.strict import parse_json

_DOUBLE, _METADATA, _ALIGNED = "F64", "__metadata__", 8
#: How long a header may be, and how many numbers there may be in all.
_LONGEST, _MOST = 2**20, 2**20


class Tensor(NamedTuple):
    """An array: its shape, and its numbers, the last axis running first."""

    shape: tuple[int, ...]
    numbers: tuple[float, ...]


def write_tensors(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """The bytes of a file, the same for the same arrays: names in their order, a header without spaces."""
    header: dict[str, Any] = {_METADATA: dict(metadata)}
    data = b""
    for name in sorted(tensors):
        shape, numbers = tensors[name]
        told = struct.pack(f"<{len(numbers)}d", *numbers)
        header[name] = {
            "dtype": _DOUBLE,
            "shape": list(shape),
            "data_offsets": [len(data), len(data) + len(told)],
        }
        data += told
    text = canonical(header)
    text += b" " * (-len(text) % _ALIGNED)
    return struct.pack("<Q", len(text)) + text + data


def read_tensors(data: bytes, where: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The arrays of a file and its metadata.

    Raises:
        InvalidFile: F-TENSORS for anything that this module would not have written; F-JSON for its header.
    """
    [length] = struct.unpack("<Q", data[:8]) if len(data) >= 8 else [0]
    if not 2 <= length <= min(_LONGEST, len(data) - 8):
        raise fault("F-TENSORS", where=where, reason="its header is not as long as it says")
    header, body = parse_json(data[8 : 8 + length].rstrip(b" "), where), data[8 + length :]
    if not isinstance(header, dict) or len(body) > 8 * _MOST:
        raise fault("F-TENSORS", where=where, reason="it has no header, or too many numbers")
    metadata = header.pop(_METADATA, None)
    if not isinstance(metadata, dict) or not all(isinstance(one, str) for one in metadata.values()):
        raise fault("F-TENSORS", where=where, reason="its metadata are no texts")
    return dict(_arrays(header, body, where)), metadata


def _arrays(header: dict[str, Any], body: bytes, where: str) -> list[tuple[str, Tensor]]:
    """Each array, in the order of the bytes, which they use up."""
    found, end = [], 0
    for name in sorted(header):
        shape = _shape(header[name], name, where)
        start, end = end, end + 8 * math.prod(shape)
        if header[name] != {"dtype": _DOUBLE, "shape": shape, "data_offsets": [start, end]} or end > len(
            body
        ):
            raise fault("F-TENSORS", where=where, reason=f"{name} does not lie where it should")
        numbers = struct.unpack(f"<{math.prod(shape)}d", body[start:end])
        if not all(map(math.isfinite, numbers)):
            raise fault("F-TENSORS", where=where, reason=f"{name} has what is no finite number")
        found.append((name, Tensor(tuple(shape), numbers)))
    if end != len(body):
        raise fault("F-TENSORS", where=where, reason="there are bytes of no array")
    return found


def _shape(told: Any, name: str, where: str) -> list[int]:
    """The lengths of an array's axes."""
    shape = told.get("shape") if isinstance(told, dict) else None
    known = isinstance(shape, list) and all(type(one) is int and 0 < one <= _MOST for one in shape)
    if not known or math.prod(shape) > _MOST:  # type: ignore[arg-type]
        raise fault("F-TENSORS", where=where, reason=f"{name} has no shape")
    return shape  # type: ignore[return-value]

"""Networks as safetensors files: what is written, what others read, and what is not read."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from fedcli.errors import FedcliError
from fedcli.model.trained import Linear, Model, Network
from fedcli.workflows.weights import packed, unpacked
from tests.docs.test_models import LINEAR, NETWORK
from tests.models import model

MODEL: Model = model(Network.read(NETWORK, "a test"))
FILE = packed(MODEL, "a test")


def test_it_is_read_as_it_was_written() -> None:
    """The same model, with the same digest."""
    assert unpacked(FILE, "a test").sha256 == MODEL.sha256


def test_others_read_the_same_arrays() -> None:
    """The package of the form's authors, which fedcli does not use."""
    told = load(FILE)
    of = MODEL.predictor
    assert isinstance(of, Network)
    assert set(told) == {
        "inputs.centre",
        "inputs.scale",
        *(f"layers.{at}.{name}" for at in range(2) for name in ("weight", "bias")),
    }
    for at, layer in enumerate(of.layers):
        assert (told[f"layers.{at}.weight"] == np.array(layer.weights)).all()
        assert (told[f"layers.{at}.bias"] == np.array(layer.biases)).all()
    assert told["inputs.centre"].dtype == np.float64


def test_others_write_the_same_arrays() -> None:
    """What the package writes of them has the same names and numbers, and is as long."""
    header = _header(FILE)
    theirs = save(load(FILE), metadata=header["__metadata__"])
    [length] = struct.unpack("<Q", theirs[:8])
    [ours] = struct.unpack("<Q", FILE[:8])
    told = _header(theirs)
    assert told == header
    assert theirs[8 + length :] == FILE[8 + ours :]


def _header(data: bytes) -> dict[str, Any]:
    [length] = struct.unpack("<Q", data[:8])
    found: dict[str, Any] = json.loads(data[8 : 8 + length])
    return found


def _having(change: Callable[[dict[str, Any]], object], body: bytes | None = None) -> bytes:
    """The same file with another header, as long as that says."""
    [length] = struct.unpack("<Q", FILE[:8])
    header = _header(FILE)
    change(header)
    text = json.dumps(header, separators=(",", ":"), sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + (FILE[8 + length :] if body is None else body)


def _twice() -> bytes:
    """A header in which an array is there twice."""
    [length] = struct.unpack("<Q", FILE[:8])
    text = FILE[8 : 8 + length].rstrip(b" ")
    name = b'"inputs.scale":{"data_offsets":[0,8],"dtype":"F64","shape":[1]},'
    text = b"{" + name + text[1:]
    return struct.pack("<Q", len(text)) + text + FILE[8 + length :]


def _body(at: int, number: float) -> bytes:
    [length] = struct.unpack("<Q", FILE[:8])
    body = FILE[8 + length :]
    return FILE[: 8 + length] + body[: 8 * at] + struct.pack("<d", number) + body[8 * at + 8 :]


def _renamed(header: dict[str, Any]) -> None:
    header["layers.9.bias"] = header.pop("layers.1.bias")


def _swapped(header: dict[str, Any]) -> None:
    header["layers.0.weight"]["shape"].reverse()


BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "a header of a terabyte": struct.pack("<Q", 2**40) + FILE[8:],
    "a header of nothing": struct.pack("<Q", 0) + FILE[8:],
    "no JSON": struct.pack("<Q", 8) + b"notjson!" + FILE[16:],
    "a list": struct.pack("<Q", 8) + b"[]      " + FILE[16:],
    "no metadata": _having(lambda header: header.pop("__metadata__")),
    "other metadata": _having(lambda header: header["__metadata__"].update(more="x")),
    "metadata that are no texts": _having(lambda header: header["__metadata__"].update(form=1)),
    "another form": _having(lambda header: header["__metadata__"].update(form="fedcli/model/2")),
    "an array more": _having(
        lambda header: header.update({"z": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}})
    ),
    "an array twice": _twice(),
    "another name": _having(_renamed),
    "no array": _having(lambda header: header.pop("inputs.scale")),
    "floats": _having(lambda header: header["inputs.scale"].update(dtype="F32")),
    "another place": _having(lambda header: header["inputs.scale"].update(data_offsets=[0, 16])),
    "another shape": _having(_swapped),
    "a shape of nothing": _having(lambda header: header["inputs.scale"].update(shape=[0])),
    "a shape that overflows": _having(lambda header: header["inputs.scale"].update(shape=[2**20, 2**20])),
    "a shape below zero": _having(lambda header: header["inputs.scale"].update(shape=[-2])),
    "true for one": _having(lambda header: header["inputs.scale"].update(shape=[True, 2])),
    "a key more": _having(lambda header: header["inputs.scale"].update(more=1)),
    "cut": FILE[:-8],
    "bytes behind": FILE + b"\0" * 8,
    "NaN": _body(0, float("nan")),
    "infinity": _body(0, float("inf")),
    "a scale of zero": _body(2, 0.0),
    "spaces in the header": _having(lambda _: None)[:8] + b"{ " + FILE[9:],
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_read(name: str) -> None:
    """Each with a code; nothing of it is a model."""
    with pytest.raises(FedcliError) as caught:
        unpacked(BROKEN[name], "a test")
    assert caught.value.code in ("F-TENSORS", "F-JSON", "F-SCHEMA"), name


def test_the_control() -> None:
    """What changes nothing is read: what is refused above is so for its change."""
    assert unpacked(_having(lambda _: None), "a test") == MODEL


def test_a_line_is_no_network() -> None:
    """Coefficients have names; they are told as JSON."""
    with pytest.raises(FedcliError) as caught:
        packed(model(Linear.read({"kind": "linear", **LINEAR}, "a test")), "m-1")
    assert caught.value.code == "R-NETWORK"

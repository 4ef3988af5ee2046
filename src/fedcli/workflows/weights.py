"""A network as a safetensors file: its numbers as arrays, and everything else of the model as metadata.

Nothing is there twice, so that nothing can disagree: a file that is read is the model with the digest that it
had, or none.
"""

from __future__ import annotations

from typing import Any

from fedcli.errors import fault
from fedcli.files.canonical import canonical
from fedcli.files.strict import parse_json
from fedcli.files.tensors import Tensor, read_tensors, write_tensors
from fedcli.model.trained import Model, Network

SUFFIX = ".safetensors"
_FORM = "fedcli/model/1"


def packed(model: Model, given: str) -> bytes:
    """The file of a network.

    Raises:
        UsageFault: R-NETWORK for another model, which is told as JSON.
    """
    of = model.predictor
    if not isinstance(of, Network):
        raise fault("R-NETWORK", model=given)
    tensors = {
        "inputs.centre": Tensor((len(of.centres),), of.centres),
        "inputs.scale": Tensor((len(of.scales),), of.scales),
    }
    for at, layer in enumerate(of.layers):
        flat = tuple(one for unit in layer.weights for one in unit)
        tensors[f"layers.{at}.weight"] = Tensor((len(layer.weights), len(layer.weights[0])), flat)
        tensors[f"layers.{at}.bias"] = Tensor((len(layer.biases),), layer.biases)
    value = model.json_value()
    for name in ("centres", "scales", "layers"):
        del value["predictor"][name]
    return write_tensors(tensors, {"form": _FORM, "model": canonical(value).decode()})


def unpacked(data: bytes, where: str) -> Model:
    """The model of a file.

    Raises:
        InvalidFile: F-TENSORS where it is not one that `packed` gives.
    """
    tensors, metadata = read_tensors(data, where)
    if metadata.keys() != {"form", "model"} or metadata["form"] != _FORM:
        raise fault("F-TENSORS", where=where, reason="its metadata are not those of a model")
    value = parse_json(metadata["model"].encode(), where)
    if not isinstance(value, dict) or not isinstance(value.get("predictor"), dict):
        raise fault("F-TENSORS", where=where, reason="its metadata are not those of a model")
    model = Model.read(value | {"predictor": value["predictor"] | _numbers(tensors)}, where)
    if packed(model, where) != data:
        raise fault("F-TENSORS", where=where, reason="it has other arrays, or another form, than its model")
    return model


def _numbers(tensors: dict[str, Tensor]) -> dict[str, Any]:
    """The numbers of a network, as far as they are there; what they must be is the model's to say."""
    told = {"inputs.centre": "centres", "inputs.scale": "scales"}
    found: dict[str, Any] = {
        key: list(tensors[name].numbers) for name, key in told.items() if name in tensors
    }
    layers, at = [], 0
    while (weights := tensors.get(f"layers.{at}.weight")) and (biases := tensors.get(f"layers.{at}.bias")):
        wide = weights.shape[-1]
        rows = [list(weights.numbers[low : low + wide]) for low in range(0, len(weights.numbers), wide)]
        layers.append({"weights": rows, "biases": list(biases.numbers)})
        at += 1
    return found | {"layers": layers}

"""Networks and trees in SQL, step by step; every number is bound, every name one of the dictionary's.

Where something is missing, or a sum is no finite number, nothing comes out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import TypeAlias, cast

from fedcli.engine.sql import Binder, visible
from fedcli.model.dataset import Dictionary, Level
from fedcli.model.identifiers import ColumnName
from fedcli.model.scoring import Grove, Layered
from fedcli.model.trained import Layer, Split, Tree

#: Columns that a step makes of those before it, by names; these have spaces, as no dataset's column has.
Step: TypeAlias = dict[str, str]
#: What comes out in the end.
OUT = "score out"
#: So many trees are added up in a step: an engine goes through a sum one inside the other.
_TOGETHER = 50


def layered(network: Layered, inputs: list[str], binder: Binder) -> Iterator[Step]:
    """The steps of a network, from the texts of what goes in."""
    ends = zip(inputs, network.centres, network.scales, strict=True)
    yield {
        f"score input {at}": f"TRY(({one} - {_bound(centre, binder)}) / {_bound(scale, binder)})"
        for at, (one, centre, scale) in enumerate(ends)
    }
    into = [f"score input {at}" for at in range(len(inputs))]
    for number, layer in enumerate(network.layers):
        sums = [f"score sum {number} {at}" for at in range(len(layer.biases))]
        yield dict(zip(sums, _sums(layer, into, binder), strict=True))
        last = number + 1 == len(network.layers)
        into = [OUT] if last else [f"score unit {number} {at}" for at in range(len(sums))]
        active = "{0}" if last else _ACTIVE[network.activation]
        yield {
            unit: f"CASE WHEN isfinite({visible(told)}) THEN {active.format(visible(told))} END"
            for unit, told in zip(into, sums, strict=True)
        }


_ACTIVE = {"relu": "greatest({0}, 0::DOUBLE)", "tanh": "tanh({0})"}


def _sums(layer: Layer, into: list[str], binder: Binder) -> Iterator[str]:
    """For each unit its weights times what goes in, one after the other, and then its bias."""
    for unit, bias in zip(layer.weights, layer.biases, strict=True):
        parts = [f"({_bound(one, binder)} * {visible(name)})" for one, name in zip(unit, into, strict=True)]
        yield f"TRY({_added([*parts, _bound(bias, binder)])})"


def grown(
    grove: Grove, values: Mapping[ColumnName, str], dictionary: Dictionary, binder: Binder
) -> Iterator[Step]:
    """The steps of trees, from the texts of columns: numbers, or the places of levels."""
    yield {_value(name): text for name, text in values.items()}
    total = _bound(grove.start, binder)
    for at in range(0, len(grove.trees), _TOGETHER):
        leaves = [_leaf(tree, dictionary, binder) for tree in grove.trees[at : at + _TOGETHER]]
        yield {f"score part {at}": f"TRY({_added([total, *leaves])})"}
        total = visible(f"score part {at}")
    known = " AND ".join(f"{visible(_value(name))} IS NOT NULL" for name in values)
    yield {OUT: f"CASE WHEN {known} THEN {total} END"}


def _leaf(tree: Tree, dictionary: Dictionary, binder: Binder) -> str:
    """The value of the leaf that a row comes to."""
    texts = [""] * len(tree.nodes)
    for at in reversed(range(len(tree.nodes))):  # children come after the split above them
        node = tree.nodes[at]
        if isinstance(node, Split):
            left, right = texts[node.left], texts[node.right]
            texts[at] = f"CASE WHEN {_goes_left(node, dictionary, binder)} THEN {left} ELSE {right} END"
        else:
            texts[at] = _bound(node.value, binder)
    return texts[0]


def _goes_left(split: Split, dictionary: Dictionary, binder: Binder) -> str:
    value = visible(_value(split.column))
    if split.below is not None:
        return f"{value} < {_bound(split.below, binder)}"
    return f"{value} = {dictionary.columns[split.column].categories.index(cast('Level', split.level))}"


def _value(name: ColumnName) -> str:
    return f"{name} value"


def _added(parts: list[str]) -> str:
    return reduce(lambda left, right: f"({left} + {right})", parts)


def _bound(number: float, binder: Binder) -> str:
    return f"{binder.bind(float(number))}::DOUBLE"

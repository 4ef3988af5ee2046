"""A score row by row: what `engine.scored` is held against; sites do not run it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from functools import reduce
from operator import mul

from fedcli.engine.levels import plain
from fedcli.engine.people import Row
from fedcli.model.dataset import Dictionary
from fedcli.model.scoring import Grove, Layered
from fedcli.model.terms import Factor
from fedcli.model.trained import Split, Tree
from fedcli.statistics.bins import Score

_FUNCTIONS = {"log": math.log, "log1p": lambda x: math.log(1 + x), "sqrt": math.sqrt}


def score_of(score: Score, row: Row, dictionary: Dictionary) -> float | None:
    """The number, added up one after the other; None where something is missing, or not finite."""
    try:
        terms = [
            reduce(mul, [_number(one, row, dictionary) for one in term.factors], 1.0) for term in score.terms
        ]
        total = _total(score, terms, row)
    except (ValueError, TypeError, OverflowError):  # of nothing there is no number, nor a logarithm of zero
        return None
    return total if math.isfinite(total) else None


def _total(score: Score, terms: list[float], row: Row) -> float:
    if isinstance(score.by, Layered):
        return _through(score.by, [one for one, term in zip(terms, score.terms, strict=True) if term.factors])
    if isinstance(score.by, Grove):
        return _sum([score.by.start, *(_leaf(tree, row) for tree in score.by.trees)])
    return _sum(map(mul, score.by, terms))


def _sum(parts: Iterable[float]) -> float:
    """One after the other: Python's own sum may be more exact than an engine's."""
    return reduce(lambda left, right: left + right, parts)


def _through(network: Layered, inputs: list[float]) -> float:
    """What comes out of a network."""
    told = [(x - c) / s for x, c, s in zip(inputs, network.centres, network.scales, strict=True)]
    for at, layer in enumerate(network.layers):
        sums = [
            _sum([*map(mul, unit, told), bias])
            for unit, bias in zip(layer.weights, layer.biases, strict=True)
        ]
        if not all(map(math.isfinite, sums)):
            raise ValueError("no number")
        last = at + 1 == len(network.layers)
        told = sums if last else [_active(network.activation, one) for one in sums]
    return told[0]


def _active(activation: str, x: float) -> float:
    return math.tanh(x) if activation == "tanh" else max(x, 0.0)


def _leaf(tree: Tree, row: Row) -> float:
    """The value of the leaf that a row comes to, none of whose columns is missing."""
    node = tree.nodes[0]
    while isinstance(node, Split):
        value = row[node.column]
        told = plain(value) if isinstance(value, date) else value
        left = _same(told, node.level) if node.below is None else float(value) < float(node.below)
        node = tree.nodes[node.left if left else node.right]
    return node.value


def _number(factor: Factor, row: Row, dictionary: Dictionary) -> float:
    value = row[factor.column]
    if factor.level is not None:
        return _indicator(factor, value, dictionary)
    told = _FUNCTIONS[factor.function](value) if factor.function else float(value)
    told = (told - factor.centre) / factor.scale
    if factor.polynomial is None:
        return float(reduce(mul, [told] * factor.power))
    return reduce(lambda left, right: left * told + right, reversed(factor.polynomial))


def _indicator(factor: Factor, value: object, dictionary: Dictionary) -> float:
    """Whether a value is a level; one that nobody declared is no value."""
    told = plain(value) if isinstance(value, date) else value
    known = [level for level in dictionary.columns[factor.column].categories if _same(level, told)]
    if not known:
        raise ValueError("no level")
    return float(_same(known[0], factor.level))


def _same(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)

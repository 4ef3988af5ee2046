"""The normal form of a predicate: the same question in other words is the same tree.

Every step holds in three-valued logic: a row for which the predicate is unknown stays so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from fedcli.files.canonical import canonical
from fedcli.model.predicate import (
    Choice,
    Comparison,
    Constant,
    Junction,
    Missing,
    Node,
    Not,
    Predicate,
    Value,
)

_FLIPPED = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
_NEGATED = {"eq": "ne", "ne": "eq", "lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}


def normal(predicate: Predicate) -> Predicate:
    """Negations at the leaves, constants to the right, lists and junctions sorted without repeats."""
    match predicate:
        case Not():
            return _negated(normal(predicate.of))
        case Comparison():
            return _oriented(predicate)
        case Choice():
            return _chosen(predicate.of, predicate.choices)
        case Junction():
            return _joined(predicate.op, map(normal, predicate.of))
        case Missing():
            return predicate


def _bytes(node: Node) -> bytes:
    return canonical(node.model_dump(mode="json"))


def _negated(predicate: Predicate) -> Predicate:
    match predicate:
        case Not():
            return predicate.of
        case Comparison():
            return predicate.model_copy(update={"op": _NEGATED[predicate.op]})
        case Junction():
            return _joined("or" if predicate.op == "and" else "and", map(_negated, predicate.of))
        case _:
            return Not(of=predicate)


def _oriented(comparison: Comparison) -> Comparison:
    left, right = comparison.left, comparison.right
    constant = (isinstance(left, Constant), isinstance(right, Constant))
    flip = constant[0] if constant[0] != constant[1] else _bytes(right) < _bytes(left)
    if not flip:
        return comparison
    return Comparison(op=_FLIPPED[comparison.op], left=right, right=left)  # type: ignore[arg-type]


def _chosen(of: Value, choices: Iterable[Constant]) -> Predicate:
    different = sorted({_bytes(choice): choice for choice in choices}.items())
    if len(different) == 1:
        return Comparison(op="eq", left=of, right=different[0][1])
    return Choice(of=of, choices=tuple(choice for _, choice in different))


def _joined(op: Literal["and", "or"], parts: Iterable[Predicate]) -> Predicate:
    flat: list[Predicate] = []
    for part in parts:
        flat.extend(part.of if isinstance(part, Junction) and part.op == op else (part,))
    different = {_bytes(part): part for part in _gathered(op, flat)}
    members = tuple(part for _, part in sorted(different.items()))
    return members[0] if len(members) == 1 else Junction(op=op, of=members)


def _gathered(op: Literal["and", "or"], parts: list[Predicate]) -> list[Predicate]:
    """`x = 1 or x = 2` as `x in (1, 2)`, and `x <> 1 and x <> 2` as `not x in (1, 2)`."""
    choices: dict[bytes, tuple[Value, list[Constant]]] = {}
    others: list[Predicate] = []
    for part in parts:
        found = _as_choice(part if op == "or" else _negated(part)) if _tells(op, part) else None
        if found is None:
            others.append(part)
        else:
            choices.setdefault(_bytes(found[0]), (found[0], []))[1].extend(found[1])
    lists = [_chosen(of, constants) for of, constants in choices.values()]
    return others + (lists if op == "or" else [_negated(one) for one in lists])


def _tells(op: Literal["and", "or"], part: Predicate) -> bool:
    """Whether a part of a junction can belong to a list: what is joined by `and` is what is not in it."""
    return op == "or" or isinstance(part, Comparison | Not)


def _as_choice(part: Predicate) -> tuple[Value, tuple[Constant, ...]] | None:
    match part:
        case Comparison(op="eq", right=Constant() as constant):
            return part.left, (constant,)
        case Choice():
            return part.of, part.choices
    return None

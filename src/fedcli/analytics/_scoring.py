"""What a score that a query gives must be like: of the columns of its formula, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fedcli.model.dataset import Dictionary, Level
from fedcli.model.scoring import Grove, Layered
from fedcli.model.terms import Factor, Term


def unlike(
    terms: Sequence[Term], by: Mapping[str, float] | Layered | Grove, dictionary: Dictionary
) -> Iterator[str]:
    """What is amiss between the columns of a formula and the numbers of a score."""
    names = [term.name for term in terms]
    if isinstance(by, Layered):
        if len(by.centres) != sum(bool(term.factors) for term in terms):
            yield "a network has one input for each of " + ", ".join(names)
    elif isinstance(by, Grove):
        yield from _unplanted(terms, by, dictionary)
    elif set(names) != set(by):
        yield f"it has one coefficient for each of {', '.join(names)}"


def _unplanted(terms: Sequence[Term], grove: Grove, dictionary: Dictionary) -> Iterator[str]:
    """Trees split columns as they are, each of which is a number or has levels."""
    factors = [factor for term in terms for factor in term.factors]
    plain = all(one == Factor(column=one.column, level=one.level) for one in factors)
    kinds = {(one.column, one.level is None) for one in factors}
    columns = {one.column for one in factors}
    if not plain or len(kinds) > len(columns) or any(len(term.factors) > 1 for term in terms):
        yield "trees are of columns as they are, each of which the formula has once"
        return
    for split in grove.splits:
        levels = dictionary.columns[split.column].categories if split.column in columns else ()
        number = (split.column, True) in kinds
        known = number if split.level is None else not number and _among(split.level, levels)
        if not known:
            yield f"a tree splits {split.column}, which the formula does not have so"
            return


def _among(level: Level, levels: Sequence[Level]) -> bool:
    """Whether a level is declared: true is not 1."""
    return any(level == one and isinstance(level, bool) == isinstance(one, bool) for one in levels)

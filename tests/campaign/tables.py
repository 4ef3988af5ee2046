"""Random tables with margins, and sequences of linked releases; what an attacker makes of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations, product
from typing import Any

from fedcli.model.cells import Gap
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Disclosure
from fedcli.model.release import Answered
from fedcli.policy.profiles import profile
from tests.campaign.attacker import Levels, Told, Where, narrowed
from tests.campaign.site import Site, numbered, site

#: The columns, at most, and a number of which everybody has a value.
NAMES = ("a", "b", "c")
#: Without the cap on traits: what counts here is what can be solved.
STANDARD = profile("standard").disclosure.model_copy(update={"traits_per_person": "1"})


def dictionary(levels: Levels) -> Dictionary:
    """A dictionary of persons with some columns of levels."""
    columns: dict[str, Any] = {
        name: {"type": "text", "levels": list(of), "use": ["group", "model"]} for name, of in levels.items()
    }
    columns["person"] = {"type": "text", "sensitivity": "identifier"}
    columns["cost"] = {"type": "real", "bounds": [0, 1000], "use": ["model"]}
    head = {"schema": "fedcli/dictionary/1", "dataset": "d", "unit": "person", "person_id": "person"}
    return Dictionary.read(head | {"columns": columns}, "a campaign")


def people(levels: Levels, lots: random.Random) -> list[dict[str, Any]]:
    """Persons of whom some combinations are rare."""
    cells = list(product(*levels.values()))
    weights = [lots.choice((1, 1, 3, 10, 30)) for _ in cells]
    chosen = lots.choices(cells, weights, k=lots.randint(60, 60 * len(cells)))
    rows = [dict(zip(levels, cell, strict=True)) | {"cost": lots.uniform(10, 990)} for cell in chosen]
    return numbered(rows)


def several(lots: random.Random, ways: int) -> Levels:
    """So many columns with two to four levels each."""
    return {name: tuple(f"{name}{at}" for at in range(lots.randint(2, 4))) for name in NAMES[:ways]}


def tables(lots: random.Random, rules: Disclosure = STANDARD) -> list[Told]:
    """A table with all its margins, in some order: what can be known too closely afterwards."""
    levels = several(lots, lots.choice((2, 3)))
    with site(people(levels, lots), dictionary(levels), rules) as place:
        margins = [one for size in range(len(levels) + 1) for one in combinations(levels, size)]
        lots.shuffle(margins)
        return narrowed(levels, [told for one in margins for told in _table(place, levels, one, {})])


def sequences(lots: random.Random, rules: Disclosure = STANDARD) -> list[Told]:
    """Two to five linked releases: tables, sums and models, of everybody and of a level."""
    levels = several(lots, lots.choice((2, 3)))
    told: list[Told] = []
    with site(people(levels, lots), dictionary(levels), rules) as place:
        for _ in range(lots.randint(2, 5)):
            within = {}
            if lots.random() < 0.4:
                column = lots.choice(list(levels))
                within = {column: lots.choice(levels[column])}
            some = lots.sample(list(levels), lots.randint(0, len(levels)))
            ask = lots.choice((_table, _table, _sums, _model))
            told += ask(place, levels, tuple(some), within)
    return narrowed(levels, told)


def _cohort(within: Where) -> str | None:
    return " and ".join(f"{column} = '{level}'" for column, level in within.items()) or None


def _table(place: Site, levels: Levels, by: tuple[str, ...], within: Where) -> Iterator[Told]:
    answer = place.asked("crosstab", _cohort(within), by=by) if by else place.asked("count", _cohort(within))
    yield from _counts(answer, "count", levels, by, within)


def _sums(place: Site, levels: Levels, by: tuple[str, ...], within: Where) -> Iterator[Told]:
    answer = place.asked("summary", _cohort(within), columns=("cost",), by=by)
    yield from _counts(answer, "n", levels, by, within)


def _model(place: Site, levels: Levels, by: tuple[str, ...], within: Where) -> Iterator[Told]:
    """The Gram matrix of a model holds the tables of its columns, two by two."""
    free = [name for name in by if name not in within]
    if not free:
        return
    formula = f"cost ~ {' + '.join(free)}"
    answer = place.asked("glm", _cohort(within), family="gaussian", formula=formula)
    if answer is not None:
        for pair in combinations(free, min(2, len(free))):
            for cell in product(*(levels[name] for name in pair)):
                where = dict(within) | dict(zip(pair, cell, strict=True))
                n = place.number(where)
                yield Told(where, n, n)


def _counts(
    answer: Answered | None, field: str, levels: Levels, by: tuple[str, ...], within: Where
) -> Iterator[Told]:
    for cell, number in zip(
        product(*(levels[name] for name in by)), answer.cells[field] if answer else (), strict=False
    ):
        where = dict(within) | dict(zip(by, cell, strict=True))
        if any(within.get(name, level) != level for name, level in zip(by, cell, strict=True)):
            continue  # nobody of the cohort can be there
        if isinstance(number, Gap):
            yield Told(where, float(number.low or 0), number.high, number.high is not None)
        elif isinstance(number, int):
            yield Told(where, number, number)

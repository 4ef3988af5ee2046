"""A federation of three sites with one row for each person, and a model to fit there."""

from __future__ import annotations

import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.world import World, found, query_text

DICTIONARY = """
schema = "fedcli/dictionary/1"
dataset = "cohort"
population = "persons"
unit = "person"
person_id = "pid"
data_use = ["DUO:0000006"]

[columns.pid]
type = "text"
sensitivity = "identifier"

[columns.ill]
type = "integer"
levels = [0, 1]

[columns.age]
type = "integer"
bounds = [20, 80]

[columns.sex]
type = "text"
levels = ["f", "m"]
"""
MODEL = 'id = "risk"\nanalytic = "glm"\nfamily = "binomial"\nformula = "ill ~ age + sex"'
COUNT = 'id = "n"\nanalytic = "count"'
SITES = ("north", "south", "east")


def table(start: int, persons: int = 150) -> pa.Table:
    """Persons whose illness becomes likelier with age, by an arithmetic that anyone can repeat."""
    places = range(start, start + persons)
    age = [20 + place * 7 % 61 for place in places]
    sex = ["m" if place % 3 else "f" for place in places]
    odds = [-4 + 0.07 * old + 0.5 * (one == "m") for old, one in zip(age, sex, strict=True)]
    ill = [
        int((place * 37 % 101) / 101 < 1 / (1 + math.exp(-x))) for place, x in zip(places, odds, strict=True)
    ]
    return pa.table({"pid": [f"p{place}" for place in places], "ill": ill, "age": age, "sex": sex})


def fitted_world(folder: Path, prefix: str = "p", persons: int = 150) -> World:
    """The federation, with data of so many at each site; the ids of persons start with a prefix."""
    dictionary = folder / "persons.toml"
    folder.mkdir(parents=True, exist_ok=True)
    dictionary.write_text(DICTIONARY)
    sources = {}
    for at, site in enumerate(SITES):
        sources[site] = folder / f"{site}.parquet"
        rows = table(persons * at, persons)
        ids = pa.array([f"{prefix}{one.as_py()}" for one in rows["pid"]])
        pq.write_table(rows.set_column(0, "pid", ids), sources[site])
    return found(folder / "world", sources, dictionary)


def question(*analyses: str, **keys: str) -> str:
    """A query with a model."""
    return query_text(*(analyses or (MODEL,)), **keys)


def combined(world: World, query: str) -> tuple[int, str]:
    """One attempt to combine: its exit code and its code."""
    ended = world.cli("combine", query, "--format", "json", home="researcher")
    return ended.exit, ended.document["code"]


def fit(world: World, query: str, most: int = 12) -> int:
    """Run and combine until there is a result; how many rounds it took."""
    for number in range(1, most):
        assert [one.exit for one in world.run(*SITES)] == [0, 0, 0]
        ended = combined(world, query)
        if ended[0] == 0:
            return number
        assert ended == (8, "R-ROUND")
    raise AssertionError("no result")

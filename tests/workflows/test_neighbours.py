"""Neighbouring data: what a researcher sees of a refusal is the same to the byte, whoever is in the data.

The refusals here are those that depend on what was told before: a cohort that differs from an earlier one
by few, and more traits than a cohort of its size may be told of. What is in the data otherwise, faulty or
refused by itself, is in `test_voice.py`.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fedcli.workflows.combine import gather
from fedcli.workflows.standing import membership
from tests.workflows.acts import own_data, run, south, told, with_value
from tests.workflows.conftest import ALONE
from tests.workflows.test_voice import clear_half, sealed_size
from tests.world import World, copied, query_text

MANY = """id = "many"
analytic = "summary"
columns = ["age", "bmi", "sbp"]
by = ["sex", "smoking", "diabetes"]"""
#: One that is answered, one of a cohort with two persons more, and one that tells more traits than may be.
TEXTS = (
    query_text(**ALONE, cohort='"age < 84"'),
    query_text(**ALONE, cohort='"age < 84 or age = 93"'),
    query_text(MANY, **ALONE),
)
Asked = tuple[list[str], dict[str, World]]


def _added() -> pa.Table:
    new = south().slice(7, 1)
    for name, value in (("patient_id", "S-99999"), ("visit_id", "S-99999-1")):
        place = new.schema.get_field_index(name)
        new = new.set_column(place, name, pa.array([value], new.schema.field(name).type))
    return pa.concat_tables([south(), new])


def _removed() -> pa.Table:
    people = south().column("patient_id")
    return south().filter(pc.not_equal(people, people[7]))


NEIGHBOURS: dict[str, Callable[[], pa.Table]] = {
    "as it is": south,
    "one added": _added,
    "one removed": _removed,
    "one changed": lambda: with_value("bmi", 31.5, 7),
}


@pytest.fixture(scope="module")
def asked(alone_template: World, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """Three queries of four sites whose data differ by one person: one answered, two refused."""
    folder = tmp_path_factory.mktemp("neighbours")
    first = copied(alone_template, folder / "first")
    pq.write_table(south(), own_data(first))
    queries = []
    for number, text in enumerate(TEXTS):
        queries.append(first.submit(text, f"{number}.toml"))
        first.later(minutes=1)
    worlds = {name: copied(first, folder / name.replace(" ", "-")) for name in NEIGHBOURS}
    for name, world in worlds.items():
        file = world.folder / "south" / "data" / "south.parquet"
        pq.write_table(NEIGHBOURS[name](), file)
        world.ok("data", "add", "cohort", str(file), home="south")
        run(world, "south")
    return queries, worlds


def _seen(world: World, query: str) -> list[bytes]:
    """What is in the researcher's hands of each analysis of a query."""
    desk = world.desk("researcher")
    quorum = gather(desk, membership(desk), query).quorums[-1]
    [one] = [one for one in quorum.contributions if one.release.value.site == "south"]
    return [outcome.canonical() for outcome in one.values.value.analyses.values()]


def test_the_first_is_answered(asked: Asked) -> None:
    """The control: what is answered differs by one person, and is seen to."""
    (first, *_), worlds = asked
    numbers = [_seen(world, first) for world in worlds.values()]
    assert all(told(world, first) == {"south": {"n": ""}} for world in worlds.values())
    assert len({bytes(one) for [one] in numbers}) == 3  # who changed is counted all the same
    assert len({sealed_size(world, first) for world in worlds.values()}) == 1


@pytest.mark.parametrize("at", [1, 2], ids=["nearly an earlier cohort", "too many traits"])
def test_a_refusal_is_the_same_to_the_byte(asked: Asked, at: int) -> None:
    """The clear half, the size of what is sealed, what is in it, and when it became visible."""
    queries, worlds = asked
    query = queries[at]
    seen = [
        (clear_half(world, query), sealed_size(world, query), _seen(world, query))
        for world in worlds.values()
    ]
    assert set(told(worlds["as it is"], query)["south"].values()) == {"D-REFUSED"}
    assert seen == [seen[0]] * 4

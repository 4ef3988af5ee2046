"""Outputs that left by another door: what is written down, and what is refused."""

from __future__ import annotations

import json

import pytest

from fedcli.ledger import externals
from fedcli.ledger.store import Store
from fedcli.model.external import Known
from tests.workflows.acts import book, code, entries, run, written
from tests.world import Ended, World, query_text

HEAD = """
schema = "fedcli/external/1"
title = "Annual report, table 3"
date = 2026-02-11
who = "the registry"
dataset = "cohort"
"""
COHORT = '"age < 84 or age = 92"'
TABLE = """
[[tables]]
by = ["sex", "smoking"]
cells = [{ levels = ["female", "never"], count = 512 }, { levels = ["male", "ex"] }]
"""


def record(world: World, text: str, name: str = "report.toml") -> Ended:
    """Let north write an output down."""
    (world.folder / name).write_text(text)
    return world.cli("ledger", "record-external", str(world.folder / name), "--format", "json", home="north")


def known(world: World, population: str = "hospital-patients") -> list[Known]:
    """What north knows of a population."""
    store = Store(world.folder / "north" / "state" / "site.db")
    try:
        return externals.of_population(store, population)
    finally:
        store.close()


def test_an_output_is_ledgered_and_kept(world: World) -> None:
    """The entry has digest and dataset, and no word of the rest; the database has all of it."""
    ended = record(world, HEAD + 'cohort = "age between 40 and 80"\n' + TABLE)
    assert ended.exit == 0, ended.text
    assert (ended.data["new"], ended.data["cells"]) == (True, 2)
    shown = world.ok("ledger", "show", "--format", "json", home="north").data["entries"]
    entry = shown[ended.data["entry"]]
    assert entry.keys() == {"schema", "kind", "at", "site", "dataset", "document"}
    assert (entry["kind"], entry["document"]) == ("external", ended.data["document"])
    [kept] = known(world)
    assert kept.external.tables[0].cells[0].count == 512
    assert kept.cohort is not None
    head = world.ok("ledger", "verify", "--format", "json", home="north").data
    assert head["published"] == head["size"]
    assert known(world, "others") == []


def test_the_same_is_written_once(world: World) -> None:
    """Again, and in another format: exit 0, told as old, nothing changes."""
    text = HEAD + TABLE
    first = record(world, text)
    before = written(world, "north")
    again = record(world, text)
    assert (again.exit, again.data) == (0, first.data | {"new": False})
    cells = [{"levels": ["female", "never"], "count": 512}, {"levels": ["male", "ex"]}]
    value = {"schema": "fedcli/external/1", "title": "Annual report, table 3", "date": "2026-02-11"}
    value |= {"who": "the registry", "dataset": "cohort"}
    value |= {"tables": [{"by": ["sex", "smoking"], "cells": cells}]}
    assert record(world, json.dumps(value), "report.json").data == first.data | {"new": False}
    assert written(world, "north") == before


def test_by_population_alone(world: World) -> None:
    """Other data of the same persons: what is known is that there was something."""
    text = HEAD.replace('dataset = "cohort"', 'population = "hospital-patients"')
    assert record(world, text).exit == 0
    assert [one.external.dataset for one in known(world)] == [None]
    ended = record(world, text.replace("hospital-patients", "hospital-patient"))
    assert (ended.exit, code(ended)) == (4, "C-POPULATION")
    assert "did you mean hospital-patients?" in ended.document["hint"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (HEAD + TABLE.replace('"ex"', '"former"'), "L-EXTERNAL"),
        (HEAD + TABLE.replace('"smoking"]', '"bmi"]'), "L-EXTERNAL"),
        (HEAD + TABLE.replace('["sex", "smoking"]', '["sex", "sex"]'), "L-EXTERNAL"),
        (HEAD + TABLE.replace('"smoking"]', '"smokes"]'), "Q-COLUMN"),
        (HEAD + TABLE.replace('["male", "ex"]', '["male"]'), "F-SCHEMA"),
        (HEAD + TABLE.replace('["male", "ex"]', '["female", "never"]'), "F-SCHEMA"),
        (HEAD + TABLE.replace("512", "-1"), "F-SCHEMA"),
        (HEAD + TABLE.replace("512", "1.5"), "F-SCHEMA"),
        (HEAD.replace("2026-02-11", "2027-02-11"), "L-EXTERNAL"),
        (HEAD.replace("2026-02-11", '"soon"'), "F-SCHEMA"),
        (HEAD.replace('"cohort"', '"others"'), "C-DATASET"),
        (HEAD + 'population = "hospital-patients"\n', "F-SCHEMA"),
        (HEAD.replace('dataset = "cohort"', 'population = "hospital-patients"') + TABLE, "F-SCHEMA"),
        (HEAD + 'cohort = "random() < 1"\n', None),
        (HEAD + "more = 1\n", "F-SCHEMA"),
        (HEAD + 'title = "again"\n', "F-TOML"),
    ],
)
def test_what_does_not_fit_is_refused(world: World, text: str, wanted: str | None) -> None:
    """Nothing is written, and the code says what is wrong."""
    before = written(world, "north")
    ended = record(world, text)
    assert ended.exit in (3, 4), ended.text
    assert code(ended) == wanted if wanted else code(ended).startswith("Q-")
    assert written(world, "north") == before


def test_a_level_has_its_type(world: World) -> None:
    """True is no 1, and text no number: levels are compared as they are written."""
    ended = record(world, HEAD + '[[tables]]\nby = ["statin"]\ncells = [{ levels = [1], count = 3 }]\n')
    assert code(ended) == "L-EXTERNAL"
    assert record(world, HEAD + "[[tables]]\ncells = [{ levels = [], count = 3000 }]\n").exit == 0


def test_only_a_site(world: World) -> None:
    """A researcher has no ledger."""
    (world.folder / "report.toml").write_text(HEAD)
    ended = world.cli("ledger", "record-external", str(world.folder / "report.toml"), home="researcher")
    assert ended.exit != 0
    assert entries(world, "north", "external") == 0
    assert not book(world, "north")["external"]


@pytest.mark.parametrize("recorded", [True, False])
def test_what_left_is_remembered(world: World, recorded: bool) -> None:
    """A cohort that differs by a person or two from that of a report; without the report it is answered."""
    if recorded:
        text = HEAD + 'cohort = "age < 84"\n[[tables]]\ncells = [{ levels = [], count = 1000 }]\n'
        assert record(world, text).exit == 0
    query = world.submit(query_text('id = "n"\nanalytic = "count"\nof = "person"', cohort=COHORT))
    world.approve(query, "north")
    assert run(world, "north", query).exit == (4 if recorded else 0)

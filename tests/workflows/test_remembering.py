"""A site remembers what it told: across queries, processes, and states of its data."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fedcli.analytics.imputed import ImputedModel
from fedcli.ledger import memory
from fedcli.ledger.store import Store
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Disclosure
from fedcli.model.query import Analysis
from fedcli.model.vault import Answering, Request, Source
from fedcli.policy.profiles import profile
from fedcli.trust.sealing import token
from fedcli.workflows.dictionary import read_dictionary
from fedcli.workflows.remembering import draws
from fedcli.workflows.trial import analysis
from tests.uncaged import vault_here
from tests.workflows.acts import own_data, policy, ran, run, south
from tests.workflows.conftest import ALONE
from tests.world import SAMPLES, SITES, World, query_text

POPULATION = "hospital-patients"
COUNT = 'id = "a"\nanalytic = "count"\nof = "person"'
TABLE = 'id = "a"\nanalytic = "crosstab"\nby = ["sex"]'


def nested() -> tuple[int, int]:
    """Two ages, such that those above the first are those above the second and a few more."""
    persons = defaultdict(set)
    for age, person in zip(*(south()[name].to_pylist() for name in ("age", "patient_id")), strict=True):
        if age is not None:
            persons[age].add(person)
    above = {age: set().union(*(persons[one] for one in persons if one > age)) for age in range(40, 75)}
    return next((low, high) for low, high in pairwise(above) if 0 < len(above[low] - above[high]) < 10)


def asked(world: World, text: str, name: str, **keys: str) -> list[tuple[str, str]]:
    """Ask south, and how it ended."""
    world.submit(query_text(text, **ALONE, title=f'"{name}"', **keys), f"{name}.toml")
    return ran(run(world, "south"))


def test_a_cohort_without_few(alone: World) -> None:
    """The second of two queries is refused; without a memory it is answered."""
    low, high = nested()
    assert asked(alone, COUNT, "A", cohort=f'"age > {low}"') == [("done", "")]
    assert asked(alone, COUNT, "B", cohort=f'"age > {high}"') == [("refused", "D-REFUSED")]


def test_nothing_is_remembered_where_the_policy_says_so(alone: World) -> None:
    """The control; and no record is kept."""
    policy(alone, "south", 'memory     = "population"', 'memory     = "none"')
    low, high = nested()
    assert asked(alone, COUNT, "A", cohort=f'"age > {low}"') == [("done", "")]
    assert asked(alone, COUNT, "B", cohort=f'"age > {high}"') == [("done", "")]
    assert memory.records(Store(alone.folder / "south" / "state" / "site.db"), POPULATION) == []


def test_a_changed_snapshot(alone: World) -> None:
    """Security, part B, 22: the same count of yesterday's data and of today's, without one person."""
    file = own_data(alone)
    assert asked(alone, COUNT, "A") == [("done", "")]
    rows = south()
    somebody = rows["patient_id"][0]
    pq.write_table(rows.filter(pc.not_equal(rows["patient_id"], somebody)), file)
    assert asked(alone, COUNT, "B") == [("refused", "D-REFUSED")]


MEAN = 'id = "m"\nanalytic = "summary"\ncolumns = ["sbp"]'


def measured_anew(persons: int) -> pa.Table:
    """The data of south, where the pressure of so many persons was written down wrongly before."""
    rows = south()
    whose = sorted(set(rows["patient_id"].to_pylist()))[:persons]
    better = pc.add(rows["sbp"], pa.scalar(1, rows["sbp"].type))
    values = pc.if_else(pc.is_in(rows["patient_id"], pa.array(whose, pa.string())), better, rows["sbp"])
    return rows.set_column(rows.schema.get_field_index("sbp"), "sbp", values)


@pytest.mark.parametrize(
    ("persons", "ends"),
    [(0, ("done", "")), (1, ("refused", "D-REFUSED")), (9, ("refused", "D-REFUSED")), (12, ("done", ""))],
)
def test_changed_values_of_the_same_persons(alone: World, persons: int, ends: tuple[str, str]) -> None:
    """The means of two snapshots tell the sum of all changes, so that they must be of ten and more."""
    file = own_data(alone)
    assert asked(alone, MEAN, "A") == [("done", "")]
    pq.write_table(measured_anew(persons), file)
    assert asked(alone, MEAN, "B") == [ends]


def test_changed_values_without_a_memory(alone: World) -> None:
    """The control: the mean moves by one person's correction."""
    policy(alone, "south", 'memory     = "population"', 'memory     = "none"')
    file = own_data(alone)
    assert asked(alone, MEAN, "A") == [("done", "")]
    pq.write_table(measured_anew(1), file)
    assert asked(alone, MEAN, "B") == [("done", "")]


def test_the_first_that_was_signed_comes_first(alone: World) -> None:
    """Whatever its digest: which of two is refused does not hang on it."""
    signed = []
    for number in range(6):
        alone.now += timedelta(seconds=1)
        signed.append(alone.submit(query_text(TABLE, **ALONE, title=f'"{number}"'), f"{number}.toml"))
    found = run(alone, "south").data["queries"]
    assert [one["query"] for one in found] == signed
    assert signed != sorted(signed)


def test_what_is_kept_cannot_be_read(alone: World) -> None:
    """Neither a person nor a column is in the database; records are of their population, in order."""
    assert asked(alone, TABLE, "A") == [("done", "")]
    kept = memory.records(Store(alone.folder / "south" / "state" / "site.db"), POPULATION)
    assert [number for number, _ in kept] == [1, 2]
    assert not any(word in box for _, box in kept for word in (b"sex", b"S-0001", b"cohort", b"release"))


def test_a_task_without_its_memory_is_a_bug() -> None:
    """Silence is an error: the vault does not take it for a first question."""
    dictionary = read_dictionary(SAMPLES / "hospitals" / "cohort.toml")
    task = Answering(
        source=Source(kind="parquet", paths=(str(SITES["south"]),)),
        dictionary=dictionary,
        unit=dictionary.unit,
        analyses=(analysis(dictionary, "count"),),
        disclosure=Disclosure(),
        review="findings",
        draws=dictionary.sha256,
    )
    assert vault_here().answer(Request(task=task, memory_mb=500)).fault == "B-EVIDENCE"
    forgetful = Disclosure(secondary="none", memory="none")
    free = task.model_copy(update={"disclosure": forgetful})
    assert vault_here().answer(Request(task=free, memory_mb=500)).judged


def test_draws_have_the_sites_key(tmp_path: Path) -> None:
    """What a vault fills in is by the key that it is given, and no two sites have one."""
    dictionary = Dictionary.read(
        {
            "schema": "fedcli/dictionary/1",
            "dataset": "d",
            "columns": {name: {"type": "real", "bounds": [0, 100]} for name in ("y", "x")},
        },
        "a test",
    )
    rows = {
        "y": [float(at % 50) for at in range(100)],
        "x": [at / 2 if at % 4 else None for at in range(100)],
    }
    pq.write_table(pa.table(rows), tmp_path / "data.parquet")
    keys = []
    for name in ("a", "b"):
        book = Store.create(tmp_path / f"{name}.db")
        with book.writing():
            book.set("snapshot_key", token())
        keys.append(draws(book, "population"))
        book.close()
    told = {"family": "gaussian", "formula": "y ~ x", "impute": ("x",), "imputations": 2}
    model = ImputedModel.read(told, "a test").resolved(dictionary, "a test")
    task = Answering(
        source=Source(kind="parquet", paths=(str(tmp_path / "data.parquet"),)),
        dictionary=dictionary,
        unit=dictionary.unit,
        analyses=(Analysis(id="m", analytic="imputed", version=1, parameters=model.json_value()),),
        disclosure=profile("evaluation").disclosure,
        review="findings",
        draws=keys[0],
    )

    def cells(key: str) -> object:
        asked = task.model_copy(update={"draws": key})
        answered = vault_here().answer(Request(task=asked, memory_mb=500)).judged["m"].answered
        assert answered is not None
        return answered.cells

    assert cells(keys[0]) == cells(keys[0])
    assert cells(keys[0]) != cells(keys[1])


def test_without_its_key_nothing_is_released(alone: World) -> None:
    """Whoever lost it cannot forget."""
    assert asked(alone, TABLE, "A") == [("done", "")]
    (alone.folder / "south" / "keys" / "memory.key").unlink()
    [(status, code)] = asked(alone, COUNT, "B")
    assert (status, code) == ("integrity", "L-MEMORY")


def test_the_same_question_again(alone: World) -> None:
    """In another query it gets the same numbers: nothing is new."""
    assert asked(alone, TABLE, "A") == asked(alone, TABLE, "B") == [("done", "")]
    assert len(memory.records(Store(alone.folder / "south" / "state" / "site.db"), POPULATION)) == 2


def test_more_than_a_vault_reads_is_said(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the site, by its own code; the researcher hears the one voice."""
    assert asked(alone, TABLE, "A") == [("done", "")]
    monkeypatch.setattr("fedcli.workflows.remembering.MOST", 100)
    assert asked(alone, COUNT, "B") == [("data", "D-REMEMBERS")]

"""What a vault remembers and recalls, in this process: the vaults of a run are others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fedcli.language.expression import parse
from fedcli.model.cells import Gap
from fedcli.model.policy import Disclosure
from fedcli.model.predicate import Predicate
from fedcli.model.query import Analysis
from fedcli.model.vault import Answering, Memory, Outside, Reply, Request, Source
from fedcli.workflows.dictionary import read_dictionary
from fedcli.workflows.trial import analysis
from tests.uncaged import vault_here
from tests.workflows.acts import south
from tests.workflows.test_remembering import measured_anew
from tests.world import SAMPLES

DICTIONARY = read_dictionary(SAMPLES / "hospitals" / "cohort.toml")
FIRST, SECOND, KEY = "1" * 64, "2" * 64, "ab" * 32


def cohort(text: str) -> Predicate:
    """A cohort of the dictionary."""
    return parse(text, DICTIONARY, "a test")


def asked(
    file: Path,
    records: Sequence[str],
    where: str | None = None,
    snapshot: str = FIRST,
    number: int = 1,
    outside: tuple[Outside, ...] = (),
    analyses: tuple[Analysis, ...] = (),
) -> Reply:
    """Ask something, by default for the persons, so often, with these records of what was told before."""
    persons = (analysis(DICTIONARY, "count", f"n{at}", of="person") for at in range(number))
    task = Answering(
        source=Source(kind="parquet", paths=(str(file),)),
        dictionary=DICTIONARY,
        unit=DICTIONARY.unit,
        cohort=None if where is None else cohort(where),
        analyses=analyses or tuple(persons),
        disclosure=Disclosure(),
        review="findings",
        draws=KEY,
        memory=Memory(records=tuple(records), outside=outside, snapshot=snapshot, key=KEY),
    )
    reply = vault_here().answer(Request(task=task, memory_mb=500))
    assert reply.fault is None
    return reply


def ends(reply: Reply) -> list[str]:
    """How each analysis ended."""
    return [one.verdict for one in reply.judged.values()]


def written(folder: Path, table: pa.Table) -> Path:
    """A file of these rows."""
    pq.write_table(table, folder / "data.parquet")
    return folder / "data.parquet"


def test_what_is_told_is_a_record(tmp_path: Path) -> None:
    """A release, and with the first one who has which ordinal."""
    first = asked(written(tmp_path, south()), ())
    assert (ends(first), len(first.remember)) == (["released"], 2)


def test_the_same_again_is_no_record(tmp_path: Path) -> None:
    """In one query and in the next."""
    file = written(tmp_path, south())
    first = asked(file, (), number=2)
    assert (ends(first), len(first.remember)) == (["released"] * 2, 2)
    again = asked(file, first.remember)
    assert (ends(again), again.remember) == (["released"], ())


def test_what_was_told_counts(tmp_path: Path) -> None:
    """In the same data, a cohort with two persons more; the control has no record of the first."""
    file = written(tmp_path, south())
    first = asked(file, (), "age < 84")
    assert ends(asked(file, first.remember, "age < 84 or age = 93")) == ["refused"]
    assert ends(asked(file, (), "age < 84 or age = 93")) == ["released"]


def test_persons_are_found_again(tmp_path: Path) -> None:
    """In another snapshot, whose rows are in another order and lack one person."""
    first = asked(written(tmp_path, south()), ())
    rows = south()
    left = rows.filter(pc.not_equal(rows["patient_id"], rows["patient_id"][0]))
    file = written(tmp_path, left.take(pa.array(range(left.num_rows - 1, -1, -1))))
    assert ends(asked(file, first.remember, snapshot=SECOND)) == ["refused"]
    assert ends(asked(file, (), snapshot=SECOND)) == ["released"]


def a_visit_more(persons: int) -> pa.Table:
    """The data of south, where so many persons were seen once more, and found as they were."""
    rows = south()
    whose = sorted(set(rows["patient_id"].to_pylist()))[:persons]
    first = [rows["patient_id"].to_pylist().index(one) for one in whose]
    more = rows.take(pa.array(first, pa.int64()))
    ids = pa.array([f"S-more-{at}" for at in range(persons)], pa.string())
    more = more.set_column(more.schema.get_field_index("visit_id"), "visit_id", ids)
    return pa.concat_tables([rows, more])


CHANGED: dict[str, tuple[Analysis, Callable[[int], pa.Table]]] = {
    "a mean": (analysis(DICTIONARY, "summary", columns=("sbp",)), measured_anew),
    "a count of rows": (analysis(DICTIONARY, "count", of="row"), a_visit_more),
    "a table of rows": (analysis(DICTIONARY, "crosstab", by=("sex",), of="row"), a_visit_more),
    "a mean of visits": (analysis(DICTIONARY, "summary", columns=("sbp",)), a_visit_more),
}


@pytest.mark.parametrize(("one", "changed"), CHANGED.values(), ids=CHANGED)
def test_few_of_the_same_persons_changed(
    tmp_path: Path, one: Analysis, changed: Callable[[int], pa.Table]
) -> None:
    """One and nine are told of by what is the same persons' in two snapshots; nobody and forty are not."""
    first = asked(written(tmp_path, south()), (), analyses=(one,))
    for persons, refused in ((0, False), (1, True), (9, True), (40, False)):
        file = written(tmp_path, changed(persons))
        now = asked(file, first.remember, snapshot=SECOND, analyses=(one,))
        told = [judged.answered for judged in now.judged.values()]
        hidden = any(
            isinstance(cell, Gap)
            for answer in told
            if answer
            for row in answer.cells.values()
            for cell in row
        )
        assert (told == [None] or hidden) is refused, persons
        assert ends(asked(file, (), snapshot=SECOND, analyses=(one,))) == ["released"]


def test_a_count_of_persons_is_of_nobodys_visits(tmp_path: Path) -> None:
    """Another visit of one of them changes nothing that is told."""
    first = asked(written(tmp_path, south()), ())
    assert ends(asked(written(tmp_path, a_visit_more(1)), first.remember, snapshot=SECOND)) == ["released"]


@pytest.mark.parametrize(
    ("outside", "ends_as"),
    [
        ((), "released"),
        ((Outside(cohort=cohort("age < 84"), told=((),)),), "refused"),
        ((Outside(cohort=cohort("age < 84"), told=()),), "released"),
        ((Outside(by=("sex",), told=(("female",), ("male",))),), "released"),
    ],
    ids=["nothing", "a cohort with two persons less", "its count was hidden", "something else"],
)
def test_what_left_by_another_door(tmp_path: Path, outside: tuple[Outside, ...], ends_as: str) -> None:
    """It counts as what was released here does."""
    reply = asked(written(tmp_path, south()), (), "age < 84 or age = 93", outside=outside)
    assert ends(reply) == [ends_as]
    assert len(reply.remember) == (2 if ends_as == "released" else 0)

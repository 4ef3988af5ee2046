"""What a vault remembers and recalls, in this process: the vaults of a run are others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fedcli.language.expression import parse
from fedcli.model.policy import Disclosure
from fedcli.model.predicate import Predicate
from fedcli.model.vault import Answering, Memory, Outside, Reply, Request, Source
from fedcli.workflows.dictionary import read_dictionary
from fedcli.workflows.trial import analysis
from fedcli.workflows.vault import Vault
from tests.workflows.acts import south
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
) -> Reply:
    """Count persons, so many times, with these records of what was told before."""
    task = Answering(
        source=Source(kind="parquet", paths=(str(file),)),
        dictionary=DICTIONARY,
        unit=DICTIONARY.unit,
        cohort=None if where is None else cohort(where),
        analyses=tuple(analysis(DICTIONARY, "count", f"n{at}", of="person") for at in range(number)),
        disclosure=Disclosure(),
        review="findings",
        memory=Memory(records=tuple(records), outside=outside, snapshot=snapshot, key=KEY),
    )
    reply = Vault().answer(Request(task=task, memory_mb=500))
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

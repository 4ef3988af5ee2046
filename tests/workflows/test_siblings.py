"""The vaults of a rehearsal are copies of one process; each is alone with its site's data."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcli.engine.siblings import Parent, Sibling
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Limits
from fedcli.model.vault import Checking
from fedcli.workflows import errand, spare
from fedcli.workflows.sources import source
from fedcli.workflows.spare import NURSERY, Siblings
from tests.engine.test_vault import assert_gone, is_gone

DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "unit": "row",
        "columns": {"x": {"type": "integer", "bounds": [0, 9]}},
    },
    "a test",
)


@pytest.fixture(autouse=True)
def _own_parents(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rehearsal's own parent, not the one of all tests."""
    monkeypatch.setattr(spare, "Parent", Parent)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes run the code that the test runs, also a copy of it with a mutant."""
    begin = subprocess.Popen

    def popen(line: list[str], **more: Any) -> subprocess.Popen[bytes]:
        more["env"] = more["env"] | {"PYTHONPATH": os.pathsep.join(sys.path)}
        return begin([word for word in line if word != "-I"], **more)

    monkeypatch.setattr("fedcli.engine.vault.subprocess.Popen", popen)


def rows(kept: errand.Kept, folder: Path, many: int) -> int:
    """How many rows a vault counts in a file that has so many."""
    file = folder / f"{many}.parquet"
    pq.write_table(pa.table({"x": [1] * many}), file)
    task = Checking(source=source((str(file),), None), dictionary=DICTIONARY, key="00" * 32)
    checked = errand.errand(task, Limits(), kept).checked
    assert checked is not None
    return checked.rows


def numbers(parent: Parent, *children: Sibling) -> list[int]:
    """The processes, by number."""
    return [parent._process.pid, *(child._number for child in children)]


def siblings(parent: Parent) -> tuple[Sibling, Sibling]:
    """Two of them."""
    one, other = parent.child(60.0), parent.child(60.0)
    assert isinstance(one, Sibling)
    assert isinstance(other, Sibling)
    return one, other


def test_each_answers_of_its_own_data(tmp_path: Path) -> None:
    """Also when one of them was ended, and another came."""
    with Siblings() as spares:
        one, other = errand.Kept(spares=spares), errand.Kept(spares=spares)
        assert (rows(one, tmp_path, 3), rows(other, tmp_path, 5)) == (3, 5)
        one.end()
        assert (rows(other, tmp_path, 5), rows(one, tmp_path, 4)) == (5, 4)
        other.end()
        one.end()


_LOADING = """
import sys
from fedcli.workflows import nursery
before = "fedcli.analytics.missingness" in sys.modules
nursery.main()
print(before, "fedcli.analytics.missingness" in sys.modules, "this" in sys.modules)
"""


def test_what_is_expected_is_loaded_once() -> None:
    """By the parent, before there are copies; nothing but analytics."""
    line, told = [sys.executable, "-c", _LOADING], "load missingness this\n"
    done = subprocess.run(line, input=told, capture_output=True, text=True, check=True)
    assert done.stdout == "False True False\n"


def test_only_analytics_are_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word of a query that is none gets no further: it could be another line."""
    heard: list[list[str]] = []
    monkeypatch.setattr(Parent, "load", lambda _, names: heard.append(list(names)))
    with Siblings() as spares:
        spares.expect(["crosstab", "os", "0 1", "load\n7 8"])
    assert heard == [["crosstab"]]


def test_one_is_ended_alone_and_all_with_their_parent() -> None:
    """What hangs is killed, and does not take the others with it."""
    parent = Parent(NURSERY, 3)
    one, other = siblings(parent)
    first, second, third = numbers(parent, one, other)
    one.end()
    assert_gone(second)
    assert not is_gone(third)
    assert not is_gone(first)
    parent.end()
    for process in (first, third):
        assert_gone(process)
    other.end()


@pytest.mark.usefixtures("here")
def test_they_share_no_way_to_anybody_else() -> None:
    """A copy has its own two ends and nowhere to write to; neither its parent's door nor a sibling's."""
    parent = Parent(NURSERY, 3)
    one, other = siblings(parent)
    ends = []
    for process in numbers(parent, one, other)[1:]:
        found = _open(process, 4)
        door = {0, 1, 2, 3} - {at for at, end in found.items() if end == os.devnull}
        assert found[1] == found[2] == os.devnull and len(door) == 2
        ends += [found[at] for at in door]
    assert all(end.startswith("pipe:") for end in ends)
    assert len(set(ends)) == 4
    parent.end()
    one.end()
    other.end()


@pytest.mark.usefixtures("here")
def test_the_parent_opens_nothing() -> None:
    """It has one thread, its own two ends, and those of copies that are not made yet."""
    parent = Parent(NURSERY, 3)
    made = parent.child(60.0)
    assert made is not None
    found = _open(parent._process.pid, 3 + 2 * 2)
    assert sum(end.startswith("pipe:") for end in found.values()) == 6
    assert len(list(Path(f"/proc/{parent._process.pid}/task").iterdir())) == 1
    parent.end()
    made.end()


def test_there_are_as_many_as_were_asked_for() -> None:
    """And then none."""
    parent = Parent(NURSERY, 1)
    only = parent.child(60.0)
    assert only is not None
    assert parent.child(60.0) is None
    parent.end()
    only.end()


def _open(process: int, number: int) -> dict[int, str]:
    """What a process has open; a copy needs a moment to close what it does not need."""
    for _ in range(100):
        found = {int(one.name): str(one.readlink()) for one in Path(f"/proc/{process}/fd").iterdir()}
        if len(found) == number:
            return found
        time.sleep(0.02)
    raise AssertionError(found)

"""Every mutant is caught: broken safety checks make the tests fail that guard them."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mill import PROJECT, Mill
from tests.mutants import MUTANTS, Mutant

SOURCE = PROJECT / "src"
#: `make mutants` runs them all; of so many, `make test` runs one, by its name: the same in a longer list.
EACH = 1 if os.environ.get("FEDCLI_MUTANTS") == "all" else 80
FAILED = 1  # pytest's code for tests that failed; 2 to 5 mean that it did not get so far


@pytest.fixture(scope="session")
def mill() -> Iterator[Mill]:
    """One for each worker."""
    mill = Mill()
    yield mill
    mill.close()


def test_nothing_fails_where_nothing_is_broken(tmp_path: Path, mill: Mill) -> None:
    """The control: on the source as it is the tests pass, so that it is the mutant that makes them fail."""
    told = tmp_path / "told.txt"
    code = mill.run(["tests/unit/policy/test_zcdp.py"], SOURCE, told)
    assert code == 0, told.read_text()[-2000:]
    assert mill.run(["tests/no_such_test.py"], SOURCE, tmp_path / "none.txt") != FAILED


def test_each_has_its_place() -> None:
    """The text that a mutant changes is there once, also of those that are tried in the full run alone."""
    found = {one.name: (SOURCE / "fedcli" / one.file).read_text().count(one.old) for one in MUTANTS}
    assert {name: times for name, times in found.items() if times != 1} == {}
    assert len(found) == len(MUTANTS)


def test_each_names_tests_that_are_there() -> None:
    """A test that is not there ends as no test does, which is not to fail."""
    named = {test.partition("::")[::2] for one in MUTANTS for test in one.tests.split()}
    assert [(path, name) for path, name in named if not _is_there(PROJECT / path, name)] == []


def _is_there(path: Path, name: str) -> bool:
    if not name:
        return path.exists()
    last = name.partition("[")[0].rpartition("::")[2]
    return path.is_file() and f"def {last}(" in path.read_text()


def _sampled(mutant: Mutant) -> bool:
    return int(hashlib.sha256(mutant.name.encode()).hexdigest(), 16) % EACH == 0


@pytest.mark.parametrize("mutant", [*filter(_sampled, MUTANTS)], ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught(mutant: Mutant, tmp_path: Path, mill: Mill) -> None:
    """The named tests fail on a copy of the source with one change."""
    source = tmp_path / "src"
    shutil.copytree(PROJECT / "src" / "fedcli", source / "fedcli")
    for folder in ("configs", "sample_data"):
        (tmp_path / folder).symlink_to(PROJECT / folder)
    file = source / "fedcli" / mutant.file
    text = file.read_text()
    assert text.count(mutant.old) >= 1, "the mutant's text is not in the source any more"
    file.write_text(text.replace(mutant.old, mutant.new, 1))
    for compiled in file.parent.glob(f"__pycache__/{file.stem}.*"):
        compiled.unlink()
    told = tmp_path / "told.txt"
    code = mill.run(mutant.tests.split(), source, told)
    assert code == FAILED, f"survived, or did not run:\n{told.read_text()[-2000:]}"

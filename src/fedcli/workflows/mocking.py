"""Mock data from a dictionary alone: what a researcher rehearses on before anybody has data."""

from __future__ import annotations

import tempfile
from pathlib import Path

from fedcli.errors import fault
from fedcli.files.reader import read
from fedcli.files.writer import write_once
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Limits
from fedcli.model.shown.places import MockFile, MockShown
from fedcli.model.vault import Checking, Mocking, Source
from fedcli.workflows.dictionary import read_dictionary
from fedcli.workflows.errand import errand
from fedcli.workflows.sources import tables

MAX_BYTES = 2**30
#: So many mock events for each mock person: a fifth of the persons have none.
EVENTS = 2
_NO_KEY = "0" * 64  # the digest of mock rows is nobody's secret


def mock(dictionary: Path, rows: int, folder: Path, sites: int) -> MockShown:
    """Mock rows for each site; files of the same bytes stay as they are.

    They are one Parquet file, or a folder of files where the dictionary has tables of events.

    Raises:
        InvalidFile: D-MOCK where no such rows meet the dictionary.
        UsageFault: F-EXISTS where a name is taken by something else; the files before it are written.
    """
    agreed = read_dictionary(dictionary)
    named = "site-{}" if agreed.tables else "site-{}.parquet"
    paths = {f"site-{number}": folder / named.format(number) for number in range(1, sites + 1)}
    new = not all(path.exists() for path in paths.values())
    with tempfile.TemporaryDirectory(prefix="fedcli-mock-") as scratch:
        made = tuple(
            MockFile(site=site, file=str(path), rows=rows, persons=_make(agreed, rows, number, path, scratch))
            for number, (site, path) in enumerate(paths.items(), start=1)
        )
    return MockShown(
        dataset=agreed.dataset,
        dictionary_version=agreed.version,
        folder=str(folder),
        sites=made,
        new=new,
    )


def _make(agreed: Dictionary, rows: int, site: int, path: Path, scratch: str) -> int:
    """Let the vault write a site's files, hold them against the dictionary, and put them in their place."""
    staged = Path(scratch) / str(site)
    staged.mkdir()
    own = staged / f"{agreed.own_table}.parquet"
    persons = _written(Mocking(dictionary=agreed, rows=rows, site=site, path=str(own)))
    for table in agreed.tables or ():
        file = str(staged / f"{table}.parquet")
        _written(Mocking(dictionary=agreed, table=table, rows=EVENTS * rows, site=site, path=file))
    _check(agreed, rows, tables((str(staged if agreed.tables else own),), None, agreed))
    for one in sorted(staged.iterdir()):
        write_once(path / one.name if agreed.tables else path, read(one, MAX_BYTES))
    return persons or rows


def _written(task: Mocking) -> int | None:
    return errand(task, Limits()).persons


def _check(agreed: Dictionary, rows: int, found: Source) -> None:
    checked = errand(Checking(source=found, dictionary=agreed, key=_NO_KEY), Limits()).checked
    if checked is None:
        raise fault("V-REPLY")
    for problem in checked.problems:
        raise fault("D-MOCK", rows=rows, column=problem.place or "any", found=problem.code)

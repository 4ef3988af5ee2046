"""The data manager's side: adding a dataset, holding it against its dictionary, drafting one."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

from fedcli.errors import DataFault, fault
from fedcli.ledger import registry
from fedcli.ledger.log import append
from fedcli.ledger.registry import Held, Snapshot
from fedcli.ledger.store import Store
from fedcli.model.checked import Checked, Problem
from fedcli.model.document import instant
from fedcli.model.entry import Entry
from fedcli.model.home import Desk
from fedcli.model.identifiers import Name
from fedcli.model.optouts import OptOuts
from fedcli.model.shown.places import DatasetShown, DatasetsShown, DictionaryShown, ProblemShown
from fedcli.model.vault import Checking
from fedcli.policy.profiles import load
from fedcli.trust.sealing import token
from fedcli.workflows import attestation
from fedcli.workflows.allowance import UNLIMITED, Allowance
from fedcli.workflows.announce import announce, open_book
from fedcli.workflows.dictionary import read_dictionary
from fedcli.workflows.errand import Kept, errand
from fedcli.workflows.sources import absolute, look, of_held
from fedcli.workflows.standing import dictionary, membership, require
from fedcli.workflows.standing import store as open_store

_NAME_LENGTH = 12


class Taken(NamedTuple):
    """A dataset and its snapshot; `new` where the data changed."""

    held: Held
    snapshot: Snapshot
    new: bool


def add(
    desk: Desk,
    name: Name,
    paths: list[Path],
    table: str | None,
    dictionary_path: Path | None,
    kept: Kept | None = None,
    opt_outs: tuple[date, str] | None = None,
) -> DatasetShown:
    """Take a dataset in: find its files, hold them against the dictionary, and offer it.

    Nothing is kept where the data do not meet the dictionary. The vault that looks may be one that is kept.
    `opt_outs` says as of which day whose list of objections was taken out of the files as they are now.
    """
    require(desk, "site")
    attestation.check(desk, opt_outs)
    members = membership(desk)
    agreed = dictionary(desk.home, members, name)
    if dictionary_path is not None and read_dictionary(dictionary_path) != agreed:
        raise fault("C-DICTIONARY", dataset=name)
    held = Held(name, absolute(paths), table, agreed)
    book = open_book(desk, members)
    before = next((one for one in registry.datasets(book) if one.name == name), None)
    same = before is not None and before.dictionary == agreed
    taken = take(desk, book, held, registry.snapshot(book, name) if same else None, kept)
    if taken.snapshot.problems:
        return _shown(taken)
    with book.writing():
        registry.hold(book, held)
        _record(desk, book, taken, "dataset" if before != held else "snapshot")
        said = attestation.attest(desk, book, taken.snapshot, opt_outs)
    announce(desk, book, members)
    return _shown(taken._replace(new=before != held or said), registry.opt_outs(book, name))


def refresh(
    desk: Desk, book: Store, held: Held, allowance: Allowance = UNLIMITED
) -> tuple[Snapshot, DataFault | None]:
    """The snapshot of a dataset as its files are now, and what is wrong with it.

    Where the files cannot be found, the snapshot is the last one known.
    """
    known = registry.snapshot(book, held.name)
    assert known is not None  # a dataset is held only with its first snapshot
    try:
        if known.files != look(of_held(held)):
            taken = take(desk, book, held, known, allowance=allowance)
            known = taken.snapshot
            with book.writing():
                _record(desk, book, taken, "snapshot")
    except DataFault as error:
        return known, error
    return known, first_problem(known)


def first_problem(taken: Snapshot) -> DataFault | None:
    """The first thing in which a snapshot does not meet its dictionary."""
    if not taken.problems:
        return None
    first = taken.problems[0]
    error = fault(first.code, **_facts(first))
    assert isinstance(error, DataFault)
    return error


#: What can be wrong with the form of the data; anything else depends on the values of persons.
_FORM = (
    *("D-COLUMN", "D-TWICE", "D-TYPE", "D-TABLE", "D-FILE", "D-WAL", "D-FILES", "D-MIXED", "D-MISSING"),
    "D-CHANGED",
)


def form_problem(problem: DataFault | None) -> DataFault | None:
    """A problem that does not depend on what a row holds; under differential privacy no other counts.

    Values that do not meet the dictionary are bounded like all others: a refusal would tell that they exist.
    """
    return problem if problem is not None and problem.code in _FORM else None


def take(
    desk: Desk,
    book: Store,
    held: Held,
    known: Snapshot | None,
    kept: Kept | None = None,
    allowance: Allowance = UNLIMITED,
) -> Taken:
    """Hold a dataset's files against its dictionary, in the vault."""
    found = of_held(held)
    before = look(found)
    key = book.setting("snapshot_key") or ""
    checked = _checked(desk, Checking(source=found, dictionary=held.dictionary, key=key), kept, allowance)
    if look(found) != before:
        raise fault("D-CHANGED", dataset=held.name)
    same = known is not None and known.digest == checked.digest
    name = known.name if known is not None and same else f"s-{token()[:_NAME_LENGTH]}"
    taken = Snapshot(held.name, name, checked.digest, before, checked.problems, checked.rows, checked.persons)
    return Taken(held, taken, not same)


def listed(desk: Desk) -> DatasetsShown:
    """The datasets of a site with their last snapshots."""
    book = open_store(desk)
    held = [(one, registry.snapshot(book, one.name)) for one in registry.datasets(book)]
    shown = [
        _shown(Taken(one, taken, False), registry.opt_outs(book, one.name)) for one, taken in held if taken
    ]
    return DatasetsShown(datasets=tuple(shown))


def check(desk: Desk, name: Name) -> DatasetShown:
    """Hold a dataset against its dictionary now, and keep what was found."""
    book = open_book(desk, membership(desk))
    held = registry.dataset(book, name)
    taken = take(desk, book, held, registry.snapshot(book, name))
    with book.writing():
        _record(desk, book, taken, "snapshot")
    return _shown(taken, registry.opt_outs(book, name))


def described(desk: Desk, name: Name) -> DictionaryShown:
    """A dataset's dictionary: the site's, or the federation's."""
    if desk.home.file.role == "site":
        book = open_store(desk)
        found, said = registry.dataset(book, name).dictionary, registry.opt_outs(book, name)
    else:
        found, said = dictionary(desk.home, membership(desk), name), None
    return DictionaryShown(dictionary=found, digest=found.sha256, opt_outs=said)


def _checked(desk: Desk, task: Checking, kept: Kept | None, allowance: Allowance) -> Checked:
    limits = load(desk.home.path / "policy.toml").limits
    checked = errand(task, limits, kept, allowance=allowance).checked
    if checked is None:
        raise fault("V-REPLY")
    return checked


def _shown(taken: Taken, said: OptOuts | None = None) -> DatasetShown:
    return DatasetShown(
        name=taken.held.name,
        files=taken.held.paths,
        table=taken.held.table,
        dictionary_version=taken.held.dictionary.version,
        snapshot=taken.snapshot.name,
        rows=taken.snapshot.rows,
        persons=taken.snapshot.persons,
        opt_outs=said,
        problems=tuple(map(_problem, taken.snapshot.problems)),
        new=taken.new,
    )


def _problem(problem: Problem) -> ProblemShown:
    message = fault(problem.code, **_facts(problem)).what
    return ProblemShown(code=problem.code, column=problem.place, rows=problem.rows, message=message)


def _facts(problem: Problem) -> dict[str, str]:
    return {"column": problem.place or "", "type": "", "table": ""}


def _record(desk: Desk, book: Store, taken: Taken, kind: Literal["dataset", "snapshot"]) -> None:
    """Keep a snapshot, and ledger it where the data, or what is held, is new."""
    registry.record_snapshot(book, taken.snapshot)
    if taken.new or kind == "dataset":
        append(book, _entry(desk, taken.snapshot, kind))


def _entry(desk: Desk, taken: Snapshot, kind: Literal["dataset", "snapshot"]) -> Entry:
    return Entry(
        kind=kind,
        at=instant(desk.now),
        site=desk.home.file.name,
        dataset=taken.dataset,
        snapshot=taken.name,
    )

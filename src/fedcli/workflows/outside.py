"""Outputs that left by another door: read, held against the dictionary, ledgered and remembered.

The ledger has their digest and the dataset's name. What was in them stays in the site's database.
"""

from __future__ import annotations

from pathlib import Path

from fedcli.errors import fault, meant
from fedcli.files.reader import read
from fedcli.files.strict import parse_json, parse_toml
from fedcli.language.words import words
from fedcli.ledger import externals, log, registry
from fedcli.ledger.store import Store
from fedcli.model.dataset import Dictionary
from fedcli.model.document import instant
from fedcli.model.entry import Entry
from fedcli.model.external import External, ExternalTable, Known
from fedcli.model.home import Desk
from fedcli.model.predicate import Predicate
from fedcli.model.shown.work import ExternalShown
from fedcli.workflows.announce import open_book, publish_checkpoint
from fedcli.workflows.standing import membership, require


def record_external(desk: Desk, path: Path) -> ExternalShown:
    """Write an output that left by another door into the ledger; the same one is written once.

    Raises:
        InvalidFile: F-SCHEMA, and L-EXTERNAL where it does not fit the dictionary; Q-… for its cohort.
        UsageFault: C-DATASET, C-POPULATION where it is about nothing that this site holds.
    """
    require(desk, "site")
    external = _read(path)
    if external.date > desk.now.date():
        raise fault("L-EXTERNAL", problem=f"its date is {external.date}, which is to come", where=path.name)
    members = membership(desk)
    book = open_book(desk, members)
    known = _known(book, external, path.name)
    number = externals.number(book, external)
    new = number is None
    if number is None:
        number = _record(desk, book, known)
    publish_checkpoint(desk, book, members)
    return ExternalShown(
        entry=number,
        document=external.sha256,
        title=external.title,
        date=external.date,
        who=external.who,
        population=known.population,
        dataset=external.dataset,
        cohort=words(known.cohort) if external.dataset else None,
        cells=sum(len(table.cells) for table in external.tables),
        new=new,
    )


def _read(path: Path) -> External:
    data = read(path)
    value = parse_json(data, path.name) if path.suffix == ".json" else parse_toml(data, path.name)
    return External.read(value, path.name)


def _known(book: Store, external: External, where: str) -> Known:
    """The output with what the site knows of its dataset, or of its population alone."""
    if external.dataset is None:
        return Known(external=external, population=_population(book, external))
    dictionary = registry.dataset(book, external.dataset).dictionary
    for place, table in enumerate(external.tables, 1):
        _check_table(table, dictionary, f"{where}, table {place}")
    return Known(
        external=external,
        population=dictionary.population,
        dictionary=dictionary.sha256,
        cohort=_cohort(external, dictionary, f"{where}, cohort"),
    )


def _population(book: Store, external: External) -> str:
    wanted = external.population or ""
    known = list(dict.fromkeys(held.dictionary.population for held in registry.datasets(book)))
    if wanted not in known:
        told = ", ".join(known) or "none"
        raise fault("C-POPULATION", population=wanted, known=told, meant=meant(wanted, known))
    return wanted


def _cohort(external: External, dictionary: Dictionary, where: str) -> Predicate | None:
    if external.cohort is None:
        return None
    from fedcli.language.expression import parse  # sqlglot takes longer to load than the rest

    return parse(external.cohort, dictionary, where)


def _check_table(table: ExternalTable, dictionary: Dictionary, where: str) -> None:
    """Every level of a table must be one that the dictionary declares, written as it is there."""
    if len(set(table.by)) != len(table.by):
        raise fault("L-EXTERNAL", problem="a column is named twice", where=where)
    declared = [_levels(dictionary, name, where) for name in table.by]
    for cell in table.cells:
        for level, levels, name in zip(cell.levels, declared, table.by, strict=True):
            if (type(level), level) not in levels:
                raise fault("L-EXTERNAL", problem=f"{name} has no level {level}", where=where)


def _levels(dictionary: Dictionary, name: str, where: str) -> set[tuple[type, object]]:
    levels = dictionary.column(name).categories
    if not levels:
        raise fault("L-EXTERNAL", problem=f"{name} has no declared levels", where=where)
    return {(type(level), level) for level in levels}


def _record(desk: Desk, book: Store, known: Known) -> int:
    entry = Entry(
        kind="external",
        at=instant(desk.now),
        site=desk.home.file.name,
        dataset=known.external.dataset,
        document=known.external.sha256,
    )
    with book.writing():
        number = log.append(book, entry)
        externals.add(book, known, number)
    return number

"""The memory of releases at the signer: records go to the vault and come from it, and stay closed here."""

from __future__ import annotations

from collections.abc import Iterator

from fedcli.errors import fault
from fedcli.files.canonical import digest_of
from fedcli.ledger import externals, memory
from fedcli.ledger.registry import Snapshot
from fedcli.ledger.store import Store
from fedcli.model.dataset import Dictionary
from fedcli.model.home import Desk
from fedcli.model.identifiers import Digest, Name
from fedcli.model.policy import Disclosure
from fedcli.model.predicate import columns
from fedcli.model.vault import Memory, Outside
from fedcli.trust.atrest import AtRest

#: So many bytes of records go to a vault, which reads a request of twice that at the most.
MOST = 2**28


def recall(
    desk: Desk, book: Store, dictionary: Dictionary, snapshot: Snapshot, rules: Disclosure
) -> Memory | None:
    """What the vault is to remember of a population; None where the policy wants nothing remembered."""
    if not rules.remembers:
        return None
    population = dictionary.population
    boxes = memory.records(book, population) if rules.memory == "population" else []
    if sum(len(box) for _, box in boxes) > MOST:
        raise fault("D-REMEMBERS", population=population)
    opened = AtRest(desk.home.memory_key).open
    return Memory(
        records=tuple(opened(box, _place(population, number)).decode() for number, box in boxes),
        outside=tuple(outside(book, dictionary)),
        snapshot=snapshot.digest,
        key=digest_of({"persons of": population, "key": book.setting("snapshot_key") or ""}),
    )


def draws(book: Store, population: Name) -> Digest:
    """The key to values that are filled in: the same whenever a population is asked about."""
    return digest_of({"draws of": population, "key": book.setting("snapshot_key") or ""})


def outside(book: Store, dictionary: Dictionary) -> Iterator[Outside]:
    """The tables of a dataset that left by another door, of columns that the dictionary still has."""
    for known in externals.of_population(book, dictionary.population):
        of = known.external
        if of.dataset == dictionary.dataset and columns(known.cohort) <= dictionary.columns.keys():
            for table in of.tables:
                if {*table.by} <= dictionary.columns.keys():
                    told = tuple(cell.levels for cell in table.cells if cell.count is not None)
                    yield Outside(cohort=known.cohort, by=table.by, told=told)


def remember(desk: Desk, book: Store, population: Name, records: tuple[str, ...], rules: Disclosure) -> None:
    """Keep what the vault wants remembered, in the transaction that is open, where the policy does."""
    if rules.memory == "none" or not records:
        return
    last = max((number for number, _ in memory.records(book, population)), default=0)
    lock = AtRest(desk.home.memory_key).lock
    for number, record in enumerate(records, start=last + 1):
        memory.keep(book, population, number, lock(record.encode(), _place(population, number)))


def _place(population: Name, number: int) -> str:
    return f"memory of {population}, record {number}"

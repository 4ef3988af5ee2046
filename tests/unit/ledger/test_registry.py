"""The registry: datasets, snapshots, approvals and what was published come back as they were told."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from fedcli.errors import Refused
from fedcli.ledger import published, registry
from fedcli.ledger.registry import Held, Snapshot
from fedcli.ledger.store import Store
from fedcli.model.checked import Problem
from fedcli.model.dataset import Dictionary


def held(name: str = "cohort", *paths: str, table: str | None = None) -> Held:
    """A dataset of a site."""
    dictionary = Dictionary.read(
        {"dataset": name, "columns": {"age": {"type": "integer", "bounds": [0, 120]}}}, "here"
    )
    return Held(name, paths or ("/data/*.parquet",), table, dictionary)


def snapshot(**more: Any) -> Snapshot:
    """A state of its files."""
    told: dict[str, Any] = {
        "dataset": "cohort",
        "name": "s-1",
        "digest": "a" * 64,
        "files": "b" * 64,
        "problems": (),
        "rows": 3,
        "persons": 2,
    }
    return Snapshot(**(told | more))


def hold(store: Store, what: Held) -> None:
    """Add a dataset."""
    with store.writing():
        registry.hold(store, what)


def test_datasets_come_back(store: Store) -> None:
    """By name, with their places as typed and their dictionary."""
    awkward = held("second", "/data/a b'c\".parquet", "../é*.parquet")
    first = held("first", table="visits")
    for what in (awkward, first):
        hold(store, what)
    assert registry.datasets(store) == [first, awkward]
    assert registry.dataset(store, "second") == awkward


def test_a_dataset_is_replaced(store: Store) -> None:
    """Adding it again changes its places, and keeps its snapshot."""
    hold(store, held())
    with store.writing():
        registry.record_snapshot(store, snapshot())
    hold(store, held("cohort", "/elsewhere.parquet"))
    assert registry.datasets(store) == [held("cohort", "/elsewhere.parquet")]
    assert registry.snapshot(store, "cohort") == snapshot()


def test_a_dataset_that_there_is_not_is_told(store: Store) -> None:
    """With those that there are."""
    with pytest.raises(Refused, match="C-DATASET") as caught:
        registry.dataset(store, "cohort")
    assert caught.value.facts["known"] == "none"
    hold(store, held("first"))
    hold(store, held("second"))
    with pytest.raises(Refused, match="C-DATASET") as caught:
        registry.dataset(store, "cohort")
    assert caught.value.facts["known"] == "first, second"


def test_the_last_snapshot_counts(store: Store) -> None:
    """With the problems that were found in it."""
    hold(store, held())
    assert registry.snapshot(store, "cohort") is None
    later = snapshot(
        name="s-2",
        digest="c" * 64,
        problems=(Problem(code="D-LEVEL", column="sex", rows=4), Problem(code="D-EMPTY")),
    )
    for taken in (snapshot(), later):
        with store.writing():
            registry.record_snapshot(store, taken)
    assert registry.snapshot(store, "cohort") == later


def test_a_snapshot_is_of_a_dataset(store: Store) -> None:
    """That is held."""
    with pytest.raises(sqlite3.IntegrityError), store.writing():
        registry.record_snapshot(store, snapshot())


def test_approvals_come_back_in_order(store: Store) -> None:
    """Counted from one for each query, the bytes as they were given."""
    one, other = "a" * 64, "b" * 64
    with store.writing():
        places = [
            registry.add_approval(store, query, data)
            for query, data in ((one, b"\x00first"), (other, b"x"), (one, b"second"), (one, b"\x00first"))
        ]
    assert places == [1, 1, 2, 3]
    assert registry.approvals(store, one) == [b"\x00first", b"second", b"\x00first"]
    assert registry.approvals(store, other) == [b"x"]
    assert registry.approvals(store, "c" * 64) == []


def test_what_was_published_is_remembered(store: Store) -> None:
    """The highest number of a kind, and its digest."""
    assert published.last(store, "policy") == (0, None)
    for number in (1, 2, 10):
        with store.writing():
            published.record(store, "policy", number, f"{number:064}")
    assert published.last(store, "policy") == (10, f"{10:064}")
    assert published.last(store, "manifest") == (0, None)


def test_a_number_is_published_once(store: Store) -> None:
    """The same number of a kind is not recorded again."""
    with store.writing():
        published.record(store, "policy", 1, "a" * 64)
    with pytest.raises(sqlite3.IntegrityError), store.writing():
        published.record(store, "policy", 1, "b" * 64)

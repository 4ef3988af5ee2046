"""What questions cost and what was answered: charges, answers and releases in the site database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from fedcli.errors import fault
from fedcli.files.canonical import digest_of
from fedcli.files.strict import parse_json
from fedcli.ledger import budget
from fedcli.ledger.log import append, entries
from fedcli.ledger.store import Store
from fedcli.model.charge import Charge
from fedcli.model.entry import Entry
from fedcli.model.identifiers import Count, Digest, Name, Version, amount, duration, units
from fedcli.model.judged import Judged
from fedcli.model.policy import ASKING, Limit, Limits, Privacy
from fedcli.model.release import Release

#: The entries whose charge is not that of the log, is there twice, or is of no entry.
_ODD = """
SELECT min(number) FROM (
    SELECT number FROM entry LEFT JOIN charge ON entry = number
    WHERE json_extract(CAST(leaf AS TEXT), '$.charge') IS NOT CAST(charge AS TEXT)
    OR charge IS NOT NULL AND json_extract(CAST(leaf AS TEXT), '$.at') IS NOT at
    UNION ALL SELECT entry FROM charge GROUP BY entry HAVING count(*) > 1
    UNION ALL SELECT entry FROM charge WHERE entry NOT IN (SELECT number FROM entry)
)
"""


class Recorded(NamedTuple):
    """A release as it was recorded: its bytes, how it ended, and whether it is in the exchange."""

    query: Digest
    round: Count
    attempt: Version
    outcome: str
    codes: str
    statement: bytes
    sealed: bytes
    visible: bool


def identity(charge: Charge) -> Digest:
    """What makes two charges one: question, round state, snapshot, mode, researcher, and rho of a draw."""
    named = ("question", "state", "snapshot", "mode", "researcher")
    told = {name: getattr(charge, name) for name in named}
    return digest_of(told if charge.share is None else told | {"share": charge.share})


def charge(store: Store, wanted: Charge, entry: Entry, limits: Limits, privacy: Privacy) -> int:
    """Charge once, in the transaction that is open; the entry's number, old or new.

    Raises:
        BudgetSpent: P-QUESTIONS when the researcher, the project, or all together about the population have
            asked as much as the limits allow; P-BUDGET when too little is left of a budget.
        Refused: P-MODE for an exact answer about persons who were promised differential privacy.
    """
    if (known := number_of(store, wanted)) is not None:
        return known
    for of in ASKING:
        _check_asked(store, of, getattr(wanted, of), getattr(limits, f"questions_per_{of}"), entry.at)
    budget.check_mode(store, wanted, privacy, entry.at)
    if wanted.share is not None:
        wanted = budget.priced(store, wanted)
        budget.check(store, wanted, privacy)
    number = append(store, entry.model_copy(update={"charge": wanted}))
    store.connection.execute(
        "INSERT INTO charge VALUES (?, ?, ?, ?, ?)",
        (identity(wanted), number, wanted.researcher, _text(entry.at), wanted.canonical()),
    )
    return number


def check_affordable(store: Store, wanted: Iterable[Charge], privacy: Privacy) -> None:
    """Raise P-BUDGET unless all of some charges fit into what is left, in the transaction that makes them.

    Each is checked once more when it is made; but what is left would then be told less those before it.
    """
    new = {identity(one): one for one in wanted if one.share is not None and number_of(store, one) is None}
    if new:
        price = sum(units(budget.priced(store, one).rho or "0") for one in new.values())
        any_one = next(iter(new.values()))  # all are of one population and project
        budget.check(store, any_one.model_copy(update={"rho": amount(price)}), privacy)


def number_of(store: Store, wanted: Charge) -> int | None:
    """The entry of a charge that was made, or None."""
    found = store.connection.execute("SELECT entry FROM charge WHERE id = ?", (identity(wanted),)).fetchone()
    return int(found[0]) if found else None


def check(store: Store) -> None:
    """Raise L-CHANGED naming the first entry whose charge is not among the charges as it was written.

    Budgets and limits are counted from the charges, and the hashes of the log protect the entries: so both
    must say the same.
    """
    [number] = store.connection.execute(_ODD).fetchone()
    if number is not None:
        raise fault("L-CHANGED", entry=number)


def _check_asked(store: Store, of: str, name: Name | None, limit: Limit, now: datetime) -> None:
    """Raise P-QUESTIONS where as many charges of a researcher, project or population are in the period."""
    since = _text(now - duration(limit.period))
    [asked] = store.connection.execute(
        "SELECT count(*) FROM charge WHERE json_extract(CAST(charge AS TEXT), ?) = ? AND at > ?",
        (f"$.{of}", name, since),
    ).fetchone()
    if asked >= limit.number:
        raise fault("P-QUESTIONS", number=limit.number, period=limit.period, of=of)


def answered(store: Store, wanted: Charge, rules: Digest) -> Judged | None:
    """What was answered to a charge under some rules, if it was."""
    row = store.connection.execute(
        "SELECT judged FROM answer WHERE charge = ? AND rules = ?", (identity(wanted), rules)
    ).fetchone()
    return Judged.read(parse_json(row[0], "a recorded answer"), "a recorded answer") if row else None


def left(store: Store, wanted: Charge, release: Release) -> Judged | None:
    """What a release told for a charge; where people let it out, it is kept under what they looked at.

    A draw of noise is judged by no rules, so that there is one of each charge.
    """
    judged = answered(store, wanted, release.rules)
    settled = judged is None or judged.answered is not None or not release.reviews
    if wanted.share is None and settled:
        return judged
    rows = store.connection.execute(
        "SELECT judged FROM answer WHERE charge = ? ORDER BY rowid DESC", (identity(wanted),)
    )
    known = (Judged.read(parse_json(row, "a recorded answer"), "a recorded answer") for (row,) in rows)
    return next((one for one in known if one.answered is not None), judged)


def record_answer(store: Store, wanted: Charge, rules: Digest, judged: Judged) -> None:
    """Keep an answer, in the transaction that is open: the same question gets the same values."""
    store.connection.execute(
        "INSERT OR IGNORE INTO answer VALUES (?, ?, ?)", (identity(wanted), rules, judged.canonical())
    )


def record_release(
    store: Store, release: Recorded, researcher: Name, at: datetime, data_refusals: int, opened: bool
) -> None:
    """Keep a release, not yet visible, in the transaction that is open."""
    store.connection.execute(
        "INSERT INTO release VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            release.query,
            release.round,
            release.attempt,
            researcher,
            _text(at),
            release.outcome,
            release.codes,
            data_refusals,
            int(opened),
            release.statement,
            release.sealed,
            int(release.visible),
        ),
    )


def releases(store: Store, query: Digest | None = None) -> list[Recorded]:
    """The releases of a query, or all, in order."""
    rows = store.connection.execute(
        "SELECT query, round, attempt, outcome, codes, statement, sealed, visible FROM release"
        " WHERE ? IS NULL OR query = ? ORDER BY at, query, round, attempt",
        (query, query),
    )
    return [Recorded._make((*row[:-1], bool(row[-1]))) for row in rows]


def unfinished(store: Store) -> set[tuple[Digest, Count]]:
    """The queries and rounds that were charged, and have no release yet."""
    charges = (one for one in entries(store) if one.kind == "charge")
    charged = {(one.query, one.round) for one in charges if one.query and one.round is not None}
    return charged - {(one.query, one.round) for one in releases(store)}


def mark_visible(store: Store, release: Recorded) -> None:
    """Remember that a release is in the exchange, in the transaction that is open."""
    store.connection.execute(
        "UPDATE release SET visible = 1 WHERE query = ? AND round = ? AND attempt = ?",
        (release.query, release.round, release.attempt),
    )


def opened(store: Store, query: Digest) -> dict[Count, int]:
    """How often data were opened for each round of a query for which they were."""
    rows = store.connection.execute(
        "SELECT round, count(*) FROM release WHERE query = ? AND opened = 1 GROUP BY round", (query,)
    )
    return dict(rows.fetchall())


def statements(store: Store, researcher: Name, besides: Digest) -> list[tuple[Digest, bytes]]:
    """The statements of a researcher's releases that opened data for another query than this one."""
    rows = store.connection.execute(
        "SELECT query, statement FROM release WHERE researcher = ? AND query <> ? AND opened = 1",
        (researcher, besides),
    )
    return [(query, statement) for query, statement in rows]


def check_refusals(store: Store, researcher: Name, limits: Limits, now: datetime) -> None:
    """Raise P-REFUSALS when a researcher has met too many refusals that depend on data."""
    limit = limits.data_refusals_per_researcher
    since = now - duration(limit.period)
    [met] = store.connection.execute(
        "SELECT coalesce(sum(data_refusals), 0) FROM release WHERE researcher = ? AND at > ?",
        (researcher, _text(since)),
    ).fetchone()
    if met >= limit.number:
        raise fault("P-REFUSALS", number=limit.number, period=limit.period)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

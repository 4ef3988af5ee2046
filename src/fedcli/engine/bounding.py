"""The SQL that bounds what a person adds, before anything is added up.

Whatever is chosen of a person's rows or cells depends on that person's own rows and on a key of the site,
so that nobody else's rows change it: the place of a row in the data (`rowid`) would, because it moves when
another person's rows are taken away. Ties are broken by what the rows hold. Each text is the middle of a
query that has begun with `WITH clean AS (…), cohort AS (…)`.
"""

from __future__ import annotations

from collections.abc import Sequence

from fedcli.engine.sql import Binder, literal, same, visible
from fedcli.model.dataset import Column, Level
from fedcli.model.identifiers import ColumnName, Digest


class Bounding:
    """Whose rows they are, what tells a person's rows apart, and the key that chooses among them."""

    def __init__(self, person: ColumnName | None, row_key: ColumnName | None, key: Digest) -> None:
        self._person, self._row_key, self._key = person, row_key, key

    def rows(self, select: Sequence[str], names: Sequence[ColumnName], most: int, where: str = "") -> str:
        """The selected expressions of at most `most` rows of each person."""
        tests = " AND ".join(filter(None, (self._known, where)))
        text = f"SELECT {', '.join(select)} FROM cohort{f' WHERE {tests}' if tests else ''}"
        return text if self._person is None else f"{text} QUALIFY {self._first(self._row(names), most)}"

    def cells(self, key: str, most: int) -> str:
        """The different values of `key` that each person has, at most `most` of them; one for each row."""
        if self._person is None:
            return f"SELECT key FROM (SELECT {key} AS key FROM cohort) WHERE key IS NOT NULL"
        person = visible(self._person)
        pairs = f"SELECT DISTINCT {person}, {key} AS key FROM cohort WHERE {self._known}"
        chosen = self._first(f"{self._hashed(f'({person}, key)')}, key", most)
        return f"SELECT key FROM ({pairs}) WHERE key IS NOT NULL QUALIFY {chosen}"

    def persons(self, key: str, aggregates: Sequence[str], most: int) -> str:
        """What was aggregated of each person in each value of `key`, for at most `most` of these."""
        if self._person is None:
            each = f"SELECT *, row_number() OVER () AS one, {key} AS key FROM cohort"
            told = f"SELECT key, {', '.join(aggregates)} FROM ({each})"
            return f"{told} WHERE key IS NOT NULL GROUP BY one, key"
        person = visible(self._person)
        rows = f"SELECT *, {key} AS key FROM cohort WHERE {self._known}"
        each = f"SELECT {person}, key, {', '.join(aggregates)} FROM ({rows}) WHERE key IS NOT NULL"
        chosen = self._first(f"{self._hashed(f'({person}, key)')}, key", most)
        return f"SELECT * FROM ({each} GROUP BY {person}, key) QUALIFY {chosen}"

    @property
    def _known(self) -> str:
        """Rows of nobody are not counted: whose they are would have to be guessed."""
        return "" if self._person is None else f"{visible(self._person)} IS NOT NULL"

    def _first(self, order: str, most: int) -> str:
        person = visible(str(self._person))
        return f"row_number() OVER (PARTITION BY {person} ORDER BY {order}) <= {most}"

    def _row(self, names: Sequence[ColumnName]) -> str:
        """The order of a person's rows: by the keyed hash of a row's own key, then by what it holds.

        Where rows have no key a person has one, by the dictionary, and there is nothing to choose: a hash of
        all that a row holds would take several times as long as everything else.
        """
        held = [visible(name) for name in sorted(names)]
        hashed = [self._hashed(visible(self._row_key))] if self._row_key else []
        return ", ".join([*hashed, *held]) or "0"

    def _hashed(self, value: str) -> str:
        return f"md5('{self._key}' || coalesce({value}::VARCHAR, ''))"


def place(levels: Sequence[Level], column: Column, name: ColumnName, stored: str, binder: Binder) -> str:
    """The place of a value among declared levels; null for any other, which is as good as none."""
    given = [binder.bind(literal(level, column.type)) for level in levels]
    tests = [same(visible(name), one, stored) for one in given]
    return f"CASE {' '.join(f'WHEN {test} THEN {at}' for at, test in enumerate(tests))} END"


def combined(places: Sequence[tuple[str, int]]) -> str:
    """The place of a combination in row-major order, from the place in each axis and its length."""
    text = "0"
    for one, length in places:
        text = f"({text} * {length} + {one})"
    return text


def fixed(value: str, middle: float, half: float, steps: int) -> str:
    """A number as whole steps of its scale, clamped to [-1, 1] and cut towards zero; null stays null.

    Whole numbers add up to the same in whatever order, and on however many threads.
    """
    z = f"((CAST({value} AS DOUBLE) - {middle!r}) / {half!r})"
    return f"CAST(trunc(CASE WHEN {z} > 1 THEN 1 WHEN {z} < -1 THEN -1 ELSE {z} END * {steps}) AS BIGINT)"

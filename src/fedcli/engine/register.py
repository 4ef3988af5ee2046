"""The ordinals of persons: small numbers that stand for them in sets, the same in every snapshot.

In the first snapshot that is read persons are numbered by their first rows, so that no one is looked up.
For later ones a site keeps a keyed digest of each person, by which they are found again.
Where rows are the units there is nobody to be found again: an ordinal is the place of a row.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from fedcli.engine.opening import TABLE, Opened
from fedcli.engine.sql import Binder, clean, visible
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName, Digest
from fedcli.model.remembered import RegisterKept
from fedcli.statistics.members import WIDTH

#: The column of ordinals, and the table of those who have one.
ORDINAL, PERSONS = "fedcli_ordinal", "fedcli_persons"
PLACED = f"(SELECT *, (row_number() OVER () - 1)::UINTEGER AS {ORDINAL} FROM {TABLE})"
#: So many ordinals are taken together: a number takes some bytes on its way into a set.
TOGETHER = 2_000_000
_WIDTH = 8
_PERSON = "«person»"
_FIRST = f"SELECT {_PERSON} AS fedcli_person, min({ORDINAL}) AS place FROM {PLACED} GROUP BY ALL"
_FOUND, _LOOKED_UP = "fedcli_found", "fedcli_looked_up"


class Register:
    """Who has which ordinal, in an opened source."""

    def __init__(
        self,
        opened: Opened,
        dictionary: Dictionary,
        snapshot: Digest,
        key: Digest,
        known: Sequence[RegisterKept] = (),
    ) -> None:
        self._opened, self._dictionary = opened, dictionary
        self._snapshot, self._key, self._known = snapshot, key, known
        self.added: RegisterKept | None = None
        self._by_place = not known or known[0].snapshot == snapshot
        self._person = dictionary.person_id if dictionary.unit == "person" else None
        self._begun = False

    def source(self, binder: Binder) -> str:
        """What to read instead of the data, with the ordinal of each row."""
        self._begin()
        if self._person is None or (self._by_place and not self._dictionary.repeats):
            return PLACED
        return f"(SELECT * FROM {TABLE} JOIN {PERSONS} ON {self._id(binder)} = fedcli_person)"

    def _begin(self) -> None:
        """Find everybody once, and whom to add."""
        if self._begun or self._person is None:
            return
        self._begun = True
        if not self._by_place:
            self._look_up()
        elif self._dictionary.repeats:
            number = f"(row_number() OVER (ORDER BY place) - 1)::UINTEGER AS {ORDINAL}"
            self._do(f"CREATE TEMP TABLE {PERSONS} AS SELECT fedcli_person, {number} FROM ({_FIRST})")
        if not self._known:
            self._add(0, _FIRST)

    def _look_up(self) -> None:
        """Give those who are known the ordinal that they have, and the others the next ones."""
        import pyarrow as pa  # where the data changed since the first release

        keys = b"".join(base64.b64decode(one.keys) for one in self._known)
        number = len(keys) // _WIDTH
        buffers = [None, pa.py_buffer(keys)]
        column = pa.Array.from_buffers(pa.binary(_WIDTH), number, buffers)
        self._opened.connection.register(_FOUND, pa.table({"key": column}))
        known = f"SELECT key, row_number() OVER () - 1 AS known FROM {_FOUND}"
        everybody = f"SELECT fedcli_person, place, {self._digest}::BLOB AS key FROM ({_FIRST})"
        order = "row_number() OVER (PARTITION BY known IS NULL ORDER BY place) - 1"
        self._do(
            f"CREATE TEMP TABLE {_LOOKED_UP} AS SELECT fedcli_person, coalesce(known, {number} + {order})"
            f"::UINTEGER AS {ORDINAL}, known IS NULL AS added FROM ({everybody})"
            f" LEFT JOIN ({known}) USING (key)"
        )
        self._do(f"CREATE TEMP TABLE {PERSONS} AS SELECT fedcli_person, {ORDINAL} FROM {_LOOKED_UP}")
        self._add(number, f"SELECT fedcli_person, {ORDINAL} AS place FROM {_LOOKED_UP} WHERE added")

    def _add(self, first: int, people: str) -> None:
        """Remember the digests of some people, in the order of their places."""
        [(digests,)] = self._do(f"SELECT string_agg(hex({self._digest}), '' ORDER BY place) FROM ({people})")
        if digests:
            keys = base64.b64encode(bytes.fromhex(digests)).decode()
            self.added = RegisterKept(snapshot=self._snapshot, first=first, keys=keys)

    def contributions(self, names: Sequence[ColumnName]) -> str:
        """The end of a query over a cohort: what each person has in some columns, as a number.

        The digests of the person's rows are added up, so that their order does not count; rows that are the
        same are digested once. Of no columns a person has a number of rows.
        """
        listed = f"list(contribution::USMALLINT ORDER BY {ORDINAL})"
        if not names:
            rows = f"SELECT {ORDINAL}, count(*) % {2 ** (8 * WIDTH)} AS contribution FROM cohort"
            return f"SELECT {listed} FROM ({rows} GROUP BY {ORDINAL})"
        read, most = list(map(visible, names)), 2 ** (8 * WIDTH)
        word = f"(md5_number_lower('{self._key}' || row({', '.join(read)})::VARCHAR) % {most})::INTEGER"
        words = f"SELECT *, {word} AS fedcli_word FROM (SELECT DISTINCT {', '.join(read)} FROM cohort)"
        same = " AND ".join(f"cohort.{name} IS NOT DISTINCT FROM fedcli_words.{name}" for name in read)
        each = f"SELECT {ORDINAL}, sum(fedcli_word) % {most} AS contribution"
        added = f"{each} FROM cohort JOIN fedcli_words ON {same} GROUP BY {ORDINAL}"
        return f", fedcli_words AS ({words}) SELECT {listed} FROM ({added})"

    @property
    def _digest(self) -> str:
        return f"unhex(left(md5('{self._key}' || fedcli_person::VARCHAR), {2 * _WIDTH}))"

    def _do(self, text: str) -> list[tuple[Any, ...]]:
        binder = Binder()
        return self._opened.ask(text.replace(_PERSON, self._id(binder)), binder.values)

    def _id(self, binder: Binder) -> str:
        name = str(self._person)
        return clean(name, self._dictionary.columns[name], self._opened.stored[name], binder)

"""The rows that a question may see: a cohort of a source, its declared columns, cleaned; as SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from functools import cached_property
from typing import Any, ClassVar, Protocol, Self

from fedcli.engine.opening import TABLE, Opened
from fedcli.engine.parts import LEVEL, WHOLE, Part
from fedcli.engine.register import ORDINAL, Register
from fedcli.engine.spread import Spread
from fedcli.engine.sql import Binder, predicate, visible
from fedcli.errors import fault
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.predicate import Predicate, columns
from fedcli.statistics.rows import categorical


class Made(Protocol):
    """Columns that an engine makes of a cohort's columns, under names that no column has."""

    @property
    def names(self) -> frozenset[str]:
        """What they are called."""
        ...

    @property
    def reads(self) -> frozenset[ColumnName]:
        """The columns that they are made of."""
        ...

    def select(self, rows: str, binder: Binder) -> str:
        """The query for some rows with what is made beside their columns."""
        ...


class Selection:
    """A cohort of an opened source, of which some columns are visible."""

    #: Whether a row that cannot be compared is left out, and not a failure of the whole query.
    _tries: ClassVar[bool] = False
    #: Columns that are made of the cohort's own, if any.
    _made: Made | None = None

    def __init__(
        self,
        opened: Opened,
        dictionary: Dictionary,
        cohort: Predicate | None,
        visible: frozenset[ColumnName],
    ) -> None:
        self._opened = opened
        self._dictionary = dictionary
        self._cohort = cohort
        self._visible = visible.union(*(opened.behind.get(name, frozenset()) for name in visible))
        opened.check_columns(dictionary, visible | columns(cohort) | self._keys)

    def _beside(self, made: Made) -> Self:
        """The same rows, with columns that are made of them."""
        beside = copy(self)
        beside._made = made
        return beside

    def categorical(self, names: Sequence[ColumnName]) -> tuple[ColumnName, ...]:
        """By the dictionary."""
        return categorical(self._dictionary, names)

    @property
    def _persons(self) -> frozenset[ColumnName]:
        """The column that tells persons apart, where the rules count persons."""
        person = self._dictionary.person_id if self._dictionary.unit == "person" else None
        return frozenset() if person is None else frozenset({person})

    @property
    def _keys(self) -> frozenset[ColumnName]:
        """What is read beside the columns that were asked for."""
        return self._persons

    @cached_property
    def _most(self) -> int:
        """How many rows the dataset has."""
        [(rows,)] = self._opened.ask(f"SELECT count(*) FROM {TABLE}", {})
        return int(rows)

    def _parts(
        self, names: Sequence[ColumnName], emit: Callable[[Binder], str], each: int | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """Run an aggregate query over each part of the persons, where the query must remember them.

        It takes `each` bytes for what it remembers of a person, besides who it is: by default, the names.
        """
        beside = LEVEL * len(names) if each is None else each
        for part in self._split(beside) if self._dictionary.repeats else (WHOLE,):
            yield from self._query(names, emit, part)

    def _split(self, beside: int) -> tuple[Part, ...]:
        """The parts of the persons, with so many bytes beside each."""
        return self._spread.parts(beside)

    @cached_property
    def _spread(self) -> Spread:
        """How the persons lie in the files."""
        [person] = self._persons
        return Spread(self._opened, person, self._dictionary.columns[person], self._most)

    def _query(
        self, names: Sequence[ColumnName], emit: Callable[[Binder], str], part: Part = WHOLE
    ) -> list[tuple[Any, ...]]:
        """Run an aggregate query over a part of the cohort, reading the named columns and the person's."""
        binder = Binder()
        return self._opened.ask(self._over(names, binder, emit(binder), part=part), binder.values)

    def _over(
        self,
        names: Sequence[ColumnName],
        binder: Binder,
        end: str,
        numbers: frozenset[ColumnName] = frozenset(),
        part: Part = WHOLE,
        register: Register | None = None,
        key: ColumnName | None = None,
    ) -> str:
        """A query over the cohort's cleaned columns; some `numbers` may still be infinite or none.

        Those that the cohort asks for may not. With a `register` each row has its person's ordinal. A part
        is one of the persons, or of the values of another `key`.
        """
        made = self._made
        asked = frozenset(names) - made.names | made.reads if made else frozenset(names)
        if not asked <= self._visible:
            raise fault("B-UNDECLARED", columns=", ".join(sorted(asked - self._visible)))
        reads = sorted(asked | columns(self._cohort) | self._keys)
        rough = numbers - columns(self._cohort) - self._keys
        cleaned = [f"{self._clean(name, binder, name in rough)} AS {visible(name)}" for name in reads]
        cleaned += [ORDINAL] if register else []
        within = "".join(
            part.where(self._clean(name, binder), binder) for name in ((key,) if key else self._persons)
        )
        where = "" if self._cohort is None else f" WHERE {predicate(self._cohort, binder, self._tries)}"
        table = self._opened.joined(register.source(binder) if register else TABLE, binder)
        rows = f"clean{where}"
        cohort = made.select(rows, binder) if made else f"SELECT * FROM {rows}"
        return (
            f"WITH clean AS (SELECT {', '.join(cleaned) or '1 AS one'} FROM {table}{within}), "
            f"cohort AS ({cohort}) {end}"
        )

    def _clean(self, name: ColumnName, binder: Binder, rough: bool = False) -> str:
        return self._opened.cleaned(name, self._dictionary.columns[name], binder, rough)

"""A site that remembers: questions about made-up persons through engine and gate, one after the other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from fedcli.analytics import parse
from fedcli.analytics._contract import Analytic, Iterative
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import Opened
from fedcli.engine.register import Register
from fedcli.language.expression import parse as predicate
from fedcli.model.dataset import Dictionary
from fedcli.model.document import Document
from fedcli.model.policy import Disclosure
from fedcli.model.predicate import Predicate
from fedcli.model.release import Answered
from fedcli.policy.gate import Decision, gate
from fedcli.policy.history import History
from fedcli.statistics.seal import Exact
from fedcli.workflows.trial import analysis
from tests.laws.engines import opened, table

KEY = "ab" * 32


def of_persons(columns: Mapping[str, Any]) -> Dictionary:
    """A dictionary of one row for each `person`, with some columns."""
    person = {"person": {"type": "text", "sensitivity": "identifier"}}
    head = {"schema": "fedcli/dictionary/1", "dataset": "d", "unit": "person", "person_id": "person"}
    return Dictionary.read(head | {"columns": person | columns}, "a test")


class Site:
    """Some persons, the rules of their site, and what it has told."""

    def __init__(self, source: Opened, dictionary: Dictionary, rules: Disclosure) -> None:
        self._source, self._dictionary, self.rules = source, dictionary, rules
        self._register = Register(source, dictionary, KEY, KEY)
        self.history = History()

    def asked(self, name: str, cohort: str | None = None, **parameters: Any) -> Answered | None:
        """What leaves of an analysis; it is remembered as the policy wants."""
        decision = self.decided(name, cohort, **parameters)
        return decision.released.answered if decision.released else None

    def decided(
        self, name: str, cohort: str | None = None, state: Document | None = None, **parameters: Any
    ) -> Decision:
        """How the gate ends; with a `state`, of the round that is asked at it."""
        asked = parse(analysis(self._dictionary, name, **parameters), "a test")
        where = None if cohort is None else predicate(cohort, self._dictionary, "a test")
        exact = self._exact(asked, where, state)
        history = self.history if self.rules.remembers else None
        decision = gate(exact, self.rules, history=history, cohort=where)
        if self.rules.memory == "population":
            self.history.adopt(decision.told)
        return decision

    def number(self, where: Mapping[str, str]) -> int:
        """How many persons there are with some levels: for who knows it anyway."""
        test = " AND ".join(f"{column} = ?" for column in where) or "true"
        text = f"SELECT count(*) FROM data WHERE {test}"
        [(number,)] = self._source.connection.execute(text, list(where.values())).fetchall()
        return int(number)

    def _exact(self, asked: Analytic[Any], where: Predicate | None, state: Document | None) -> Exact[Any]:
        rows = DuckRows(self._source, self._dictionary, where, asked.reads(), register=self._register)
        exact = asked.local_at(rows, state) if isinstance(asked, Iterative) else asked.local(rows)
        assert isinstance(exact, Exact)
        return exact


@contextmanager
def site(rows: Sequence[dict[str, Any]], dictionary: Dictionary, rules: Disclosure) -> Iterator[Site]:
    """A site with these rows."""
    with opened(table(dictionary, rows)) as source:
        for name in ("fedcli_persons", "fedcli_looked_up"):
            source.connection.execute(f"DROP TABLE IF EXISTS {name}")
        yield Site(source, dictionary, rules)


def numbered(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with a person each."""
    return [{"person": f"p{at:05}", **row} for at, row in zip(itertools.count(), rows, strict=False)]

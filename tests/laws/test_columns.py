"""An analytic sees the columns that its parameters name, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.analytics._contract import Analytic
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.memory import MemoryRows
from fedcli.errors import Bug
from fedcli.statistics.bins import Bins
from fedcli.statistics.rows import OutlineRows
from fedcli.statistics.seal import Outline
from tests.laws.datasets import Case, cases
from tests.laws.engines import assert_same, by_memory, opened, table, unsealed
from tests.laws.own import ANALYTICS

Kind = type[Analytic[Any]]
every = pytest.mark.parametrize("kind", ANALYTICS, ids=lambda kind: kind.name)


class Spy:
    """Rows without data that remember which columns were asked for."""

    def __init__(self, case: Case) -> None:
        self._rows = OutlineRows(case.dictionary)
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        """Any request, with every name of a column in its arguments noted."""
        request = getattr(self._rows, name)

        def noted(*args: Any, **options: Any) -> Outline[Any]:
            for names in (*args, *options.values()):
                if isinstance(names, Bins):
                    self.asked |= names.columns
                if isinstance(names, Sequence) and not isinstance(names, str):
                    self.asked |= {one for one in names if isinstance(one, str)}
            return request(*args, **options)

        return noted


@every
@given(data=st.data())
def test_only_declared_columns_are_asked_for(kind: Kind, data: st.DataObject) -> None:
    """Every column that the site's step names is among `reads()`."""
    case = data.draw(cases(kind))
    spy = Spy(case)
    case.analytic.local(spy)  # type: ignore[arg-type]
    assert spy.asked <= case.analytic.reads()
    assert case.analytic.reads() <= case.dictionary.columns.keys()


@every
@given(data=st.data())
def test_an_undeclared_column_is_refused(kind: Kind, data: st.DataObject) -> None:
    """Rows that may show all but one of the columns refuse the whole request."""
    case = data.draw(cases(kind, cohort=False))
    if not case.analytic.reads():
        return
    less = case.analytic.reads() - {data.draw(st.sampled_from(sorted(case.analytic.reads())))}
    with opened(table(case.dictionary, case.rows)) as source:
        for rows in (
            DuckRows(source, case.dictionary, None, less),
            MemoryRows(case.rows, case.dictionary, None, less),
        ):
            with pytest.raises(Bug) as caught:
                case.analytic.local(rows)
            assert caught.value.code == "B-UNDECLARED"


@every
@given(data=st.data())
def test_other_columns_do_not_matter(kind: Kind, data: st.DataObject) -> None:
    """What is in the columns that are not read changes nothing."""
    case = data.draw(cases(kind, cohort=False))
    keep = case.analytic.reads() | {"person", "visit"}
    empty = case.having(
        [{name: value if name in keep else None for name, value in row.items()} for row in case.rows]
    )
    assert_same(by_memory(empty)[0], by_memory(case)[0])


@every
@given(data=st.data())
def test_columns_that_are_not_read_need_not_be_there(kind: Kind, data: st.DataObject) -> None:
    """A file that holds nothing but what is read, and the persons, is enough."""
    case = data.draw(cases(kind, cohort=False))
    person = {case.dictionary.person_id} - {None}
    names = sorted(case.analytic.reads() | person) or ["visit"]
    with opened(table(case.dictionary, case.rows).select(names)) as source:
        found = unsealed(case.analytic.local(DuckRows(source, case.dictionary, None, case.analytic.reads())))
    assert_same(found[0], by_memory(case)[0])

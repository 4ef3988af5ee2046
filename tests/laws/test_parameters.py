"""Parameters travel as canonical JSON and come back as they were; nothing else comes with them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.analytics._contract import Analytic
from fedcli.errors import InvalidFile
from fedcli.files.canonical import canonical
from fedcli.files.strict import parse_json
from tests.laws.datasets import cases
from tests.laws.own import ANALYTICS

Kind = type[Analytic[Any]]
every = pytest.mark.parametrize("kind", ANALYTICS, ids=lambda kind: kind.name)


@every
@given(data=st.data())
def test_parameters_round_trip(kind: Kind, data: st.DataObject) -> None:
    """Read back from their canonical JSON they are equal, and write the same bytes."""
    analytic = data.draw(cases(kind)).analytic
    back = kind.read(parse_json(canonical(analytic.json_value()), "a test"), "a test")
    assert back == analytic
    assert back.canonical() == analytic.canonical()
    assert back.reads() == analytic.reads()


@every
@given(data=st.data(), key=st.from_regex(r"[a-z_]{1,12}", fullmatch=True))
def test_unknown_keys_are_refused(kind: Kind, data: st.DataObject, key: str) -> None:
    """A parameter that the analytic does not have is a mistake, not a hint."""
    analytic = data.draw(cases(kind)).analytic
    if key in kind.model_fields:
        return
    with pytest.raises(InvalidFile) as caught:
        kind.read(analytic.json_value() | {key: 1}, "a test")
    assert caught.value.code == "F-SCHEMA"
    assert key in caught.value.what


@every
@given(data=st.data())
def test_parameters_cannot_be_changed(kind: Kind, data: st.DataObject) -> None:
    """An analytic is frozen: what was approved is what runs."""
    analytic = data.draw(cases(kind)).analytic
    for name in kind.model_fields:
        with pytest.raises(ValueError, match="frozen"):
            setattr(analytic, name, None)


@every
def test_an_analytic_says_what_it_is(kind: Kind) -> None:
    """It has a name, a version, a sentence of help, and words for each parameter of columns."""
    assert kind.name
    assert kind.version >= 1
    assert (kind.__doc__ or "").strip().endswith(".")
    assert kind.model_json_schema()["additionalProperties"] is False

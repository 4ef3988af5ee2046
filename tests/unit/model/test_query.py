"""Queries: what is signed leaves nothing open, and what it asks has a digest of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fedcli.errors import InvalidFile
from fedcli.files.canonical import canonical
from fedcli.files.strict import parse_json
from fedcli.model.query import MAX_ANALYSES, Draft, Query

QUERY: dict[str, Any] = {
    "schema": "fedcli/signed-query/1",
    "federation": "cardio-net",
    "root_version": 1,
    "researcher": "ana",
    "title": "A test",
    "project": "cardio-2026",
    "purpose": "DUO:0000006",
    "dataset": "cohort",
    "dictionary": "d" * 64,
    "dictionary_version": 1,
    "unit": "person",
    "sites": ["north", "south", "east"],
    "min_sites": 3,
    "round_deadline": "3 days",
    "recipients": ["e" * 64],
    "analyses": [
        {"id": "n", "analytic": "count", "version": 1},
        {"id": "by-sex", "analytic": "crosstab", "version": 1, "parameters": {"by": ["sex"]}},
    ],
    "issued": "2026-11-22T09:00:00Z",
    "expires": "2027-06-30T00:00:00Z",
}
DRAFT: dict[str, Any] = {
    "schema": "fedcli/query/1",
    "title": "A test",
    "dataset": "cohort",
    "analysis": [{"id": "n", "analytic": "count"}],
}
COHORT = {
    "op": "ge",
    "left": {"op": "column", "name": "age"},
    "right": {"op": "constant", "type": "integer", "value": 40},
}


def query(**told: Any) -> Query:
    """A query, read as from a file; None leaves a key out."""
    return Query.read({key: one for key, one in (QUERY | told).items() if one is not None}, "a file")


def draft(**told: Any) -> Draft:
    """A draft, read as from a file."""
    return Draft.read({key: one for key, one in (DRAFT | told).items() if one is not None}, "a file")


def test_a_query_comes_back_from_its_bytes() -> None:
    """So its digest can be computed by anyone who has it."""
    made = query(cohort=COHORT)
    assert Query.read(parse_json(made.canonical(), "a file"), "a file") == made


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        (
            {"analyses": [{"id": "n", "analytic": "count", "version": 1}] * 2},
            "the document: two analyses have the same id",
        ),
        ({"sites": ["north", "south", "north"]}, "the document: a site is listed twice"),
        ({"min_sites": 4}, "the document: min_sites is larger than the number of sites"),
    ],
)
def test_what_contradicts_itself_is_refused(told: dict[str, Any], problem: str) -> None:
    """With the rule that it breaks."""
    with pytest.raises(InvalidFile, match="F-SCHEMA") as caught:
        query(**told)
    assert caught.value.facts["problems"] == problem


@pytest.mark.parametrize(
    "told",
    [
        {"sites": []},
        {"sites": ["../north"]},
        {"min_sites": 0},
        {"analyses": []},
        {"analyses": [{"id": f"a{number}", "analytic": "count", "version": 1} for number in range(51)]},
        {"analyses": [{"id": "n", "analytic": "count", "version": 1, "code": "import os"}]},
        {"analyses": [{"id": "N", "analytic": "count", "version": 1}]},
        {"recipients": []},
        {"recipients": ["ana"]},
        {"privacy": {"mode": "none"}},
        {"privacy": {"mode": "disclosure-control", "epsilon": 100}},
        {"purpose": "research"},
        {"title": "a\x1b[2Jb"},
        {"title": ""},
        {"issued": "2026-11-22T09:00:00"},
        {"expires": None},
        {"researcher": None},
        {"cohort": "age > 40"},
    ],
)
def test_a_query_of_another_form_is_refused(told: dict[str, Any]) -> None:
    """Nothing may be left out, added, or come as text that is to be parsed."""
    with pytest.raises(InvalidFile, match="F-SCHEMA"):
        query(**told)


def test_a_cohort_is_bounded() -> None:
    """The tree of a signed query has a limit of its parts, as the cohort alone has."""
    many = {"op": "and", "of": [COHORT] * 22}
    assert len(query(cohort={"op": "and", "of": [COHORT] * 21}).model_dump_json()) > 0
    with pytest.raises(InvalidFile, match="a cohort has at most 64 parts"):
        query(cohort=many)


def test_as_many_analyses_as_the_limit() -> None:
    """And not one more (above)."""
    most = [{"id": f"a{number}", "analytic": "count", "version": 1} for number in range(MAX_ANALYSES)]
    assert len(query(analyses=most).analyses) == 50


@pytest.mark.parametrize(
    "told",
    [
        {"title": "Another"},
        {"description": "More"},
        {"project": "other"},
        {"purpose": "DUO:0000042"},
        {"expires": "2028-01-01T00:00:00Z"},
        {"issued": "2026-11-23T09:00:00Z"},
        {"sites": ["north", "south"], "min_sites": 2},
        {"researcher": "bob"},
        {"recipients": ["f" * 64]},
        {"root_version": 2},
    ],
)
def test_the_same_question_has_the_same_digest(told: dict[str, Any]) -> None:
    """Whatever the query around it is called, allows or is for."""
    one, other = query(), query(**told)
    assert one.question(one.analyses[1]) == other.question(other.analyses[1])
    assert one.sha256 != other.sha256


@pytest.mark.parametrize(
    "told",
    [
        {"dataset": "other"},
        {"cohort": COHORT},
        {"analyses": [*QUERY["analyses"][:1], QUERY["analyses"][1] | {"parameters": {"by": ["age"]}}]},
        {"analyses": [*QUERY["analyses"][:1], QUERY["analyses"][1] | {"version": 2}]},
        {"analyses": [*QUERY["analyses"][:1], QUERY["analyses"][1] | {"analytic": "summary"}]},
    ],
)
def test_another_question_has_another_digest(told: dict[str, Any]) -> None:
    """Dataset, cohort, analytic, its version and parameters make it."""
    one, other = query(), query(**told)
    assert one.question(one.analyses[1]) != other.question(other.analyses[1])


def test_the_name_of_an_analysis_is_no_part_of_its_question() -> None:
    """Asking again under another id is asking again."""
    renamed = query(analyses=[QUERY["analyses"][0] | {"id": "m"}])
    assert renamed.question(renamed.analyses[0]) == query().question(query().analyses[0])


def test_queries_are_the_same_but_for_their_time() -> None:
    """Signing again changes nothing but the moment."""
    assert query().same_as(query(issued="2027-01-01T00:00:00Z"))
    assert not query().same_as(query(title="Another"))
    assert not query().same_as(query(expires="2028-01-01T00:00:00Z"))


def test_a_draft_may_leave_out_what_has_a_default() -> None:
    """For a rehearsal four keys are enough."""
    made = draft()
    assert (made.sites, made.min_sites, made.cohort, made.expires) == (None, None, None, None)
    assert made.privacy.mode == "disclosure-control"


@pytest.mark.parametrize("told", [{"schema": None}, {"title": None}, {"dataset": None}, {"analysis": None}])
def test_a_draft_may_not_leave_out_the_rest(told: dict[str, Any]) -> None:
    """What it is, what it is called, of what, and what it asks."""
    with pytest.raises(InvalidFile, match="Field required"):
        draft(**told)


@pytest.mark.parametrize(
    "told",
    [
        {"analysis": []},
        {"analysis": [{}] * 51},
        {"cohort": "x" * 4001},
        {"expires": "2027-06-31"},
        {"expires": "2027-06-30T00:00:00Z"},
        {"round_deadline": "3 weeks"},
        {"sites": "north"},
        {"analyses": []},
    ],
)
def test_a_draft_of_another_form_is_refused(told: dict[str, Any]) -> None:
    """Its limits are those of the signed query."""
    with pytest.raises(InvalidFile, match="F-SCHEMA"):
        draft(**told)


def test_moments_are_written_in_one_way() -> None:
    """Two zones for the same moment must not be two digests: signing turns moments into UTC."""
    assert query().issued == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert b'"issued":"2026-11-22T09:00:00Z"' in query().canonical()
    assert canonical(query().json_value()) == query().canonical()

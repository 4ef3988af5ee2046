"""What a result answers, in words: the signed query that is in this home."""

from __future__ import annotations

from typing import Any

from fedcli.analytics import parse
from fedcli.files.reader import names
from fedcli.language.words import words
from fedcli.model.home import Desk
from fedcli.model.query import Query
from fedcli.model.shown.results import QuestionShown, ResultShown
from fedcli.workflows.submit import signed_here


def with_question(desk: Desk | None, shown: ResultShown) -> ResultShown:
    """A result with what was asked, where the query is at hand."""
    query = shown.result.query
    if desk is None or query not in names(desk.home.path / "queries"):
        return shown
    return shown.model_copy(update={"question": _question(signed_here(desk, query).query)})


def _question(query: Query) -> QuestionShown:
    return QuestionShown(
        description=query.description,
        project=query.project,
        purpose=query.purpose,
        researcher=query.researcher,
        cohort=words(query.cohort, query.derive),
        analyses={one.id: _parameters(parse(one, "the query").told()) for one in query.analyses},
    )


def _parameters(told: dict[str, Any]) -> dict[str, str]:
    """Parameters as words; the columns of a design follow from its formula."""
    given = {name: value for name, value in told.items() if name != "design" and value not in ([], None)}
    return {name: _value(value) for name, value in given.items()}


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

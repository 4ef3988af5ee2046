"""What fedcli tells of its analytics."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fedcli import analytics as questions
from fedcli.files.reader import read
from fedcli.files.strict import parse_json
from fedcli.model.shown.reference import AnalyticShown, AnalyticsShown, SchemaShown, TextShown

if TYPE_CHECKING:
    from fedcli.analytics._contract import Analytic
    from fedcli.model.identifiers import Name

#: What the analytics tell of themselves, written by `make docs`, so that a list need not load them.
TABLE = Path(questions.__file__).parent / "told.json"


def analytics() -> AnalyticsShown:
    """All analytics."""
    return AnalyticsShown(analytics=tuple(map(analytic, questions.names())))


def analytic(name: Name) -> AnalyticShown:
    """One analytic: as the table has it, or from its file where the table does not have it yet."""
    written = _table().get(name)
    return AnalyticShown(**written) if written else described(questions.typed(name))


def analytic_schema(name: Name) -> SchemaShown:
    """The JSON Schema of an analytic's parameters."""
    return SchemaShown(name=name, schema=questions.typed(name).model_json_schema())


def analytic_example(name: Name) -> TextShown:
    """An analysis to put into a query."""
    return TextShown(text="\n".join(analytic(name).analysis))


def described(kind: type[Analytic[Any]]) -> AnalyticShown:
    """What an analytic tells of itself: its docstring and its fields."""
    about, _, more = (kind.__doc__ or "").partition("\n")
    fields = kind.model_json_schema().get("properties", {})
    needed_first = sorted(fields.items(), key=lambda one: not kind.model_fields[one[0]].is_required())
    return AnalyticShown(
        name=kind.name,
        version=kind.version,
        about=about,
        description=" ".join(more.split()),
        parameters={name: _parameter(name, kind, one) for name, one in needed_first},
        example=kind.example,
    )


def table() -> dict[str, Any]:
    """The table as it should be: every analytic by name."""
    return {name: described(kind).json_value() for name, kind in questions.catalogue().items()}


@cache
def _table() -> dict[str, Any]:
    found: dict[str, Any] = parse_json(read(TABLE), TABLE.name)
    return found


def _parameter(name: str, kind: type[Analytic[Any]], told: dict[str, Any]) -> str:
    required = "needed" if kind.model_fields[name].is_required() else "may be left out"
    return f"{told.get('description', '')} ({required})"

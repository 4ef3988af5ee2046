"""What fedcli tells of its analytics."""

from __future__ import annotations

from typing import Any

from fedcli.analytics import catalogue, typed
from fedcli.analytics._contract import Analytic
from fedcli.model.identifiers import Name
from fedcli.model.shown.reference import AnalyticShown, AnalyticsShown, SchemaShown, TextShown


def analytics() -> AnalyticsShown:
    """All analytics."""
    return AnalyticsShown(analytics=tuple(map(_analytic, catalogue().values())))


def analytic(name: Name) -> AnalyticShown:
    """One analytic."""
    return _analytic(typed(name))


def analytic_schema(name: Name) -> SchemaShown:
    """The JSON Schema of an analytic's parameters."""
    return SchemaShown(name=name, schema_=typed(name).model_json_schema())


def analytic_example(name: Name) -> TextShown:
    """An analysis to put into a query."""
    return TextShown(text="\n".join(analytic(name).analysis))


def _analytic(kind: type[Analytic[Any]]) -> AnalyticShown:
    about, _, more = (kind.__doc__ or "").partition("\n")
    fields = kind.model_json_schema().get("properties", {})
    return AnalyticShown(
        name=kind.name,
        version=kind.version,
        about=about,
        description=" ".join(more.split()),
        parameters={name: _parameter(name, kind, one) for name, one in fields.items()},
        example=kind.example,
    )


def _parameter(name: str, kind: type[Analytic[Any]], told: dict[str, Any]) -> str:
    required = "needed" if kind.model_fields[name].is_required() else "may be left out"
    return f"{told.get('description', '')} ({required})"

"""What fedcli says of itself: analytics, codes, forms, policies."""

from __future__ import annotations

from typing import Any

from fedcli.analytics import catalogue, typed
from fedcli.analytics._contract import Analytic
from fedcli.errors import fault, meant
from fedcli.model.approval import Approval
from fedcli.model.cells import Gap
from fedcli.model.dataset import Dictionary
from fedcli.model.document import Document
from fedcli.model.entry import Entry
from fedcli.model.federation import Card, Root
from fedcli.model.home import Desk, HomeFile
from fedcli.model.identifiers import Name
from fedcli.model.policy import Policy
from fedcli.model.query import Draft, Query
from fedcli.model.release import Release, Values
from fedcli.model.result import Combined, Result
from fedcli.model.shown.places import PolicyShown
from fedcli.model.shown.reference import AnalyticShown, AnalyticsShown, SchemaShown, TextShown
from fedcli.model.site import Manifest
from fedcli.policy.layers import tightened
from fedcli.policy.profiles import load, profile
from fedcli.trust.dsse import Envelope
from fedcli.trust.sealing import Sealed
from fedcli.workflows.standing import membership, remembered

#: The forms that fedcli reads and writes, by the names that people say.
FORMS: dict[str, type[Document]] = {
    "approval": Approval,
    "card": Card,
    "combined": Combined,
    "dictionary": Dictionary,
    "entry": Entry,
    "envelope": Envelope,
    "gap": Gap,
    "home": HomeFile,
    "manifest": Manifest,
    "policy": Policy,
    "query": Draft,
    "release": Release,
    "result": Result,
    "root": Root,
    "sealed": Sealed,
    "signed-query": Query,
    "values": Values,
}


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
    kind = typed(name)
    return TextShown(
        text="\n".join(["[[analysis]]", f'id = "{name}"', f'analytic = "{name}"', kind.example]).rstrip()
    )


def schema(name: str) -> SchemaShown:
    """The JSON Schema of a form."""
    if name not in FORMS:
        raise fault("U-SCHEMA", name=name, meant=meant(name, FORMS))
    return SchemaShown(name=name, schema_=form_schema(FORMS[name]))


def form_schema(form: type[Document]) -> dict[str, Any]:
    """A form's JSON Schema, as it is kept under schemas/."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **form.model_json_schema(by_alias=True),
    }


def policy(desk: Desk | None, name: str | None) -> PolicyShown:
    """A shipped profile, or a site's policy as it is in force: under the federation's floor."""
    if name is not None or desk is None:
        found = profile(name or "standard")
        return PolicyShown(policy=found, digest=found.sha256, floor=False)
    own = load(desk.home.path / "policy.toml")
    if remembered(desk.home) is None:
        return PolicyShown(policy=own, digest=own.sha256, floor=False)
    found = tightened(own, membership(desk).root.floor, "the federation's floor")
    return PolicyShown(policy=found, digest=found.sha256, floor=found != own)


def check_policy(desk: Desk) -> PolicyShown:
    """A site's policy file, with what a person should look at before relying on it."""
    found = policy(desk, None)
    return found.model_copy(update={"warnings": tuple(_warnings(found.policy, raised=found.floor))})


def _warnings(found: Policy, raised: bool) -> list[str]:
    weak = 'disclosure.enforce = "threshold": only the threshold refuses; the other checks are recorded'
    told = {
        weak: found.disclosure.enforce == "threshold",
        "the federation's floor is stricter than policy.toml in places, and is in force there": raised,
        "admission.projects is empty: no query will be admitted": not found.admission.projects,
        "admission.purposes is empty: no query will be admitted": not found.admission.purposes,
        "approvals.people = 0: queries run without anybody's approval": not found.admission.approvals.people,
        "more roles than people in admission.approvals: the roles decide": len(
            found.admission.approvals.roles
        )
        > found.admission.approvals.people,
    }
    return [text for text, holds in told.items() if holds]


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

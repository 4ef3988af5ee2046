"""The forms that fedcli reads and writes, as JSON Schemas."""

from __future__ import annotations

from typing import Any

from fedcli.errors import fault, meant, near
from fedcli.model.approval import Approval
from fedcli.model.cases import Cases
from fedcli.model.cells import About, Gap
from fedcli.model.dataset import Dictionary
from fedcli.model.document import Document
from fedcli.model.entry import Entry
from fedcli.model.external import External
from fedcli.model.federation import Card, Root
from fedcli.model.heartbeat import Event, Heartbeat
from fedcli.model.home import HomeFile, Secrets
from fedcli.model.policy import Policy
from fedcli.model.query import Draft, Query
from fedcli.model.release import Release, Values
from fedcli.model.result import Combined, Result
from fedcli.model.review import Review
from fedcli.model.round import Posted, States
from fedcli.model.shown.reference import SchemaShown, SchemasShown
from fedcli.model.site import Manifest
from fedcli.model.totals import Totals
from fedcli.model.trained import Model
from fedcli.model.withdrawal import Withdrawal
from fedcli.trust.dsse import Envelope
from fedcli.trust.sealing import Sealed

#: The forms that fedcli reads and writes, by the names that people say.
FORMS: dict[str, type[Document]] = {
    "about": About,
    "approval": Approval,
    "card": Card,
    "cases": Cases,
    "combined": Combined,
    "credentials": Secrets,
    "dictionary": Dictionary,
    "entry": Entry,
    "envelope": Envelope,
    "event": Event,
    "external": External,
    "gap": Gap,
    "heartbeat": Heartbeat,
    "home": HomeFile,
    "manifest": Manifest,
    "model": Model,
    "policy": Policy,
    "query": Draft,
    "release": Release,
    "result": Result,
    "review": Review,
    "root": Root,
    "round": Posted,
    "sealed": Sealed,
    "signed-query": Query,
    "states": States,
    "totals": Totals,
    "values": Values,
    "withdrawal": Withdrawal,
}


def schema(name: str) -> SchemaShown:
    """The JSON Schema of a form, or of what a command answers."""
    if name in FORMS:
        return SchemaShown(name=name, schema=form_schema(FORMS[name]))
    from fedcli.workflows import answers

    if name in answers.names():
        return SchemaShown(name=name, schema=answers.answer_schema(name))
    told = [*FORMS, answers.ENVELOPE, f"{answers.ENVELOPE}-COMMAND"]
    close = near(name, [*FORMS, *answers.names()])
    raise fault("U-SCHEMA", name=name, meant=f"did you mean {close}?" if close else meant(name, told))


def listed() -> SchemasShown:
    """The names of all schemas."""
    from fedcli.workflows import answers

    files = {name: (form.__doc__ or "").partition("\n")[0] for name, form in FORMS.items()}
    return SchemasShown(files=files, answers=tuple(answers.names()))


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by its name, as they are kept under schemas/."""
    from fedcli.workflows import answers

    return {name: form_schema(form) for name, form in FORMS.items()} | {
        name: answers.answer_schema(name) for name in answers.names()
    }


def form_schema(form: type[Document]) -> dict[str, Any]:
    """A form's JSON Schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **form.model_json_schema(by_alias=True),
    }

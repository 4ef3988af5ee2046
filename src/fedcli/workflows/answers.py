"""What every command answers with --format json: the one document, with the schema of its `data`.

The contract is the envelope `fedcli/cli/1`. `data` is what the command tells; where it fails it is empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from fedcli.errors import Outcome
from fedcli.model.shown import (
    audits,
    budgets,
    carried,
    models,
    places,
    plans,
    reference,
    results,
    reviews,
    state,
    trials,
    work,
)
from fedcli.model.shown.contract import Reported, ReportedRehearsal
from fedcli.model.shown.told import Told

ENVELOPE = "cli"
#: What each command tells, by its words; `report` and its kin tell results in the contract's form.
ANSWERS: dict[str, tuple[type[Told], ...]] = {
    "demo": (results.DemoShown,),
    "rehearse": (ReportedRehearsal,),
    "init federation": (places.HomeMade,),
    "init site": (places.HomeMade,),
    "init researcher": (places.HomeMade,),
    "key show": (places.KeysShown,),
    "key new": (places.KeyShown,),
    "key rotate": (places.KeyShown,),
    "key revoke": (places.KeyRevoked,),
    "federation show": (places.FederationShown,),
    "federation verify": (places.FederationShown,),
    "federation sign": (places.RootSigned,),
    "federation publish": (places.RootSigned,),
    "federation member add": (places.RootChanged,),
    "federation member remove": (places.RootChanged,),
    "federation dataset add": (places.RootChanged,),
    "data add": (places.DatasetShown,),
    "data list": (places.DatasetsShown,),
    "data describe": (places.DictionaryShown,),
    "data check": (places.DatasetShown,),
    "data draft-dictionary": (reference.TextShown,),
    "data mock": (places.MockShown,),
    "analytic list": (reference.AnalyticsShown,),
    "analytic show": (reference.AnalyticShown,),
    "analytic schema": (reference.SchemaShown,),
    "analytic example": (reference.TextShown,),
    "query new": (reference.TextShown,),
    "query check": (work.QueryChecked,),
    "query explain": (plans.QueryExplained,),
    "query sign": (work.QueryShown,),
    "query submit": (work.QueryShown,),
    "query amend": (plans.QueryAmended,),
    "query list": (work.QueriesShown,),
    "query status": (work.QueryStatus,),
    "approval list": (work.ApprovalsShown,),
    "approval show": (work.ApprovalShown,),
    "approval grant": (work.ApprovalGiven,),
    "approval deny": (work.ApprovalGiven,),
    "approval revoke": (work.ApprovalGiven,),
    "review list": (reviews.ReviewsShown,),
    "review show": (reviews.ReviewShown,),
    "review approve": (reviews.ReviewGiven,),
    "review request-changes": (reviews.ReviewGiven,),
    "review reject": (reviews.ReviewGiven,),
    "run": (work.RunShown,),
    "combine": (Reported,),
    "report": (Reported,),
    "model list": (models.ModelsShown,),
    "model show": (models.ModelShown,),
    "model export": (models.ModelShown, models.CardShown),
    "model evaluate": (reference.TextShown,),
    "release export": (work.ReleaseExported,),
    "release list": (work.ReleasesShown,),
    "release show": (work.ReleaseShown,),
    "release withdraw": (work.WithdrawalGiven,),
    "exchange pull": (carried.CarriedShown,),
    "exchange push": (carried.CarriedShown,),
    "exchange sync": (carried.CarriedShown,),
    "exchange ls": (carried.NamesShown,),
    "verify": (work.VerifyShown,),
    "ledger show": (work.LedgerShown,),
    "ledger verify": (work.HeadShown,),
    "ledger checkpoint": (work.HeadShown,),
    "ledger prove": (work.ProofShown,),
    "ledger record-external": (work.ExternalShown,),
    "state show": (state.StateShown,),
    "state purge": (state.StatePurged,),
    "schedule show": (places.ScheduleShown,),
    "audit check": (audits.AuditChecked,),
    "audit export": (audits.EvidenceMade,),
    "budget show": (budgets.BudgetsShown,),
    "budget history": (budgets.HistoriesShown,),
    "policy show": (places.PolicyShown,),
    "policy explain": (plans.PolicyExplained,),
    "policy check": (places.PolicyShown,),
    "policy lint": (plans.PolicyLinted,),
    "policy diff": (plans.PolicyDiff,),
    "policy test": (trials.PolicyTested,),
    "policy attack": (trials.PolicyAttacked,),
    "doctor": (places.DoctorShown,),
    "selftest": (places.SelftestShown,),
    "config show": (reference.ConfigShown,),
    "schema": (reference.SchemaShown, reference.SchemasShown),
    "explain": (reference.CodeShown, reference.CodesShown),
    "help": (reference.TopicShown, reference.TopicsShown),
}


def names() -> list[str]:
    """The names of the schemas: `cli` for any answer, `cli-query-list` for that of one command."""
    return [ENVELOPE, *map(_name, ANSWERS)]


def answer_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of what a command answers, by its name of `names`; `cli` is that of any command."""
    if name == ENVELOPE:
        return _envelope("any command", "", {"type": "object"})
    command = next(words for words in ANSWERS if _name(words) == name)
    forms = ANSWERS[command]
    made: JsonSchemaMode = "serialization"
    references, whole = TypeAdapter.json_schemas([(form, made, TypeAdapter(form)) for form in forms])
    told = [references[form, made] for form in forms]
    data = {"anyOf": [*told, {"type": "object", "maxProperties": 0}]}
    return _envelope(f"fedcli {command}", command, data) | {"$defs": _lenient(whole["$defs"])}


def _name(command: str) -> str:
    return f"{ENVELOPE}-{command.replace(' ', '-')}"


def _envelope(who: str, command: str, data: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "schema": {"const": "fedcli/cli/1"},
        "command": {"const": command} if command else {"type": "string"},
        "status": {"enum": [one.word for one in Outcome]},
        "exit": {"enum": [one.exit_code for one in Outcome]},
        "code": {"type": "string", "description": "a code of the catalogue, or nothing"},
        "message": {"type": "string"},
        "hint": {"type": "string"},
        "data": data,
        "warnings": {"type": "array", "items": {"type": "string"}},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"The answer of {who} with --format json",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _lenient(forms: dict[str, Any]) -> dict[str, Any]:
    """The forms without the duty to have what may be null, which is left out where there is nothing."""
    return {name: _without_nulls(form) for name, form in forms.items()}


def _without_nulls(form: dict[str, Any]) -> dict[str, Any]:
    if "required" not in form:
        return form
    told = {key for key in form["required"] if not _may_be_null(form["properties"][key])}
    return {**form, "required": _kept(form["required"], told)}


def _kept(names: Iterable[str], told: set[str]) -> list[str]:
    return [name for name in names if name in told]


def _may_be_null(form: dict[str, Any]) -> bool:
    """Whether a value is null, or of any kind."""
    kinds = [one.get("type") for one in form.get("anyOf", [form])]
    return "null" in kinds or not set(form) & {"type", "anyOf", "$ref", "const", "enum", "oneOf", "allOf"}

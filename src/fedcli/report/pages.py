"""Which page and which JSON belong to what a command tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fedcli.model import shown as told
from fedcli.report import places, reference, results, work
from fedcli.report.page import Page

_PAGES: dict[type[told.Shown], Callable[[Any], Page]] = {
    told.HomeMade: places.home_page,
    told.KeyShown: places.key_page,
    told.KeysShown: places.keys_page,
    told.KeyRevoked: places.revoked_page,
    told.RootChanged: places.root_changed_page,
    told.RootSigned: places.root_signed_page,
    told.FederationShown: places.federation_page,
    told.DatasetShown: places.dataset_page,
    told.DatasetsShown: places.datasets_page,
    told.DictionaryShown: places.dictionary_page,
    told.TextShown: reference.text_page,
    told.QueryChecked: work.checked_page,
    told.QueryShown: work.query_page,
    told.QueriesShown: work.queries_page,
    told.QueryStatus: work.status_page,
    told.ApprovalShown: work.approval_page,
    told.ApprovalsShown: work.approvals_page,
    told.ApprovalGiven: work.given_page,
    told.RunShown: work.run_page,
    told.ResultShown: results.result_page,
    told.RehearsalShown: results.rehearsal_page,
    told.DemoShown: results.demo_page,
    told.VerifyShown: work.verify_page,
    told.LedgerShown: work.ledger_page,
    told.HeadShown: work.head_page,
    told.ProofShown: work.proof_page,
    told.PolicyShown: reference.policy_page,
    told.AnalyticShown: reference.analytic_page,
    told.AnalyticsShown: reference.analytics_page,
    told.SchemaShown: reference.schema_page,
    told.CodeShown: reference.code_page,
    told.CodesShown: reference.codes_page,
    told.ConfigShown: reference.config_page,
}
_DATA: dict[type[told.Shown], Callable[[Any], dict[str, Any]]] = {
    told.ResultShown: results.result_data,
    told.RehearsalShown: results.rehearsal_data,
}


def page(shown: told.Shown) -> Page:
    """What a person reads."""
    return _PAGES[type(shown)](shown)


def data(shown: told.Shown) -> dict[str, Any]:
    """What a program reads."""
    special = _DATA.get(type(shown))
    value: dict[str, Any] = special(shown) if special else shown.json_value()
    return value

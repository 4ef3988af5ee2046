"""Admission: what a site checks of a query before it charges or opens anything.

Everything here is independent of data, so every refusal is told to the researcher by its own code.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from fedcli.analytics import parse
from fedcli.analytics._contract import Analytic, Iterative
from fedcli.errors import FedcliError, fault
from fedcli.language.derived import extended
from fedcli.language.normal import normal
from fedcli.language.types import check as check_types
from fedcli.ledger.registry import Held
from fedcli.model.dataset import Dictionary
from fedcli.model.document import Document
from fedcli.model.home import Desk
from fedcli.model.identifiers import Name
from fedcli.model.policy import Contribution, Policy
from fedcli.model.query import Analysis, Query
from fedcli.model.verified import Verified
from fedcli.statistics.bins import binned
from fedcli.statistics.shape import Shape
from fedcli.trust.membership import Membership
from fedcli.workflows.pricing import contribution, prices
from fedcli.workflows.recurring import check_recurs
from fedcli.workflows.rounds import Round, start


class Admitted(NamedTuple):
    """One analysis that may be computed: its analytic, its state, the shape that its answer will have."""

    analysis: Analysis
    analytic: Analytic[Any]
    outline: Shape
    state: Document | None = None


class Admission(NamedTuple):
    """A round of a query as a site took it: the analyses admitted, and the refusals of the others by id.

    `under` is the site's dictionary with the columns that the query derives.
    """

    round: int
    query: Verified[Query]
    held: Held
    policy: Policy
    admitted: tuple[Admitted, ...]
    refused: dict[Name, FedcliError]
    under: Dictionary


def admit(
    desk: Desk,
    members: Membership,
    query: Verified[Query],
    held: Held,
    policy: Policy,
    asked: Round | None = None,
) -> Admission:
    """Check a verified query, or a round of it, against the federation, the dictionary and the policy.

    Raises:
        Refused, InvalidFile: where the query as a whole cannot be answered here.
    """
    _check_time_and_place(desk, members, query.value)
    under = _check_dictionary(query.value, held)
    _check_use(query.value, held, policy)
    check_recurs(query.value.recurs, query.value.analyses, "the query")
    asked = asked or start(query.value)
    admitted, refused = [], {}
    prices(query.value.privacy, query.value.analyses)  # so that a price that is none is refused as a whole
    noisy = contribution(policy, query.value.privacy)
    for analysis in query.value.analyses:
        if analysis.id in asked.states:
            state = asked.states[analysis.id]
            try:
                admitted.append(admit_analysis(analysis, under, policy, state, noisy))
            except FedcliError as error:
                refused[analysis.id] = error
    return Admission(asked.number, query, held, policy, tuple(admitted), refused, under)


def _check_time_and_place(desk: Desk, members: Membership, asked: Query) -> None:
    if asked.expires <= desk.now:
        raise fault("Q-EXPIRED", expires=asked.expires.date(), where="the query")
    asked.check_running(desk.now)
    if asked.root_version > members.root.version:
        raise fault("T-VERSION", version=asked.root_version, have=members.root.version, where="the query")
    if desk.home.file.name not in asked.sites:
        raise fault("A-SITE", site=desk.home.file.name)
    researcher = members.root.member(asked.researcher)
    accreditation = researcher.accreditation if researcher else None
    if accreditation is not None and accreditation.expires <= desk.now:
        raise fault("A-ACCREDITATION", researcher=asked.researcher, expires=accreditation.expires.date())


def _check_dictionary(asked: Query, held: Held) -> Dictionary:
    """The dictionary with what the query derives, once all that it says of columns was checked."""
    if asked.dictionary != held.dictionary.sha256 or asked.unit != held.dictionary.unit:
        raise fault("A-DICTIONARY", dataset=asked.dataset, version=held.dictionary.version)
    under = extended(held.dictionary, asked.derive)
    if asked.cohort is not None:
        check_types(asked.cohort, under)
        if normal(asked.cohort) != asked.cohort:
            raise fault("Q-NORMAL")
    return under


def _check_use(asked: Query, held: Held, policy: Policy) -> None:
    admission = policy.admission
    if not _covers(admission.projects, asked.project):
        raise fault("A-PROJECT", project=asked.project)
    in_dictionary = not held.dictionary.data_use or asked.purpose in held.dictionary.data_use
    if not in_dictionary or not _covers(admission.purposes, asked.purpose):
        raise fault("A-PURPOSE", purpose=asked.purpose)
    if min(asked.min_sites, len(asked.sites)) < policy.disclosure.min_sites:
        raise fault("A-SITES", min_sites=asked.min_sites, wanted=policy.disclosure.min_sites)
    if asked.privacy.mode != policy.privacy.mode:
        raise fault("A-MODE", mode=asked.privacy.mode)


def admit_analysis(
    analysis: Analysis,
    dictionary: Dictionary,
    policy: Policy,
    state: Document | None = None,
    noisy: Contribution | None = None,
) -> Admitted:
    """Check one analysis against the dictionary and the policy, without data; `noisy` where it has noise."""
    if not _covers(policy.admission.analytics, analysis.analytic):
        raise fault("A-ANALYTIC", analytic=analysis.analytic)
    analytic = parse(analysis, "the query")
    analytic.check(dictionary)
    if analytic.json_value() != analysis.parameters:
        raise fault("Q-NORMAL")
    if isinstance(analytic, Iterative):
        outline = analytic.outline_at(dictionary, state, noisy)
    else:
        outline = analytic.outline(dictionary, noisy)
    if outline.weights and policy.disclosure.networks == "refused":
        raise fault("P-NETWORK")
    for axis in outline.grouped:
        column = dictionary.columns.get(axis.name)
        if (column is not None or binned(axis)) and len(axis.levels) > policy.disclosure.max_levels:
            raise fault(
                "P-LEVELS", column=axis.name, levels=len(axis.levels), limit=policy.disclosure.max_levels
            )
    return Admitted(analysis, analytic, outline, state)


def _covers(admitted: tuple[str, ...], name: str) -> bool:
    return "*" in admitted or name in admitted

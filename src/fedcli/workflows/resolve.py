"""From what a researcher wrote to what can be signed: every default filled in, everything typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from fedcli.analytics import named
from fedcli.errors import FedcliError, fault
from fedcli.files.reader import read
from fedcli.files.strict import parse_toml
from fedcli.language.derived import extended
from fedcli.language.derived import parse as parse_derived
from fedcli.model.dataset import Dictionary
from fedcli.model.derived import Derived
from fedcli.model.policy import Mode
from fedcli.model.predicate import Predicate
from fedcli.model.query import Analysis, Draft
from fedcli.workflows.recurring import check_recurs

_OURS = frozenset({"id", "analytic", "version"})


class Resolved(NamedTuple):
    """A draft with its analyses and cohort as they will be signed.

    `under` is the dictionary with the columns that the query derives.
    """

    draft: Draft
    analyses: tuple[Analysis, ...]
    cohort: Predicate | None
    derive: tuple[Derived, ...] | None
    under: Dictionary


def read_draft(path: Path) -> Draft:
    """The query of a TOML file, or F-TOML or F-SCHEMA."""
    return Draft.read(parse_toml(read(path), str(path)), path.name)


def resolve(draft: Draft, dictionary: Dictionary, where: str) -> Resolved:
    """Check every analysis and the cohort against the dictionary.

    Raises:
        InvalidFile: Q-… naming the analysis and what is wrong with it.
    """
    if draft.dataset != dictionary.dataset:
        raise fault("Q-DATASET", dataset=draft.dataset, known=dictionary.dataset)
    derive = parse_derived(draft.derive, dictionary, where)
    under = extended(dictionary, derive)
    analyses = tuple(
        _analysis(given, place, under, where, draft.privacy.mode)
        for place, given in enumerate(draft.analysis, 1)
    )
    check_recurs(draft.recurs, analyses, where)
    return Resolved(draft, analyses, _cohort(draft.cohort, under, f"{where}, cohort"), derive, under)


def _cohort(text: str | None, dictionary: Dictionary, where: str) -> Predicate | None:
    if text is None:
        return None
    from fedcli.language.expression import parse  # sqlglot takes longer to load than the rest

    return parse(text, dictionary, where)


def _analysis(given: dict[str, Any], place: int, dictionary: Dictionary, where: str, mode: Mode) -> Analysis:
    name = given.get("analytic")
    if not isinstance(name, str):
        raise fault("F-SCHEMA", where=where, problems=f"analysis {place}: analytic is missing")
    here = f"{where}, analysis {given.get('id', place)}"
    parameters = {key: value for key, value in given.items() if key not in _OURS}
    try:
        kind = named(name)
        analytic = kind.read(parameters, here).resolved(dictionary, here)
        analytic.check(dictionary)
        analytic.check_mode(mode)
    except FedcliError as error:
        raise error.within(here) from None
    return Analysis.read(
        {
            "id": given.get("id", name),
            "analytic": name,
            "version": given.get("version", kind.version),
            "parameters": analytic.json_value(),
        },
        here,
    )

"""How an amended query differs from the one before, in words, for who asks and for who approves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from fedcli.language.words import definition, words
from fedcli.model.identifiers import short
from fedcli.model.query import Analysis, Query, References
from fedcli.model.shown.work import AmendmentTold
from fedcli.policy.amendment import MAY_DIFFER, identity, only_tightens

Side: TypeAlias = Literal["same", "less", "more"]
_NAMES = {
    "round_deadline": "deadline of a round",
    "recurs": "how often it recurs",
    "dictionary": "dictionary",
    "dictionary_version": "dictionary version",
    "recipients": "recipients",
    "derive": "derived columns",
    "cohort": "cohort",
    "privacy": "mode of privacy",
    **{name: field.title or name for name, field in References.model_fields.items()},
}


def told(old: Query, new: Query) -> AmendmentTold:
    """What stays, what is asked less, and what is asked more or otherwise: the last needs new approvals."""
    found: dict[Side, list[str]] = {"same": [], "less": [], "more": []}
    for side, text in (*_analyses(old, new), *_bounds(old, new), *_others(old, new)):
        found[side].append(text)
    return AmendmentTold(
        id=short(old.sha256),
        query=old.sha256,
        keeps_approvals=only_tightens(old, new),
        same=tuple(found["same"]),
        less=tuple(found["less"]),
        more=tuple(found["more"]),
    )


def _analyses(old: Query, new: Query) -> Iterator[tuple[Side, str]]:
    before = {one.id: one for one in old.analyses}
    after = {one.id: one for one in new.analyses}
    for key in dict.fromkeys((*before, *after)):
        if key not in after:
            yield "less", f"analysis {key} is not asked any more: {analysis_words(before[key])}"
        elif key not in before:
            yield "more", f"analysis {key} is asked as well: {analysis_words(after[key])}"
        elif identity(before[key]) == identity(after[key]):
            yield "same", f"analysis {key}: {analysis_words(after[key])}"
        else:
            yield (
                "more",
                f"analysis {key} was {analysis_words(before[key])}, and is {analysis_words(after[key])}",
            )


def analysis_words(one: Analysis) -> str:
    """An analysis as it was asked: the analytic, and what it was given."""
    parameters = (
        f"{name} = {value}"
        for name, value in one.parameters.items()
        if value not in ([], None) and not isinstance(value, dict)
    )
    return "; ".join([one.analytic, *parameters])


def _bounds(old: Query, new: Query) -> Iterator[tuple[Side, str]]:
    if new.min_sites != old.min_sites:
        side: Side = "less" if new.min_sites > old.min_sites else "more"
        yield side, f"the quorum was {old.min_sites} sites, and is {new.min_sites}"
    if new.expires != old.expires:
        side = "less" if new.expires < old.expires else "more"
        yield side, f"it expired on {old.expires:%Y-%m-%d %H:%M}, and does on {new.expires:%Y-%m-%d %H:%M}"
    if new.root_version < old.root_version:
        yield "more", f"it was signed under root {old.root_version}, and is under {new.root_version}"
    if new.issued < old.issued:
        yield "more", "it says that it was signed before the query that it amends"


def _others(old: Query, new: Query) -> Iterator[tuple[Side, str]]:
    """Every other field: the same, or else."""
    kept = []
    for name in Query.model_fields:
        if name in MAY_DIFFER:
            continue
        if _value(old, name) == _value(new, name):
            kept.append(_NAMES.get(name, name))
        else:
            yield "more", f"{_NAMES.get(name, name)} was {_word(old, name)}, and is {_word(new, name)}"
    yield "same", f"the same {', '.join(one for one in kept if not one.endswith('_'))}"


def _value(query: Query, name: str) -> Any:
    return query.model_dump(mode="json", by_alias=False)[name]


def _word(query: Query, name: str) -> str:
    match name:
        case "cohort":
            return words(query.cohort)
        case "derive":
            return "; ".join(f"{one.name} is {definition(one)}" for one in query.derive or ()) or "none"
        case "privacy":
            return query.privacy.words
        case "recurs":
            return query.recurs.words if query.recurs else "once"
    value = _value(query, name)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "none")

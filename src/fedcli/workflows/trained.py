"""The models that the results of a home tell: made anew from result and query, and found by their digests.

A model is a function of what was verified and kept, so that there is nothing beside it to keep or to forge.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from fedcli.analytics import parse
from fedcli.errors import fault
from fedcli.files.canonical import digest
from fedcli.files.reader import names, read
from fedcli.files.strict import parse_json
from fedcli.language.derived import extended
from fedcli.model.dataset import Dictionary
from fedcli.model.home import Desk
from fedcli.model.query import Query
from fedcli.model.result import AnalysisResult, Result
from fedcli.model.trained import Lineage, Model, Part, Predictor
from fedcli.statistics.interval import value_of
from fedcli.workflows.kept import read_result
from fedcli.workflows.standing import exchange, require
from fedcli.workflows.submit import signed_here
from fedcli.workflows.weights import SUFFIX, unpacked

#: How files of models end.
FILES = (".json", SUFFIX)


class Trained(NamedTuple):
    """A model, and the result and query that it is made of; a file that was given has none."""

    model: Model
    result: Result | None = None
    query: Query | None = None


class Answered(NamedTuple):
    """A result of this home, and its query."""

    result: Result
    query: Query


def results(desk: Desk) -> Iterator[Answered]:
    """The results of a researcher's home, each run of a recurring query too, with their queries."""
    require(desk, "researcher")
    folder, signed = desk.home.path / "results", set(names(desk.home.path / "queries"))
    for query in names(folder):
        for name in names(folder / query, "result.json") if query in signed else ():
            yield Answered(read_result(folder / query / name), signed_here(desk, query).query)


def models(desk: Desk) -> Iterator[Trained]:
    """All models of a home, in the order of their queries."""
    for answered in results(desk):
        yield from _of(desk, answered)


def find(desk: Desk | None, given: str) -> Trained:
    """The model that `given` means: a file of one, a digest, or a query, each from its beginning on.

    Raises:
        UsageFault: R-MODEL when it means none, or several.
    """
    if desk is None or given.endswith(FILES):
        return Trained(read_model(Path(given)))
    beginning, known = given.lower(), list(models(desk))
    meant = [one for one in known if _means(beginning, one)]
    if len(meant) != 1:
        listed = ", ".join(one.model.short for one in meant or known) or "none"
        raise fault("R-MODEL", model=given, many="several models" if meant else "no model", known=listed)
    return meant[0]


def read_model(path: Path) -> Model:
    """A model that was written to a file."""
    if path.suffix == SUFFIX:
        return unpacked(read(path), path.name)
    return Model.read(parse_json(read(path), str(path)), path.name)


def _means(beginning: str, one: Trained) -> bool:
    """A digest without a prefix may be the model's, or its query's."""
    kind, dash, digits = beginning.rpartition("-")
    digests = {"m": one.model.sha256, "q": one.model.lineage.query}
    asked = digests.values() if not dash else filter(None, (digests.get(kind),))
    return bool(digits) and any(known.startswith(digits) for known in asked)


def _of(desk: Desk, answered: Answered) -> Iterator[Trained]:
    """The models of a result; whoever knows nothing of models costs no dictionary."""
    asked = {one.id: one for one in answered.query.analyses}
    agreed: Dictionary | None = None
    for one in answered.result.analyses:
        if one.answer is None or one.id not in asked:
            continue
        analytic = parse(asked[one.id], "the query")
        agreed = agreed or _dictionary(desk, answered.query)
        for found in analytic.predictors(one.answer, agreed):
            yield Trained(_model(answered, one, found), *answered)


def _dictionary(desk: Desk, query: Query) -> Dictionary:
    """The dictionary that a query was signed under, whatever was agreed on since."""
    data, where = exchange(desk.home).dictionary(query.dictionary), f"dictionary {query.dataset}"
    if digest(data) != query.dictionary:
        raise fault("S-SUBJECT", where=where)
    return extended(Dictionary.read(parse_json(data, where), where), query.derive)


def _model(answered: Answered, one: AnalysisResult, found: Predictor) -> Model:
    result, query = answered
    n = value_of(one.answer.scalars.get("n")) if one.answer else None
    return Model(
        title=result.title,
        dataset=result.dataset,
        dictionary=query.dictionary,
        dictionary_version=query.dictionary_version,
        unit=result.unit,
        n=None if n is None else max(round(n), 0),
        predictor=found,
        lineage=Lineage(
            federation=result.federation,
            query=result.query,
            result=result.sha256,
            analysis=one.id,
            analytic=one.analytic,
            version=one.version,
            maturity=result.maturity,
            mode=result.mode,
            rho=result.privacy.rho if result.privacy else None,
            sites=tuple(_parts(result, one)),
            issued=result.issued,
        ),
    )


def _parts(result: Result, one: AnalysisResult) -> Iterator[Part]:
    """The sites whose releases are in an answer."""
    for site in result.sites:
        if site.site in one.sites and site.release is not None:
            yield Part(
                site=site.site,
                release=site.release,
                snapshot=site.snapshot,
                policy=site.policy,
                policy_name=site.policy_name,
            )

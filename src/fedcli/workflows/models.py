"""Listing, showing and exporting models, and the card that goes with one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fedcli.errors import fault
from fedcli.files.writer import write_once
from fedcli.language.words import words
from fedcli.model.home import Desk
from fedcli.model.identifiers import Digest, short
from fedcli.model.query import Query
from fedcli.model.shown.models import CardShown, Evaluated, ModelCard, ModelKnown, ModelShown, ModelsShown
from fedcli.model.trained import GaussianBayes, Model, Network, Predictor, Trees
from fedcli.workflows.kept import since
from fedcli.workflows.trained import Trained, find, models, results
from fedcli.workflows.weights import SUFFIX, packed

#: The analytic whose answers say how well a model predicts.
EVALUATION = "validation"
_CAVEATS = (
    "It is of those whose rows were complete in the cohort: on others it may be wrong, nobody knows how far.",
    "It says what goes together, not what causes what.",
    "Levels, units and codings are those of the dictionary: other data must be brought into its form first.",
)
_NOISY = "Its numbers have noise (differential privacy): how far that moved them is told in its result."
_MATURITY = "It is of no live data ({}): it is for trying out."
_UNEVALUATED = "No evaluation of it is kept here: how well it predicts is not known."
_SMALL = "Coefficients were kept small by a penalty: they have no standard errors."


def listed(desk: Desk) -> ModelsShown:
    """All models of a home."""
    return ModelsShown(models=tuple(_known(one.model) for one in models(desk)))


def show(desk: Desk | None, given: str) -> ModelShown:
    """One model, and whether a site has recalled what it is made of."""
    found = find(desk, given)
    seen = {"given": True} if desk is None or found.result is None else since(desk, found.result)
    return ModelShown(digest=found.model.sha256, model=found.model, **seen)


def export(desk: Desk | None, given: str, path: Path) -> ModelShown:
    """The same, written to a file as canonical JSON, or a network as safetensors by the file's name.

    A file that differs is not replaced.
    """
    shown = show(desk, given)
    write_once(path, packed(shown.model, given) if path.suffix == SUFFIX else shown.model.canonical())
    return shown.model_copy(update={"path": str(path)})


def card(desk: Desk, given: str) -> CardShown:
    """The card of a model of this home.

    Raises:
        UsageFault: R-CARD for a file that was given: what it is for is in the query, which is not here.
    """
    found = find(desk, given)
    if found.query is None:
        raise fault("R-CARD", model=given)
    return CardShown(card=_card(desk, found, found.query))


def written(shown: CardShown, path: Path, text: str | None) -> CardShown:
    """A card that is also written to a file: a text of it, else as canonical JSON."""
    write_once(path, shown.card.canonical() if text is None else text.encode())
    return shown.model_copy(update={"path": str(path)})


def _known(model: Model) -> ModelKnown:
    outcome, terms = _about(model.predictor)
    return ModelKnown(
        id=model.short,
        digest=model.sha256,
        analytic=model.lineage.analytic,
        outcome=outcome,
        terms=terms,
        n=model.n,
        dataset=model.dataset,
        query=model.lineage.query,
        analysis=model.lineage.analysis,
        sites=tuple(one.site for one in model.lineage.sites),
        maturity=model.lineage.maturity,
    )


def _about(of: Predictor) -> tuple[str, int]:
    """The outcome, and from how many terms or columns it is predicted."""
    if isinstance(of, Trees | GaussianBayes):
        return of.outcome, len(of.features if isinstance(of, Trees) else of.columns)
    return of.outcome.name, len(of.inputs if isinstance(of, Network) else of.terms)


def _card(desk: Desk, found: Trained, query: Query) -> ModelCard:
    evaluations = tuple(_evaluations(desk, found.model.sha256))
    return ModelCard(
        model=found.model.sha256,
        title=query.title,
        description=query.description,
        project=query.project,
        purpose=query.purpose,
        researcher=query.researcher,
        cohort=words(query.cohort, query.derive),
        trained=found.model,
        evaluations=evaluations,
        caveats=tuple(_caveats(found.model, bool(evaluations))),
        verify=_verify(found.model),
    )


def _caveats(model: Model, evaluated: bool) -> Iterator[str]:
    yield from _CAVEATS
    if model.lineage.mode == "differential-privacy":
        yield _NOISY
    if model.lineage.maturity != "live":
        yield _MATURITY.format(model.lineage.maturity)
    if getattr(model.predictor, "penalty", None) is not None:
        yield _SMALL
    if not evaluated:
        yield _UNEVALUATED


def _verify(model: Model) -> tuple[str, ...]:
    """The commands by which somebody in the federation sees that it is what it says."""
    query = short(model.lineage.query)
    return ("fedcli verify exchange/", f"fedcli combine {query}", f"fedcli model show {model.short}")


def _evaluations(desk: Desk, model: Digest) -> Iterator[Evaluated]:
    """What results of this home say of how well a model predicts."""
    for result, query in results(desk):
        about = {one.id for one in query.analyses if one.parameters.get("model") == model}
        for one in result.analyses:
            if one.answer is not None and one.id in about and one.analytic == EVALUATION:
                yield Evaluated(
                    query=result.query,
                    analysis=one.id,
                    dataset=result.dataset,
                    cohort=words(query.cohort, query.derive),
                    sites=one.sites,
                    figures=one.answer.scalars,
                )

"""Trained models and their cards: as text, and a card as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fedcli.model.cells import About, Cell, Gap
from fedcli.model.identifiers import short
from fedcli.model.shown.models import CardShown, Evaluated, ModelCard, ModelKnown, ModelShown, ModelsShown
from fedcli.model.trained import GaussianBayes, Linear, Model, Network, Split, Trees
from fedcli.report.page import Grid, Near, Page, Pages, Span, told

_NODES = ("tree", "node", "column", "below", "level", "left", "right", "value")
_LIST = ("id", "analytic", "outcome", "terms", "n", "dataset", "query", "analysis")


def models_page(shown: ModelsShown) -> Page:
    """Every model."""
    rows = tuple(map(_row, shown.models))
    headline = "" if rows else "no result of this home tells a model"
    return Page(headline=headline, grids=(Grid("", _LIST, rows),) if rows else ())


def model_page(shown: ModelShown) -> Page:
    """What it predicts from what, and where it comes from."""
    model = shown.model
    facts = (*_facts(model), *((("written", shown.path),) if shown.path else ()))
    return Page(headline=f"{model.short}: {model.title}", facts=facts, grids=tuple(_grids(model)))


def card_page(shown: CardShown) -> Page:
    """Where it was written; the card itself, where it was not."""
    if shown.path:
        return Page(headline=f"the card of m-{shown.card.model[:12]} is in {shown.path}")
    return Page(headline=card_text(shown.card))


def card_text(card: ModelCard) -> str:
    """The card as Markdown; what people wrote is told as one line, or quoted, never as markup."""
    parts = [f"# Model card: {_line(card.title)}", *_purpose(card), *_data(card), *_protection(card)]
    parts += [*_figures(card), "## Caveats", _list(card.caveats), *_lineage(card)]
    return "\n\n".join(parts) + "\n"


def _row(one: ModelKnown) -> tuple[object, ...]:
    return (
        one.id,
        one.analytic,
        one.outcome,
        one.terms,
        one.n,
        one.dataset,
        short(one.query),
        one.analysis,
    )


def _facts(model: Model) -> tuple[tuple[str, object], ...]:
    lineage = model.lineage
    return (
        ("digest", model.sha256),
        ("predicts", _predicts(model)),
        ("dataset", f"{model.dataset}, dictionary {model.dictionary_version} ({model.dictionary})"),
        ("rows", model.n),
        ("query", f"{short(lineage.query)}, analysis {lineage.analysis} ({lineage.analytic})"),
        ("result", lineage.result),
        ("sites", tuple(one.site for one in lineage.sites)),
        ("maturity", lineage.maturity),
    )


def _predicts(model: Model) -> str:
    of = model.predictor
    if isinstance(of, GaussianBayes):
        return f"{of.outcome}: the class, by Gaussian naive Bayes"
    if isinstance(of, Network):
        told_of = f"the probability of {told(of.classes[1])}" if of.classes else "its mean"
        hidden = " and ".join(str(len(layer.biases)) for layer in of.layers[:-1])
        return f"{of.outcome.name}: {told_of}, by a network of {hidden} hidden units ({of.activation})"
    outcome, by = (
        (of.outcome, f", by {len(of.trees)} trees") if isinstance(of, Trees) else (of.outcome.name, "")
    )
    if of.classes is None:
        return f"{outcome}: its mean ({of.family}, link {of.link}){by}"
    return f"{outcome}: the probability of {told(of.classes[1])} (link {of.link}){by}"


def _grids(model: Model) -> Iterator[Grid]:
    of = model.predictor
    if isinstance(of, Linear):
        terms = zip(
            ("(Intercept)", *(one.name for one in of.terms)), (of.intercept, *of.coefficients), strict=True
        )
        yield Grid("coefficients", ("term", "coefficient"), tuple(terms))
        return
    if isinstance(of, Network):
        yield from _of_layers(of)
        return
    if isinstance(of, Trees):
        yield Grid("start", ("start",), ((of.start,),))
        yield Grid("nodes", _NODES, tuple(_nodes(of)))
        return
    yield Grid("classes", (of.outcome, "prior"), tuple(zip(of.classes, of.priors, strict=True)))
    rows = (
        (level, name, mean, variance)
        for level, means, variances in zip(of.classes, of.means, of.variances, strict=True)
        for name, mean, variance in zip(of.columns, means, variances, strict=True)
    )
    yield Grid("columns", (of.outcome, "column", "mean", "variance"), tuple(rows))


def _of_layers(of: Network) -> Iterator[Grid]:
    """The inputs of a network, and its weights."""
    names = [one.name for one in of.inputs]
    yield Grid("inputs", ("term", "centre", "scale"), tuple(zip(names, of.centres, of.scales, strict=True)))
    rows: list[tuple[object, ...]] = []
    for at, layer in enumerate(of.layers, 1):
        for unit, (weights, bias) in enumerate(zip(layer.weights, layer.biases, strict=True), 1):
            told_of = zip((*names, "(bias)"), (*weights, bias), strict=True)
            rows += [(at, unit, name, weight) for name, weight in told_of]
        names = [str(unit + 1) for unit in range(len(layer.biases))]
    yield Grid("weights", ("layer", "unit", "input", "weight"), tuple(rows))


def _nodes(of: Trees) -> Iterator[tuple[object, ...]]:
    """The nodes of all trees, each numbered from zero in its own."""
    for number, tree in enumerate(of.trees):
        for at, node in enumerate(tree.nodes):
            if isinstance(node, Split):
                yield number, at, node.column, node.below, node.level, node.left, node.right, None
            else:
                yield number, at, None, None, None, None, None, node.value


def _purpose(card: ModelCard) -> Iterator[str]:
    yield "## Intended use"
    told_of = [
        f"It predicts {_line(_predicts(card.trained))}.",
        f"Asked by {card.researcher} in the project {card.project}, for the purpose {card.purpose}. "
        "The sites approved no other use.",
    ]
    yield _list(told_of)
    if card.description:
        yield "\n".join(f"> {_line(line)}" for line in card.description.splitlines())


def _data(card: ModelCard) -> Iterator[str]:
    model = card.trained
    yield "## Data"
    yield _table(
        ("what", "is"),
        [
            ("dataset", model.dataset),
            ("dictionary", f"version {model.dictionary_version}, {model.dictionary}"),
            ("cohort", card.cohort),
            ("unit", model.unit),
            ("rows", told(model.n)),
            ("sites", ", ".join(one.site for one in model.lineage.sites)),
            ("maturity", model.lineage.maturity),
        ],
    )
    for grid in _grids(model):
        yield f"### {grid.title.capitalize()}"
        yield _table(grid.columns, grid.rows)


def _protection(card: ModelCard) -> Iterator[str]:
    lineage = card.trained.lineage
    yield "## Disclosure control"
    noisy = lineage.mode == "differential-privacy"
    yield (
        f"Differential privacy, rho {lineage.rho} in all for a person at every site."
        if noisy
        else "No row left a site; each checked the sums behind this model under its own policy."
    )
    rows = [(one.site, one.policy_name, one.policy) for one in lineage.sites]
    yield _table(("site", "policy", "digest"), rows)


def _figures(card: ModelCard) -> Iterator[str]:
    yield "## Evaluation"
    if not card.evaluations:
        yield "There is none here."
    for one in card.evaluations:
        yield _of_evaluation(one)
        yield _table(("figure", "value"), [(name, _cell(cell)) for name, cell in one.figures.items()])


def _of_evaluation(one: Evaluated) -> str:
    whole = f"{one.dataset} ({_line(one.cohort)}) at {', '.join(one.sites)}"
    return f"On {whole}: query {short(one.query)}, analysis {one.analysis}."


def _lineage(card: ModelCard) -> Iterator[str]:
    lineage = card.trained.lineage
    yield "## Lineage"
    rows: list[tuple[object, ...]] = [
        ("model", card.model),
        ("query", lineage.query),
        ("result", lineage.result),
        ("analysis", f"{lineage.analysis} ({lineage.analytic} {lineage.version})"),
    ]
    rows += [(f"release of {one.site}", one.release) for one in lineage.sites]
    yield _table(("of", "SHA-256"), rows)
    yield "Who is in the federation verifies it with:"
    yield "```console\n" + "\n".join(f"$ {one}" for one in card.verify) + "\n```"


def _cell(cell: Cell) -> object:
    if isinstance(cell, Gap):
        return Span(cell.low, cell.high)
    return Near(cell.value, (cell.high - cell.low) / 2) if isinstance(cell, About) else cell


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [columns, ["---"] * len(columns), *([_line(told(one)) for one in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _line(text: str) -> str:
    """A text that Markdown takes for nothing but text."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#~!" else letter for letter in text)


PAGES: Pages = {CardShown: card_page, ModelShown: model_page, ModelsShown: models_page}

"""The part of the page for each analysis: numbers, pictures with their tables, or why there is none."""

from __future__ import annotations

from collections.abc import Iterator

from fedcli.errors import CATALOGUE
from fedcli.model.cells import About, Gap
from fedcli.model.result import AnalysisResult, Answer
from fedcli.model.shown.results import ResultShown
from fedcli.report.privacy import ACCURACIES, ACCURACY, UNTOLD
from fedcli.report.sheet.between import between
from fedcli.report.sheet.cells import cell, heading
from fedcli.report.sheet.charts import pictures
from fedcli.report.sheet.elements import Child, Element, tag
from fedcli.report.sheet.picture import Picture, figure
from fedcli.report.sheet.tables import identity, tables

#: What is told first of what stands alone; and what is 1 or 0 for yes or no.
_FIRST = ("n", "persons", "n_missing", "converged", "iterations")
_FLAGS = ("converged", "collinear", "separated", "monotone")
#: What an analytic answers, in a few words.
ABOUT = {
    "anova": "whether groups have one mean",
    "association": "whether two columns go together",
    "boosted_trees": "trees that predict an outcome",
    "correlation": "how numeric columns go together",
    "count": "how many there are",
    "cox": "what changes the hazard of an event",
    "crosstab": "counts of levels",
    "cumulative_incidence": "what several causes come to on a grid of times",
    "fedavg": "a model that sites train, and that is averaged",
    "fedcox": "what changes the hazard of an event, as sites train it",
    "gee": "a model of persons with several rows",
    "glm": "a generalised linear model",
    "histogram": "counts in bins",
    "imputed": "a model of rows that lack values, which are filled in",
    "k_means": "groups of rows that are near to each other",
    "kaplan_meier": "survival on a grid of times",
    "levene": "whether groups have one variance",
    "life_table": "survival on a grid of times",
    "logistic": "a logistic model with a penalty",
    "missingness": "which values are missing together",
    "multinomial": "what goes with each level of an outcome",
    "naive_bayes": "a classifier from means and spreads",
    "network": "a network that sites train, and that is averaged",
    "penalised": "a linear model with a penalty",
    "piecewise": "what changes the hazard of an event, and the hazard in intervals of time",
    "proportional": "whether hazards are proportional",
    "quantile": "quantiles from counts in bins",
    "random_forest": "trees that vote on an outcome",
    "random_intercept": "a linear model in which sites differ by chance",
    "rank_test": "whether values in bins tend to be larger in one group",
    "risk": "how much likelier an event is",
    "site_quantile": "quantiles that the sites chose",
    "summary": "means and spreads",
    "t_test": "whether two groups have one mean",
    "table_one": "the groups of a study described",
    "total": "sums",
    "validation": "how well a model predicts",
}


def answers(shown: ResultShown) -> Element:
    """All analyses, in the order of the question."""
    asked = shown.question.analyses if shown.question else {}
    return tag(
        "section",
        tag("h2", "Answers", id="answers"),
        (
            _answer(one, f"a{place}", asked.get(one.id, {}))
            for place, one in enumerate(shown.result.analyses, 1)
        ),
        aria_labelledby="answers",
    )


def _answer(analysis: AnalysisResult, name: str, asked: dict[str, str]) -> Element:
    head = tag("h3", analysis.id, id=name)
    what = ABOUT.get(analysis.analytic)
    about = tag(
        "p",
        f"{what}: " if what else None,
        tag("code", f"{analysis.analytic} {analysis.version}"),
        f", from {', '.join(analysis.sites) or 'no site'}",
        class_="meta",
    )
    parameters = tag(
        "dl",
        (tag("div", tag("dt", key), tag("dd", tag("code", value))) for key, value in asked.items()),
        class_="asked line",
    )
    return tag(
        "section", head, about, parameters if asked else None, _told(analysis, name), aria_labelledby=name
    )


def _told(analysis: AnalysisResult, name: str) -> Iterator[Child]:
    if analysis.answer is None:
        yield _unanswered(analysis.code)
        return
    yield _scalars(analysis.answer, bool(analysis.noise))
    drawn = pictures(analysis)
    made = tables(analysis, name)
    for picture in drawn:
        yield figure(picture, f"{name}-{picture.table}-picture", _twin(picture, name))
    yield made
    yield list(between(analysis, name))
    yield [tag("p", note, class_="note") for note in _notes(analysis)]


def _twin(picture: Picture, name: str) -> str:
    """The id of the table that has the numbers of a picture."""
    return identity(name, picture.table)


def _unanswered(code: str | None) -> Element:
    entry = CATALOGUE.get(code or "")
    words = (
        (f" {entry.what}. What to do: {entry.fix}.",) if entry and "$" not in entry.what + entry.fix else ()
    )
    return tag("p", tag("strong", "There is no answer. "), tag("code", code), words)


def _scalars(answer: Answer, noisy: bool) -> Element | None:
    """The numbers that stand alone."""
    if not answer.scalars:
        return None
    known = [*(name for name in _FIRST if name in answer.scalars), *answer.scalars]
    rows = (
        tag("div", tag("dt", heading(name)), tag("dd", _scalar(name, answer.scalars[name], noisy)))
        for name in dict.fromkeys(known)
    )
    return tag("dl", rows, class_="facts")


def _scalar(name: str, one: object, noisy: bool) -> Child:
    """A number; of how a model went, a word."""
    return (
        {0: "no", 1: "yes"}.get(one, "—")
        if name in _FLAGS and isinstance(one, int)
        else cell(one, noisy, name)
    )


def _notes(analysis: AnalysisResult) -> Iterator[str]:
    """What the marks beside the numbers mean, and what noise there is."""
    cells = list(_cells(analysis.answer or Answer()))
    if any(isinstance(one, Gap) for one in cells):
        yield "[a, b]: suppressed at one site or more; the number lies between a and b (? is open)."
    if any(isinstance(one, About) for one in cells):
        if analysis.noise:
            yield f"c ± d: with noise; {ACCURACY} than d."
        else:
            yield "c [a, b]: from rounded numbers; the number lies between a and b."
    if analysis.noise and None in cells:
        yield f"{UNTOLD.replace('-:', '—:', 1)}."
    for mechanism in sorted({one.mechanism for one in analysis.noise.values()}):
        if mechanism == "noisy-max":
            yield f"{ACCURACIES[mechanism]}."


def _cells(answer: Answer) -> Iterator[object]:
    yield from answer.scalars.values()
    for table in answer.tables.values():
        for row in table.rows:
            yield from row[table.keys :]

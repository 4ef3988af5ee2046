"""Analytics, codes, forms and settings as text."""

from __future__ import annotations

import json

from fedcli.model.shown.reference import (
    AnalyticShown,
    AnalyticsShown,
    CodeShown,
    CodesShown,
    ConfigShown,
    SchemaShown,
    SchemasShown,
    TextShown,
    TopicShown,
    TopicsShown,
)
from fedcli.report.page import Grid, Page, Pages


def analytic_page(shown: AnalyticShown) -> Page:
    """An analytic: what it answers, and its parameters."""
    return Page(
        headline=f"{shown.name}, version {shown.version}: {shown.about}",
        grids=(Grid("parameters", ("name", "meaning"), tuple(shown.parameters.items())),),
        notes=(
            *((shown.description,) if shown.description else ()),
            "example:",
            *(f"  {line}" for line in shown.analysis),
        ),
    )


def analytics_page(shown: AnalyticsShown) -> Page:
    """All analytics."""
    rows = tuple((one.name, one.version, one.about) for one in shown.analytics)
    return Page(grids=(Grid("", ("analytic", "version", "answers"), rows),))


def code_page(shown: CodeShown) -> Page:
    """A code: what happened, what to do, and why it is so."""
    seen = "a researcher sees D-REFUSED instead" if shown.data_dependent else "as it is"
    facts = (
        ("means", shown.message),
        ("do", shown.fix),
        ("exit", f"{shown.exit} ({shown.status})"),
        ("told", seen),
    )
    return Page(headline=shown.code, facts=facts, notes=(shown.why,) if shown.why else ())


def codes_page(shown: CodesShown) -> Page:
    """All codes."""
    rows = tuple((one.code, one.exit, one.status, one.message) for one in shown.codes)
    return Page(grids=(Grid("", ("code", "exit", "status", "means"), rows),))


def config_page(shown: ConfigShown) -> Page:
    """All settings, with where each is from."""
    rows = tuple((one.name, one.value, one.origin) for one in shown.settings)
    return Page(grids=(Grid("", ("setting", "value", "from"), rows),))


def schema_page(shown: SchemaShown) -> Page:
    """A schema is text already."""
    return Page(notes=tuple(json.dumps(shown.schema, indent=2, ensure_ascii=False).splitlines()))


def schemas_page(shown: SchemasShown) -> Page:
    """The names of all schemas."""
    answers = Grid(
        "what commands answer with --format json", ("schema",), tuple((one,) for one in shown.answers)
    )
    return Page(grids=(Grid("files", ("schema", "what it is"), tuple(shown.files.items())), answers))


def text_page(shown: TextShown) -> Page:
    """A file to edit; where it was written, its name."""
    if shown.path is not None:
        return Page(headline=f"wrote {shown.path}")
    return Page(notes=tuple(shown.text.rstrip("\n").splitlines()))


def topic_page(shown: TopicShown) -> Page:
    """A page of help is text already."""
    return Page(notes=tuple(shown.text.rstrip("\n").splitlines()))


def topics_page(shown: TopicsShown) -> Page:
    """All topics."""
    return Page(grids=(Grid("", ("topic", "about"), tuple(shown.topics.items())),))


PAGES: Pages = {
    AnalyticShown: analytic_page,
    AnalyticsShown: analytics_page,
    CodeShown: code_page,
    CodesShown: codes_page,
    ConfigShown: config_page,
    SchemaShown: schema_page,
    SchemasShown: schemas_page,
    TextShown: text_page,
    TopicShown: topic_page,
    TopicsShown: topics_page,
}

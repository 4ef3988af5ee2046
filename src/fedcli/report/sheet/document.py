"""The page: a whole document of HTML, the same bytes for the same result."""

from __future__ import annotations

from fedcli.model.identifiers import short
from fedcli.model.shown.results import ResultShown
from fedcli.report.sheet.answers import answers
from fedcli.report.sheet.elements import Child, Element, render, tag
from fedcli.report.sheet.parts import banners, privacy, provenance, question, sites, tiles
from fedcli.report.sheet.style import STYLE, policy

_PARTS = ("question", "answers", "sites", "privacy", "provenance")


def document(shown: ResultShown) -> str:
    """The page as text."""
    return f"<!doctype html>\n{render(tag('html', _head(shown), _body(shown), lang='en'))}\n"


def _head(shown: ResultShown) -> Element:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy()),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{shown.result.title} · {short(shown.result.query)}"),
        tag("style", STYLE),
    )


def _body(shown: ResultShown) -> Element:
    result = shown.result
    main = (question(shown.question), answers(shown), sites(result), privacy(result), provenance(shown))
    return tag("body", tag("div", _top(shown), tag("main", main), _foot(), class_="sheet"))


def _top(shown: ResultShown) -> Element:
    result = shown.result
    parts = _PARTS if shown.question else _PARTS[1:]
    run = (" · run ", result.occurrence.words) if result.occurrence else None
    return tag(
        "header",
        tag("p", f"federated result · {result.federation}", class_="kicker"),
        tag("h1", tag("bdi", result.title)),
        tag(
            "p",
            tag("code", short(result.query)),
            f" · {result.dataset}, by {result.unit}s · combined ",
            tag("time", f"{result.issued:%Y-%m-%d}", datetime=f"{result.issued:%Y-%m-%d}"),
            run,
            class_="meta",
        ),
        banners(shown),
        tiles(result),
        tag("nav", tag("ul", (_link(part) for part in parts)), aria_label="parts of this page"),
    )


def _link(part: str) -> Child:
    return tag("li", tag("a", part.capitalize(), href=f"#{part}"))


def _foot() -> Element:
    text = (
        "Every number is one that the sites released, or follows from those alone. "
        "Written by fedcli; the page has no script and fetches nothing."
    )
    return tag("footer", tag("p", text))

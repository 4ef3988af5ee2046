"""Elements of HTML and SVG, which can only be what is safe: nobody can say a script, or a link, with them.

A text is a text wherever it comes from: it is escaped when it is written, and what would turn or hide letters
is made visible. Names of elements and attributes are from closed lists, so no text can become one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import NamedTuple, TypeAlias

from fedcli.report.console import visible

_NAMES = frozenset(
    (
        *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "nav", "section"),
        *(
            "h1",
            "h2",
            "h3",
            "h4",
            "p",
            "div",
            "span",
            "strong",
            "small",
            "code",
            "pre",
            "bdi",
            "data",
            "time",
        ),
        *("ul", "li", "dl", "dt", "dd", "a", "table", "caption", "thead", "tbody", "tr", "th", "td"),
        *("figure", "figcaption", "svg", "desc", "g", "line", "rect", "circle", "polyline", "text"),
    )
)
_VOID = frozenset({"meta"})
_ATTRIBUTES = frozenset(
    (
        *("lang", "charset", "name", "content", "http-equiv", "id", "class", "title", "role", "scope"),
        *("value", "datetime", "href", "tabindex", "viewBox", "width", "height", "x", "y", "x1", "y1"),
        *("x2", "y2", "cx", "cy", "r", "points", "text-anchor"),
        *("aria-labelledby", "aria-describedby", "aria-details", "aria-label"),
    )
)
_FRAGMENT = re.compile("#[a-z0-9-]+")


class Element(NamedTuple):
    """An element with its attributes, and what is in it."""

    name: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple[Child, ...]


Child: TypeAlias = "Element | str | int | Iterable[Child] | None"


def tag(name: str, /, *children: Child, **attributes: str | float | None) -> Element:
    """An element; `class_` and `aria_label` are the attributes `class` and `aria-label`. None is left out.

    Raises:
        ValueError: for a name that is not listed, and a link that leaves the page.
    """
    named = tuple((_named(key), _number(value)) for key, value in attributes.items() if value is not None)
    unknown = {name} - _NAMES | {key for key, _ in named} - _ATTRIBUTES
    if unknown:
        raise ValueError(f"not an element or attribute of a page: {', '.join(sorted(unknown))}")
    if any(key == "href" and not _FRAGMENT.fullmatch(value) for key, value in named):
        raise ValueError("a link of a page stays on it")
    return Element(name, named, children)


def render(node: Child) -> str:
    """What is written: every text escaped, for elements and attributes alike."""
    return "".join(_written(node))


def words(node: Child) -> str:
    """The text of an element, without its markup."""
    if isinstance(node, Element):
        return "".join(map(words, node.children))
    if node is None:
        return ""
    return str(node) if isinstance(node, str | int) else "".join(map(words, node))


def _written(node: Child) -> Iterable[str]:
    if isinstance(node, Element):
        attributes = "".join(f' {key}="{_text(value)}"' for key, value in node.attributes)
        yield f"<{node.name}{attributes}>"
        if node.name not in _VOID:
            for child in node.children:
                yield from _written(child)
            yield f"</{node.name}>"
    elif isinstance(node, str | int):
        yield _text(str(node))
    elif node is not None:
        for child in node:
            yield from _written(child)


def _text(text: str) -> str:
    return escape(visible(text), quote=True)


def _named(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _number(value: str | float) -> str:
    """A value as an attribute has it; lengths to the hundredth."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)

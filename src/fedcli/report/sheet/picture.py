"""A picture: what is drawn, how large, and in words what it shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fedcli.report.sheet.elements import Child, Element, tag
from fedcli.report.sheet.scale import Scale, Tick

WIDTH = 760.0
_LETTER = 7.3  # how wide a letter is, about, at the size of the pictures
_SERIES = 4


class Picture(NamedTuple):
    """A picture of a table of an answer, its size, and how its marks are read."""

    title: str
    about: str
    table: str
    height: float
    drawn: tuple[Element, ...]


def figure(picture: Picture, name: str, twin: str) -> Element:
    """A picture with its words; `twin` is the id of the table that has its numbers."""
    title, about = f"{name}-title", f"{name}-about"
    svg = tag(
        "svg",
        tag("title", picture.title, id=title),
        tag("desc", f"{picture.about} The table that follows has its numbers.", id=about),
        picture.drawn,
        viewBox=f"0 0 {WIDTH:.0f} {picture.height:.0f}",
        role="img",
        aria_labelledby=title,
        aria_describedby=about,
        aria_details=twin,
    )
    return tag("figure", svg, tag("figcaption", tag("strong", picture.title + "."), " ", picture.about))


def width_of(texts: Iterable[str], most: float = WIDTH) -> float:
    """How wide a column of texts is, about."""
    return min(max((len(one) * _LETTER for one in texts), default=0.0), most)


def clipped(text: str, room: float) -> str:
    """A text that fits, about; its whole is in the table."""
    letters = int(room / _LETTER)
    return text if len(text) <= letters else text[: max(letters - 1, 1)] + "…"


def series(number: int) -> str:
    """The class of a series; there are four, then they begin again."""
    return f"s{number % _SERIES + 1}"


def write(x: float, y: float, text: str, anchor: str = "start", class_: str | None = None) -> Element:
    """A text at a place."""
    return tag("text", text, x=x, y=y, text_anchor=anchor, class_=class_)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Element:
    """A line from a place to another."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def bottom(scale: Scale, marks: Iterable[Tick], top: float, y: float, title: str) -> list[Child]:
    """An axis below a picture that reaches from `top` to `y`, with its grid."""
    drawn: list[Child] = [line(scale.start, y, scale.end, y, "axis")]
    for one in marks:
        x = scale.at(one.at)
        drawn += [line(x, top, x, y, "grid"), write(x, y + 17, one.label, "middle", "quiet")]
    middle = scale.start + scale.length / 2
    return [*drawn, write(middle, y + 36, title, "middle", "quiet")]


def left(scale: Scale, marks: Iterable[Tick], x: float, end: float) -> list[Child]:
    """An axis at the left of a picture that reaches from `x` to `end`, with its grid."""
    drawn: list[Child] = [line(x, scale.start, x, scale.end, "axis")]
    for one in marks:
        y = scale.at(one.at)
        drawn += [line(x, y, end, y, "grid"), write(x - 8, y + 4, one.label, "end", "quiet")]
    return drawn

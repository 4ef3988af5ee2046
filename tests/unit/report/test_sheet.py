"""A result as a page: whole, safe whatever it says, readable by all, and with no number but the result's."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from fedcli.analytics import names
from fedcli.model.cells import About, Gap
from fedcli.model.result import Answer, Result
from fedcli.model.shown.results import ResultShown
from fedcli.report.sheet.answers import ABOUT
from fedcli.report.sheet.charts import CHARTS
from fedcli.report.sheet.document import document
from fedcli.report.sheet.elements import render, tag
from fedcli.report.sheet.style import DARK, LIGHT, STYLE
from tests.unit.report.results import (
    ABOUT as NOISY,
)
from tests.unit.report.results import (
    ANSWERS,
    HOSTILE,
    LINEAR,
    NOISE,
    analysis,
    hostile,
    result,
    table,
)

VOID = {"meta"}


class Seen(HTMLParser):
    """The elements of a page as a browser sees them: (name, attributes, where they lie, their text)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[dict[str, Any]] = []
        self.all: list[dict[str, Any]] = []
        self.comments: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {"name": tag, "with": dict(attrs), "in": [one["name"] for one in self.open], "text": ""}
        assert len(found["with"]) == len(attrs), f"an attribute of {tag} is there twice"
        self.all.append(found)
        if tag not in VOID:
            self.open.append(found)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()["name"] == tag

    def handle_data(self, data: str) -> None:
        for one in self.open:
            one["text"] += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def named(self, *names: str) -> list[dict[str, Any]]:
        """The elements with these names."""
        return [one for one in self.all if one["name"] in names]

    def ids(self) -> list[str]:
        """All ids, in order."""
        return [one["with"]["id"] for one in self.all if "id" in one["with"]]


def noisy() -> Result:
    """A result under differential privacy."""
    draws = {"north": NOISE}
    private = {"unit": "person", "disjoint": True, "rho": "0.3", "sites": {"north": "0.3"}}
    private |= {"delta": "0.000001", "epsilon": 4.1234}
    return result(
        analysis("crosstab", NOISY, noise=draws),
        analysis("glm", LINEAR, noise=draws),
        mode="differential-privacy",
        privacy=private,
    )


SHOWN = {
    "all": ResultShown(result=result()),
    "noisy": ResultShown(result=noisy()),
    "rounded": ResultShown(result=result(analysis("glm", LINEAR))),
    "causes": ResultShown(result=result(analysis("cumulative_incidence"))),
    "hostile": hostile(),
    "refused": ResultShown(
        result=result(
            {**analysis("count"), "answer": None, "code": "R-QUORUM", "sites": []}, status="refused"
        )
    ),
}


@pytest.fixture(params=SHOWN, scope="module")
def page(request: pytest.FixtureRequest) -> Seen:
    """Each page."""
    return Seen(document(SHOWN[request.param]))


def test_the_head(page: Seen) -> None:
    """It has a language, its letters are told first, and it may do nothing but be shown with its style."""
    assert page.all[0]["with"] == {"lang": "en"}
    first, policy = page.named("meta")[:2]
    assert first["with"] == {"charset": "utf-8"}
    assert policy["with"]["http-equiv"] == "Content-Security-Policy"
    rules = dict(rule.split(" ", 1) for rule in policy["with"]["content"].split("; "))
    digest = rules.pop("style-src")
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", digest)
    assert set(rules.values()) == {"'none'"}
    assert {"default-src", "img-src", "script-src", "base-uri", "form-action"} == set(rules)
    [style] = page.named("style")
    assert style["text"] == STYLE, "a browser hashes the style as it stands"
    assert render(tag("style", STYLE)) == f"<style>{STYLE}</style>", "nothing in it is escaped"
    assert not re.search(r"url\(|@import|expression", STYLE)


def test_nothing_runs_and_nothing_is_fetched(page: Seen) -> None:
    """No script, no handler, no style of an element, and no address: links stay on the page."""
    assert not page.named(
        "script", "iframe", "object", "embed", "img", "link", "form", "base", "image", "use"
    )
    assert page.comments == []
    ids = set(page.ids())
    for one in page.all:
        assert not [
            name for name in one["with"] if name.startswith("on") or name in ("style", "src", "action")
        ]
        assert one["with"].get("href", "#answers").removeprefix("#") in ids
        assert one["name"] != "meta" or one["with"].get("http-equiv") in (None, "Content-Security-Policy")


def test_order_and_names(page: Seen) -> None:
    """One first heading, no level left out, ids once, and whatever is pointed at is there."""
    levels = [int(one["name"][1]) for one in page.named("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - before <= 1 for before, later in pairwise(levels))
    assert len(page.ids()) == len(set(page.ids()))
    pointing = ("aria-labelledby", "aria-describedby", "aria-details")
    for one in page.all:
        assert {one["with"][name] for name in pointing if name in one["with"]} <= set(page.ids())
    for one in page.named("section"):
        assert "aria-labelledby" in one["with"]
    for one in page.named("th"):
        assert one["with"]["scope"] in ("row", "col")
    assert all(one["in"][-1] == "table" and one["text"] for one in page.named("caption"))
    assert len(page.named("caption")) == len(page.named("table"))


def test_every_picture_has_words_and_a_table(page: Seen) -> None:
    """A picture has a title and a description, and the id of the table with its numbers."""
    tables = {one["with"].get("id") for one in page.named("table")}
    for one in page.named("svg"):
        assert one["with"]["role"] == "img"
        assert one["with"]["aria-details"] in tables
        for name in ("aria-labelledby", "aria-describedby"):
            [words] = [inner for inner in page.all if inner["with"].get("id") == one["with"][name]]
            assert "svg" in words["in"]
            assert words["text"]


def test_every_analytic() -> None:
    """Each has its words; those that have pictures show them, and hidden numbers are marked as such."""
    assert set(ANSWERS) == set(ABOUT) == set(names())
    for name in ANSWERS:
        seen = Seen(document(ResultShown(result=result(analysis(name)))))
        assert bool(seen.named("svg")) == (name in CHARTS), name
        hidden = sum(isinstance(one, Gap) for one in _cells(result(analysis(name))))
        marked = [one for one in seen.named("span") if one["with"].get("class") == "gap"]
        assert len(marked) == hidden, name
        assert all(re.fullmatch(r"\[.+, .+\]", one["text"]) for one in marked)
        [tile] = [one for one in seen.named("div") if one["text"].startswith("numbers suppressed")]
        assert tile["text"].removeprefix("numbers suppressed") == str(hidden)


def test_an_enemys_words() -> None:
    """They stand on the page as they are, in every place, and nothing that would turn letters does."""
    text = document(hostile())
    seen = Seen(text)
    [heading] = seen.named("h1")
    assert heading["text"] == " ".join(HOSTILE)
    for words in HOSTILE:
        assert [one for one in seen.named("th") if one["text"] == words], words
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08]", text)
    assert "\\u202egnp" in text
    found = {one["name"] for one in seen.all}
    assert found <= {one["name"] for one in Seen(document(SHOWN["all"])).all} | {"bdi", "time"}


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("script", {}),
        ("img", {}),
        ("p", {"onclick": "1"}),
        ("p", {"style": "color:red"}),
        ("a", {"href": "https://evil.example"}),
        ("a", {"href": "javascript:alert(1)"}),
        ("a", {"href": '#x" onload="1'}),
        ("svg", {"xlink:href": "#a"}),
        ("p><script", {}),
        ("p", {'a" onload="x': "1"}),
    ],
)
def test_what_cannot_be_made(name: str, attributes: dict[str, str]) -> None:
    """Elements and attributes that are not listed, and links that leave the page, are no elements."""
    with pytest.raises(ValueError, match="page"):
        tag(name, **attributes)


@pytest.mark.parametrize("words", HOSTILE)
def test_an_enemys_attribute(words: str) -> None:
    """A text in an attribute stays in it."""
    [seen] = Seen(render(tag("p", title=words))).all
    assert seen["with"] == {"title": words}


def _cells(of: Result) -> Iterator[Any]:
    for one in of.analyses:
        told = one.answer or Answer()
        yield from told.scalars.values()
        for one_table in told.tables.values():
            yield from (cell for row in one_table.rows for cell in row)


def _known(of: Result) -> list[float]:
    """Every number that a page may tell: those of the answers, their ends, and ratios of coefficients."""
    found: list[float] = []
    for cell in _cells(of):
        if isinstance(cell, Gap | About):
            found += [end for end in (cell.low, cell.high) if end is not None]
        if isinstance(cell, About):
            found += [cell.value, (cell.high - cell.low) / 2]
        elif isinstance(cell, int | float):
            found.append(cell)
    for one in of.analyses:
        ratios = one.analytic in ("gee", "glm", "imputed", "multinomial")
        rows = one.answer.tables["coefficients"].rows if ratios and one.answer else ()
        found += [math.exp(cell) for row in rows for cell in row if isinstance(cell, float) and cell < 50]
    return found


MINUS = "\N{MINUS SIGN}"
#: A number in a text, which is no part of a name.
NUMBER = re.compile(rf"(?<![\w.])[{MINUS}-]?\d+(?:\.\d+)?(?:e[{MINUS}-]?\d+)?(?!\w)")


def _is_one_of(text: str, known: list[float], near: float = 0.5) -> bool:
    """Whether a number is one of those, up to so many units of its last digit.

    A half is a number that was rounded. Ends of intervals are rounded outwards, and accuracies upwards.
    """
    told = text.replace(MINUS, "-")
    mantissa, _, exponent = told.partition("e")
    last = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    if near > 0.5 and "." not in mantissa:  # `5270 ± 110`: zeros at the end are no digits
        last *= 10.0 ** (len(mantissa) - len(mantissa.rstrip("0")))
    return any(abs(float(told) - one) <= near * last * 1.0000001 for one in known)


@pytest.mark.parametrize("name", ["all", "noisy", "rounded"])
def test_only_the_results_numbers(name: str) -> None:
    """What stands in a table, or beside a mark of a picture, is a number of the result."""
    shown = SHOWN[name]
    seen, known = Seen(document(shown)), _known(shown.result)
    answers = next(one for one in seen.named("section") if one["with"]["aria-labelledby"] == "answers")
    written = [one for one in seen.named("text") if one["with"].get("class") is None]
    places = written + [
        one for one in seen.all if one["name"] in ("td", "dd") and one["in"].count("section") == 2
    ]
    assert answers["text"]
    found = [(one["text"], number) for one in places for number in NUMBER.findall(one["text"])]
    assert len(found) > 10
    assert [
        one for one in found if not _is_one_of(one[1], known, 1.0 if re.search("[±[]", one[0]) else 0.5)
    ] == []
    exact = [float(one["with"]["value"]) for one in seen.named("data")]
    assert [one for one in exact if not any(math.isclose(one, value) for value in known)] == []


def test_a_changed_number_would_be_seen() -> None:
    """The check above finds a number that is not the result's."""
    known = _known(SHOWN["all"].result)
    assert _is_one_of("61.27", known)
    assert not _is_one_of("61.37", known)
    assert _is_one_of("4103", known)
    assert not _is_one_of("4104", known)
    assert not _is_one_of("3051", known)


def test_intervals_hold_what_they_held() -> None:
    """Fewer digits never make the interval of a hidden number narrower."""
    from fedcli.report.sheet.cells import ends_told

    for low, high in (
        (0.965964, 0.989977),
        (-1.23456, -1.23449),
        (121.48312, 121.76491),
        (0, 9),
        (None, 7.77777),
    ):
        told = ends_told(Gap(low=low, high=high)).replace(MINUS, "-").strip("[]").split(", ")
        first, last = (math.nan if end == "?" else float(end) for end in told)
        assert low is None or first <= low
        assert high is None or last >= high
        assert math.isnan(first) == (low is None)


def test_the_same_bytes() -> None:
    """The same result is the same page, so that it can be written again."""
    for shown in SHOWN.values():
        assert document(shown) == document(shown.model_copy())


def _light(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours (WCAG 2.2)."""
    dark, light = sorted((_light(one), _light(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_of_contrast() -> None:
    """The formula has its ends where WCAG has them."""
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast(palette: dict[str, str]) -> None:
    """Every text has 4.5:1 on every ground on which it stands, every mark of a picture 3:1."""
    grounds = ("paper", "panel", "h1", "h2", "h3", "h4")
    texts = [("ink", ground) for ground in (*grounds, "warnpanel", "badpanel")]
    texts += [(colour, "paper") for colour in ("muted", "s1", "s2", "s3", "s4")]
    texts += [("warn", "warnpanel"), ("bad", "badpanel")]
    told = {pair: contrast(palette[pair[0]], palette[pair[1]]) for pair in texts}
    assert {pair: ratio for pair, ratio in told.items() if ratio < 4.5} == {}
    assert all(contrast(palette[one], palette["paper"]) >= 3 for one in ("axis", "s1", "s2", "s3", "s4"))
    assert LIGHT.keys() == DARK.keys()


def test_every_colour_has_a_name() -> None:
    """The style uses no colour that the palettes do not have, so that the check above sees all."""
    rules = STYLE.partition("*{box-sizing")[2]
    assert not re.search(r"#[0-9a-f]{3,8}\b|rgb|hsl", rules)
    assert set(re.findall(r"var\(--(\w+)\)", rules)) <= {*LIGHT, "c"}


def test_banners() -> None:
    """What must be known first is told in words: preview, partial, recalled, not known, worked out."""
    made = result(analysis("count"), maturity="preview", status="partial")
    told = Seen(document(ResultShown(result=made, withdrawn={"north": "a mistake"}, unseen=True)))
    notes = [one["text"] for one in told.all if one["with"].get("role") == "note"]
    assert [text.split()[0] for text in notes] == ["PreviewThe", "Partial", "Recallednorth", "Recalls"]
    quiet = Seen(document(ResultShown(result=result(analysis("count")))))
    assert not [one for one in quiet.all if one["with"].get("role") == "note"]


def test_refusals_have_remedies() -> None:
    """A site that refused is there with its code, what that means, and what to do."""
    seen = Seen(document(hostile()))
    cells = [one["text"] for one in seen.named("th", "td")]
    assert "n: D-REFUSED" in cells
    assert "widen the cohort, use fewer or coarser groups, or ask the site" in cells


BETWEEN = {
    "by_site": table(
        "variable site estimate std_error conf_low conf_high",
        2,
        ["age", "north", 57.375, 0.2982, 56.79, 57.96],
        ["age", "south", 62.31, 0.2946, 61.74, 62.89],
    ),
    "heterogeneity": table(
        "variable sites q p_value random conf_low conf_high", 1, ["age", 2, 138.6, 1e-31, 59.84, 28.47, 91.22]
    ),
    "leave_one_out": table("variable without random", 2),
}


def test_sites_side_by_side() -> None:
    """A forest with a line for each site and one for all of them, with tables of the numbers beside it."""
    told = analysis("summary") | {"between": BETWEEN}
    seen = Seen(document(ResultShown(result=result(told))))
    [picture] = seen.named("svg")
    words = [one["text"] for one in seen.all if "svg" in one["in"] and one["text"]]
    assert {"north", "south", "together", "57.38 [56.79, 57.96]", "59.84 [28.47, 91.22]"} <= set(words)
    assert picture["with"]["aria-details"] == "a1-by-site"
    assert "Between the sites" in [one["text"] for one in seen.named("h4")]
    captions = [one["text"] for one in seen.named("caption")]
    assert captions[1:4] == [
        "what each site estimates alone",
        "how far the sites differ, and what they say together",
        "without each site",
    ]


def test_many_effects_have_tables_alone() -> None:
    """Where pictures would be a wall, and for intercepts, which mean something else at each site."""
    rows = BETWEEN["by_site"]["rows"]
    for terms in ([f"x{at}" for at in range(9)], ["(Intercept)"]):
        many = {
            "by_site": BETWEEN["by_site"] | {"rows": [[name, *row[1:]] for name in terms for row in rows]},
            "heterogeneity": BETWEEN["heterogeneity"]
            | {"rows": [[name, *BETWEEN["heterogeneity"]["rows"][0][1:]] for name in terms]},
            "leave_one_out": BETWEEN["leave_one_out"],
        }
        seen = Seen(document(ResultShown(result=result(analysis("summary") | {"between": many}))))
        assert not seen.named("svg")
        assert len(seen.named("table")) >= 4

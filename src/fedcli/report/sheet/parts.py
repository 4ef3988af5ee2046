"""The parts of the page around the answers: what it is, who took part, what it cost, what was audited."""

from __future__ import annotations

from collections.abc import Iterator

from fedcli.errors import CATALOGUE
from fedcli.model.cells import About, Gap
from fedcli.model.identifiers import short
from fedcli.model.result import Reliability, Result, SiteResult
from fedcli.model.shown.results import UNVOUCHED, QuestionShown, ResultShown, recalled, worked_out
from fedcli.report.figures import power, upwards
from fedcli.report.privacy import privacy_grid
from fedcli.report.sheet.elements import Child, Element, tag
from fedcli.report.sheet.tables import grid

_STATUS = {
    "done": "complete",
    "partial": "partial: sites or answers are missing",
    "refused": "refused: there are no answers",
}
_CHECK = "With a copy of the exchange, and the digest of its first root from a source that you trust:"
#: A sign before the word, so that a status is not told by its colour.
_SIGNS = {"released": "●", "partial": "◐", "refused": "✕", "missing": "○", "withdrawn": "⊘"}


def banners(shown: ResultShown) -> Iterator[Element]:
    """What must be known before a number is read, each in a box of its own."""
    result = shown.result
    if shown.given:
        yield _banner("bad", "Not verified", f"{UNVOUCHED[0].upper()}{UNVOUCHED[1:]}; see Provenance.")
    if result.maturity == "preview":
        yield _banner(
            "warn",
            "Preview",
            "The numbers are not for live data: a site's policy only records its checks.",
        )
    elif result.maturity == "rehearsal":
        yield _banner("warn", "Rehearsal", "This is not a release: it was made from data at hand.")
    if result.status != "done":
        title = "Partial result" if result.status == "partial" else "Refused"
        yield _banner(
            "warn", title, f"{_STATUS[result.status].partition(': ')[2].capitalize()}; see the sites below."
        )
    gone = {one.site: one.reason or "" for one in result.sites if one.status == "withdrawn"}
    for site, why in shown.withdrawn.items():
        yield _banner("bad", "Recalled", f"{recalled(site, why)}.")
    for site, why in gone.items():
        yield _banner("warn", "Recalled before this was made", f"{site} has no part in it: {why}.")
    if shown.unseen:
        yield _banner(
            "warn",
            "Recalls are not known",
            "Whether a site has recalled its release since could not be seen.",
        )
    yield from _worked_out(result)


def _worked_out(result: Result) -> Iterator[Element]:
    """What an audit warns of: one box, the list is with the audit."""
    warned = worked_out(result)
    if len(warned) == 1:
        yield _banner("bad", "A hidden count can be narrowed", f"{warned[0]}.")
    elif warned:
        text = (
            f"The audit warns of {len(warned)} counts: they can be known more closely than told, see Privacy."
        )
        yield _banner("bad", "Hidden counts can be narrowed", text)


def _banner(kind: str, title: str, text: str) -> Element:
    return tag("div", tag("strong", title), tag("p", text), class_=f"banner {kind}", role="note")


def tiles(result: Result) -> Element:
    """The result at a glance."""
    hidden, about = _marked(result)
    inside = sum(one.status in ("released", "partial") for one in result.sites)
    answered = sum(one.answer is not None for one in result.analyses)
    told: list[tuple[str, Child]] = [
        ("status", _STATUS[result.status].partition(":")[0]),
        ("sites in / asked", f"{inside} / {len(result.sites)}"),
        ("analyses answered", f"{answered} / {len(result.analyses)}"),
        ("numbers suppressed", str(hidden)),
        ("numbers with noise" if _noisy(result) else "numbers rounded", str(about)),
        *_price(result),
    ]
    return tag("dl", (tag("div", tag("dt", name), tag("dd", one)) for name, one in told), class_="tiles")


def _price(result: Result) -> list[tuple[str, Child]]:
    """What a person has paid, where answers have noise."""
    told = result.privacy
    if told is None:
        return []
    if told.epsilon is None or told.conditional:
        return [("privacy spent", ("rho ", told.rho, tag("small", "no epsilon can be told")))]
    return [
        (
            "privacy spent",
            (f"ε {upwards(told.epsilon)}", tag("small", f"rho {told.rho}, δ {power(told.delta)}")),
        )
    ]


def _noisy(result: Result) -> bool:
    return any(one.noise for one in result.analyses)


def _marked(result: Result) -> tuple[int, int]:
    """How many numbers are suppressed, and how many are rounded or have noise."""
    cells: list[object] = []
    for one in result.analyses:
        if one.answer is not None:
            cells += one.answer.scalars.values()
            cells += [
                cell
                for table in one.answer.tables.values()
                for row in table.rows
                for cell in row[table.keys :]
            ]
    return tuple(sum(isinstance(cell, kind) for cell in cells) for kind in (Gap, About))  # type: ignore[return-value]


def question(asked: QuestionShown | None) -> Element | None:
    """What was asked, where the signed query was at hand; the author's own words bind nothing."""
    if asked is None:
        return None
    facts = (
        ("cohort", tag("code", asked.cohort)),
        ("project", asked.project),
        ("purpose", asked.purpose),
        ("asked by", asked.researcher),
    )
    return tag(
        "section",
        tag("h2", "Question", id="question"),
        tag("p", asked.description, class_="lede") if asked.description else None,
        tag("dl", (tag("div", tag("dt", name), tag("dd", one)) for name, one in facts), class_="asked"),
        aria_labelledby="question",
    )


def sites(result: Result) -> Element:
    """Who took part, who did not and why, and what can be done."""
    noisy = result.mode == "differential-privacy"
    columns = (
        "site",
        "status",
        "policy",
        "questions",
        "numbers that left",
        *(("rho",) if noisy else ()),
        "rounds answered",
        "why",
    )
    rows = ((_site(one, noisy)) for one in result.sites)
    return tag(
        "section",
        tag("h2", "Sites", id="sites"),
        grid(
            "who was asked, and what each answered", columns, rows, frozenset({3, 4, 5} if noisy else {3, 4})
        ),
        _remedies(result),
        aria_labelledby="sites",
    )


def _site(one: SiteResult, noisy: bool) -> list[Child]:
    status = tag("span", f"{_SIGNS[one.status]} {one.status}", class_="status")
    rho: list[Child] = [one.rho or "—"] if noisy else []
    why = one.reason or ", ".join(f"{name}: {code}" for name, code in sorted(one.refusals.items()))
    numbers: list[Child] = [str(one.questions), str(one.scalars), *rho]
    return [one.site, status, one.policy_name or "—", *numbers, _kept_up(one.reliability), why or "—"]


def _kept_up(told: Reliability | None) -> str:
    """Of how many rounds, and after which time."""
    if told is None:
        return "—"
    return f"{told.answered} of {told.asked}" + ("" if told.hours is None else f", after {told.hours:g} h")


def _remedies(result: Result) -> list[Element]:
    """What each code of a refusal means, and what to do."""
    codes = sorted({code for one in result.sites for code in one.refusals.values()})
    codes += sorted({one.code for one in result.analyses if one.code} - set(codes))
    rows = [(tag("code", code), *_remedy(code)) for code in codes]
    return (
        [grid("what the codes mean, and what to do", ("code", "means", "what to do"), rows)] if rows else []
    )


def _remedy(code: str) -> tuple[str, str]:
    entry = CATALOGUE.get(code)
    if entry is None:
        return "a code of another version", f"fedcli explain {code}"
    texts = (entry.what, entry.fix)
    return tuple(text if "$" not in text else f"fedcli explain {code}" for text in texts)  # type: ignore[return-value]


def privacy(result: Result) -> Element:
    """How persons were protected, and at what price."""
    found = privacy_grid(result)
    if found is None:
        text = "Disclosure control: each site checked its numbers by its own policy before they left."
        body: Child = tag("p", text)
    else:
        body = grid(
            "differential privacy", ("", "what is so"), [[str(one) for one in row] for row in found.rows]
        )
    return tag(
        "section", tag("h2", "Privacy", id="privacy"), body, _audited(result), aria_labelledby="privacy"
    )


def _audited(result: Result) -> list[Element]:
    """What the audit of the hidden counts found."""
    audit = result.audit
    if audit is None:
        return []
    if not (audit.hidden or audit.left):
        text = "No count of a table is hidden, so there was nothing to audit."
    elif audit.left or not audit.audited:
        text = f"Hidden counts: {audit.hidden}; not all could be audited ({audit.left} are not)."
    elif audit.narrowed:
        many = len(audit.narrowed)
        text = f"Hidden counts: {audit.hidden}, of which {many} can be known more closely than told."
    else:
        text = f"Hidden counts: {audit.hidden}; none can be worked out with the other tables of this query."
    found = [(one.analysis, one.site or "all sites", one.cell) for one in audit.narrowed]
    listed = (
        [grid("hidden counts that can be narrowed", ("analysis", "site", "count"), found)] if found else []
    )
    source = " Totals from elsewhere were taken into account." if audit.totals else ""
    return [tag("h3", "Audit of hidden counts"), tag("p", text + source), *listed]


def provenance(shown: ResultShown) -> Element:
    """Where each number is from, and how anyone checks it."""
    result = shown.result
    facts = [
        ("query", _digest(result.query)),
        ("result", _digest(result.sha256)),
        ("federation", result.federation),
        (
            "combined",
            tag(
                "time", f"{result.issued:%Y-%m-%d %H:%M} UTC", datetime=f"{result.issued:%Y-%m-%dT%H:%M:%SZ}"
            ),
        ),
        ("rounds", str(result.rounds)),
        ("maturity", result.maturity),
        ("analytics", ", ".join(dict.fromkeys(f"{one.analytic} {one.version}" for one in result.analyses))),
    ]
    releases = [
        (one.site, _digest(one.release), _digest(one.policy), one.snapshot or "—")
        for one in result.sites
        if one.release is not None
    ]
    return tag(
        "section",
        tag("h2", "Provenance", id="provenance"),
        grid("what this page shows", ("of", "is"), facts),
        grid(
            "the releases that were added up", ("site", "release", "policy", "snapshot of the data"), releases
        ),
        tag("h3", "Check it"),
        tag("p", _CHECK),
        tag("pre", "\n".join(_commands(result))),
        aria_labelledby="provenance",
    )


def _commands(result: Result) -> list[str]:
    """The commands that check signatures, history and the sum."""
    query, run = short(result.query), f" --run {result.occurrence.run}" if result.occurrence else ""
    return [
        "fedcli verify exchange/ --exchange exchange/ --pin DIGEST   # every signature, back to the root",
        "fedcli audit check exchange/ --pin DIGEST   # what was allowed, and what it cost",
        f"fedcli combine {query}{run}   # the researcher: adds up the same releases again",
    ]


def _digest(digest: str | None) -> Child:
    return tag("span", digest, class_="digest") if digest else "—"

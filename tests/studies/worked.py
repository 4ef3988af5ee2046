"""The worked studies of the manual: query files on the sample data, rehearsed, and what their pages show.

Nothing on a page is typed in: its tables are what a rehearsal said, and its sentences take their numbers
from the same place. `python -m tests.studies rare-disease` prints what a page is made of.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fedcli.files.reader import read
from fedcli.files.strict import parse_toml
from fedcli.model.cells import About, Gap
from fedcli.model.disclosure import Mitigation
from fedcli.model.result import AnalysisResult, Answer, Table
from fedcli.model.shown.results import RehearsalShown, ResultShown
from fedcli.policy.ontology import CHECKS
from fedcli.report.page import lines
from fedcli.report.plans import explained_page
from fedcli.report.results import result_page
from fedcli.workflows.explaining import explain
from fedcli.workflows.rehearse import rehearse
from fedcli.workflows.spare import Siblings
from fedcli.workflows.tidy import _cells
from tests.analytics import rounded

PROJECT = Path(__file__).parents[2]
SAMPLES = PROJECT / "sample_data"
_DIGITS = 4
_NAMED, _TOLD_APART = 2, 9
_NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Study(NamedTuple):
    """A study: the sample it is of, and its query's file."""

    sample: str
    name: str

    @property
    def folder(self) -> Path:
        """Where the sites' data are."""
        return SAMPLES / self.sample

    @property
    def query(self) -> Path:
        """The query's file."""
        return self.folder / "studies" / f"{self.name}.toml"

    @property
    def dictionary(self) -> Path:
        """The dictionary that the sites of the sample agreed on."""
        dataset = parse_toml(read(self.folder / "scenario.toml"), "scenario.toml")["dataset"]
        return self.folder / f"{dataset}.toml"

    @property
    def ids(self) -> tuple[str, ...]:
        """The analyses of the query, in its order."""
        return tuple(one["id"] for one in parse_toml(read(self.query), self.name)["analysis"])

    def policy(self, name: str) -> str:
        """A profile by its name, or the file of a policy that is beside the query."""
        own = self.query.with_name(f"{name}.toml")
        return str(own) if own.exists() else name


STUDIES = {
    one.name: one
    for one in (
        Study("hospitals", "rare-disease"),
        Study("banks", "fraud"),
        Study("banks", "fraud-and-chips"),
        Study("suppliers", "delays"),
    )
}
#: What the pages call the rules under which a study is rehearsed.
ALONE = "alone"


@cache
def played(name: str, policy: str) -> RehearsalShown:
    """A study's query, rehearsed under a profile."""
    one = STUDIES[name]
    with Siblings() as spares:
        rules = one.policy(policy)
        return rehearse(one.query, one.folder, one.dictionary, rules, _NOW, spares)


@cache
def alone(name: str, analysis: str) -> RehearsalShown:
    """One analysis of a study, as if nothing else had been asked, under the profile `standard`."""
    one = STUDIES[name]
    head, *parts = one.query.read_text().split("[[analysis]]\n")
    [mine] = [part for number, part in zip(one.ids, parts, strict=True) if number == analysis]
    with tempfile.TemporaryDirectory(prefix="fedcli-studies-") as folder, Siblings() as spares:
        query = Path(folder) / one.query.name
        query.write_text(f"{head}[[analysis]]\n{mine}")
        return rehearse(query, one.folder, one.dictionary, "standard", _NOW, spares)


def told(name: str, policy: str, analysis: str) -> tuple[RehearsalShown, AnalysisResult]:
    """How a study was rehearsed, and one analysis of its result."""
    shown = alone(name, analysis) if policy == ALONE else played(name, policy)
    assert shown.result is not None, shown.problem
    [found] = [one for one in shown.result.analyses if one.id == analysis]
    return shown, found


def command(name: str, policy: str = "standard") -> str:
    """The one command that rehearses a study."""
    one = STUDIES[name]
    file, data, agreed = (str(path.relative_to(PROJECT)) for path in (one.query, one.folder, one.dictionary))
    rules = one.policy(policy)
    rules = str(Path(rules).relative_to(PROJECT)) if Path(rules).exists() else rules
    more = "" if policy == "standard" else f" --policy {rules}"
    return f"```console\n$ fedcli rehearse {file} --data {data} --dictionary {agreed}{more}\n```"


def query(name: str) -> str:
    """A study's query, as it is written."""
    return f"```toml\n{STUDIES[name].query.read_text().strip()}\n```"


def answer(name: str, analysis: str, policy: str = "standard") -> str:
    """One answer as the command prints it, at four digits."""
    shown, found = told(name, policy, analysis)
    assert shown.result is not None
    brief = rounded(found).model_copy(update={"between": _brief_tables(found)}) if found.answer else found
    page = result_page(ResultShown(result=shown.result.model_copy(update={"analyses": (brief,)})))
    text = lines(page)
    started = next(place for place, line in enumerate(text) if line.startswith(f"{analysis}: "))
    notes = [line for line in text if line.startswith(("[a, b]", "c [a, b]"))]
    return "\n".join(["```text", *text[started : text.index("sites")], *notes, "```"]).replace(
        "\n\n```", "\n```"
    )


def _brief_tables(found: AnalysisResult) -> dict[str, Table]:
    """What sites estimate alone, at as many digits as the answer."""
    parts = found.model_copy(update={"answer": Answer(tables=found.between)})
    return dict((rounded(parts).answer or Answer()).tables)


def cost(name: str, *policies: str) -> str:
    """For each analysis what disclosure control has left of it: a column for each set of rules."""
    one = STUDIES[name]
    head = ["analysis", "analytic", *(HEADS.get(policy, f"`{policy}`") for policy in policies)]
    rows = [[f"`{key}`", told(name, policies[0], key)[1].analytic] for key in one.ids]
    for row, key in zip(rows, one.ids, strict=True):
        row += [outcome(*told(name, policy, key)) for policy in policies]
    return _table(head, rows)


HEADS = {ALONE: "`standard`, asked alone", "standard": "`standard`, in this query"}


def outcome(shown: RehearsalShown, found: AnalysisResult) -> str:
    """What came of an analysis, in words: how many numbers are hidden, or who refused, and by which check."""
    refused = _refusals(shown, found)
    if found.answer is None:
        return "; ".join(refused) or f"no answer ({found.code})"
    cells = [cell for _, cell in _cells(found.answer)]
    hidden = sum(isinstance(cell, Gap) for cell in cells)
    said = "answered" if not hidden else f"answered, {hidden} of {len(cells)} numbers are intervals"
    return "; ".join([said, *refused])


def _refusals(shown: RehearsalShown, found: AnalysisResult) -> list[str]:
    """Who gave no answer, by the checks that were why."""
    why: dict[str, list[str]] = {}
    for site in shown.rehearsed:
        if site.site not in found.sites:
            reason = _reason(shown, site.site, found.id)
            reason = reason if len(shown.rehearsed) <= _TOLD_APART else reason.partition(" (")[0]
            why.setdefault(reason, []).append(site.site)
    return [f"{reason} at {_all(sites, shown)}" for reason, sites in why.items()]


def _reason(shown: RehearsalShown, site: str, analysis: str) -> str:
    [told] = [one for one in shown.rehearsed if one.site == site]
    failed = {one.check for one in told.findings if one.analysis == analysis and one.enforced}
    for mitigation, word in ((Mitigation.REFUSE, "refused"), (Mitigation.ASK, "waits for people")):
        checks = sorted(check for check in failed if CHECKS[check].mitigation is mitigation)
        if checks:
            return f"{word} (`{'`, `'.join(checks)}`)"
    bound = sorted(failed)
    return f"refused (`{'`, `'.join(bound)}`)" if bound else f"refused ({told.code})"


def _all(sites: list[str], shown: RehearsalShown) -> str:
    if len(sites) == len(shown.rehearsed):
        return "all sites"
    return " and ".join(sites) if len(sites) <= _NAMED else f"{len(sites)} of {len(shown.rehearsed)} sites"


def beside(name: str, first: str, second: str, places: dict[str, str]) -> str:
    """Some numbers under two sets of rules, side by side: what each is called, and its `analysis: place`."""
    rows = []
    for words, where in places.items():
        analysis, place = where.split(": ")
        both = [_number(told(name, policy, analysis)[1], place) for policy in (first, second)]
        rows.append([words, *both])
    return _table(["", HEADS.get(first, f"`{first}`"), HEADS.get(second, f"`{second}`")], rows)


def _number(found: AnalysisResult, place: str) -> str:
    if found.answer is None:
        return "no answer"
    cell = dict(_cells(found.answer))[place]
    if isinstance(cell, Gap):
        return f"[{_brief(cell.low)}, {_brief(cell.high)}]"
    return _brief(cell.value if isinstance(cell, About) else cell)


def _brief(number: object) -> str:
    if number is None:
        return "?"
    return f"{number:.{_DIGITS}g}" if isinstance(number, float) else str(number)


def noise(name: str, persons: int) -> str:
    """What `fedcli query explain` says of a study's query with noise: the error to expect, and its price."""
    one = STUDIES[name]
    query = one.query.with_name(f"{name}-noise.toml")
    text = lines(explained_page(explain(None, query, one.dictionary, "private", persons)))
    started = next(place for place, line in enumerate(text) if line.startswith("expected error"))
    ended = next(place for place, line in enumerate(text) if line.startswith("no check looks"))
    file, agreed = (path.relative_to(PROJECT) for path in (query, one.dictionary))
    line = f"$ fedcli query explain {file} --dictionary {agreed} --policy private --persons {persons}"
    return "\n".join(["```console", line, "```\n", "```text", *text[started : ended - 1], "```"])


def left(name: str) -> str:
    """What may leave each site at most for each analysis, and what left, under the profile `standard`."""
    one = STUDIES[name]
    explained = explain(None, one.query, one.dictionary, "standard")
    rows = []
    for key in one.ids:
        shown, found = told(name, "standard", key)
        parts = [leaf for leaf in explained.leaves if leaf.analysis == key]
        names = ", ".join(f"`{leaf.field}`" for leaf in parts)
        numbers = sum(leaf.numbers for leaf in parts)
        rows.append(
            [f"`{key}`", names, str(numbers), *(_at(shown, found, site.site) for site in shown.rehearsed)]
        )
    sites = [site.site for site in played(name, "standard").rehearsed]
    return _table(["analysis", "what leaves", "numbers, each round", *sites], rows)


def _at(shown: RehearsalShown, found: AnalysisResult, site: str) -> str:
    """What one site did: released, with so many cells of a check hidden; or not."""
    if site not in found.sites:
        return _reason(shown, site, found.id)
    [told] = [one for one in shown.rehearsed if one.site == site]
    hidden: dict[str, int] = {}
    for finding in told.findings:
        if finding.analysis == found.id and finding.enforced:
            hidden[finding.check] = hidden.get(finding.check, 0) + finding.cells
    parts = [f"{cells} by `{check}`" for check, cells in hidden.items()]
    return f"hidden: {', '.join(parts)}" if parts else "all"


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])

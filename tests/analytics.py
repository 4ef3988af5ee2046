"""The pages of the analytics: what each asks, what leaves a site for it, and a real answer.

A new analytic gets its page with nothing written here: its fields are the parameters, its shape tells what
leaves, and its own example is rehearsed on the first sample whose dictionary has its columns.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from fedcli.errors import FedcliError
from fedcli.files.reader import read
from fedcli.files.strict import parse_toml
from fedcli.model.cells import About
from fedcli.model.dataset import Dictionary
from fedcli.model.query import Asked, Draft
from fedcli.model.result import AnalysisResult, Answer, Result, Table
from fedcli.model.shown.plans import QueryExplained
from fedcli.model.shown.reference import AnalyticShown
from fedcli.model.shown.results import ResultShown
from fedcli.policy.profiles import profile_or_file
from fedcli.report.numbered import folded
from fedcli.report.page import lines
from fedcli.report.plans import _OTHERWISE, _precision
from fedcli.report.results import result_page
from fedcli.statistics.shape import Field
from fedcli.workflows.admit import admit_analysis
from fedcli.workflows.demo import _sites
from fedcli.workflows.dictionary import read_dictionary
from fedcli.workflows.explaining import explain
from fedcli.workflows.questions import analytics
from fedcli.workflows.rehearse import rehearse
from fedcli.workflows.resolve import resolve
from fedcli.workflows.rounds import iterative, rounds_of
from fedcli.workflows.spare import Siblings

PROJECT = Path(__file__).parent.parent
PAGES = PROJECT / "docs" / "analytics"
#: Which samples are tried, in this order, and what people call them.
SAMPLES = {
    "hospitals": "visits of three hospitals (`sample_data/hospitals`)",
    "patients": "the first visits of the patients of three hospitals (`sample_data/hospitals`, one row each)",
    "banks": "card payments of three banks (`sample_data/banks`)",
    "suppliers": "deliveries of three suppliers (`sample_data/suppliers`)",
}
RULES = "standard"
#: What is refused there, and the profile under which it is rehearsed.
_ELSEWHERE = {"network": "evaluation"}
#: Examples that are rehearsed by themselves: they tell of so many groups that little is left for the others.
_ALONE = ("boosted_trees", "k_means", "random_forest", *_ELSEWHERE)
_NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
_DIGITS, _OF_SMALL, _SMALL = 4, 2, 1e-6
_NEW = """# {name}

<!-- [[[cog
import cog
from tests import analytics
cog.outl(analytics.page("{name}"))
]]] -->
<!-- [[[end]]] -->
"""


class Rehearsed(NamedTuple):
    """The examples of all analytics that a sample fits: what they would release, and what they answered."""

    sample: str
    dictionary: Dictionary
    explained: QueryExplained
    result: Result


def begin() -> None:
    """Make the page of every analytic that has none."""
    PAGES.mkdir(exist_ok=True)
    for one in analytics().analytics:
        if not path(one.name).exists():
            path(one.name).write_text(_NEW.format(name=one.name))


def missing() -> list[str]:
    """Analytics without a page, and pages without an analytic."""
    known = {path(one.name).name for one in analytics().analytics}
    return sorted(known ^ {found.name for found in PAGES.glob("*.md")})


def path(name: str) -> Path:
    """Where the page of an analytic is."""
    return PAGES / f"{name}.md"


def index() -> str:
    """All analytics with links to their pages."""
    rows = [
        f"| [{one.name}](analytics/{one.name}.md) | {one.about} | {_rounds(one)} |"
        for one in analytics().analytics
    ]
    return "\n".join(["| analytic | answers | rounds |", "|---|---|---|", *rows])


def page(name: str) -> str:
    """What is known of an analytic without anybody writing it."""
    [one] = [one for one in analytics().analytics if one.name == name]
    parts = [f"Version {one.version}. {one.about}", one.description, *_asking(one)]
    found = rehearsed(name)
    if found is not None:
        parts += _leaving(one, found)
        if name not in _ELSEWHERE:  # whose weights begin by lot, each time elsewhere
            parts += _answering(one, found)
    return "\n\n".join(part for part in parts if part)


def _asking(one: AnalyticShown) -> Iterator[str]:
    yield "## Asking"
    rows = [f"| `{name}` | {meaning} |" for name, meaning in one.parameters.items()]
    yield "\n".join(["| parameter | meaning |", "|---|---|", *rows]) if rows else "It has no parameters."
    yield "\n".join(["```toml", *one.analysis, "```"])
    yield (
        f"`fedcli analytic example {one.name}` prints this block, and `fedcli analytic schema {one.name}` "
        "the JSON Schema of the parameters."
    )


def _leaving(one: AnalyticShown, found: Rehearsed) -> Iterator[str]:
    own = _id(one.name)
    yield "## What leaves each site"
    statbarns = {field.name: field.statbarn.value for field in _fields(one, found)}
    known = {told.field: told for told in found.explained.leaves if told.analysis == own}
    rows = [
        f"| `{label}` | {' x '.join(known[one].over) or '-'} | {known[one].numbers * len(several)} "
        f"| {_precision(known[one])} | {statbarns[one]} |"
        for label, several in folded(known).items()
        for one in several[:1]
    ]
    yield (
        f"For the example above, on the dictionary `{found.dictionary.dataset}` and under the profile "
        f"`{_rules(one.name)}`, at most:"
    )
    yield "\n".join(
        ["| what | one for each | numbers | precision | statbarn |", "|---|---|---|---|---|", *rows]
    )
    yield "These checks judge it:"
    yield "\n".join(["| check | wants | judges | otherwise |", "|---|---|---|---|", *_checks(own, found)])
    yield (
        "[disclosure-rules.md](../disclosure-rules.md) explains each check with examples. "
        f"`fedcli query explain` prints these tables for your own query. Rounds: {_rounds(one)}. "
        f"Recipients: the researcher{', and every site of the query' if _takes_rounds(one) else ''}."
    )


def _checks(own: str, found: Rehearsed) -> Iterator[str]:
    for told in found.explained.checks:
        judged = [field.partition(".")[2] for field in told.fields if field.startswith(f"{own}.")]
        if judged:
            fields = ", ".join(f"`{field}`" for field in folded(judged))
            yield f"| {told.check} | {told.wants} | {fields} | {_OTHERWISE[told.otherwise]} |"


def _answering(one: AnalyticShown, found: Rehearsed) -> Iterator[str]:
    yield "## A real answer"
    yield (
        f"The same block, rehearsed on {SAMPLES[found.sample]} under the profile `{_rules(one.name)}` "
        f"([how](../analytics.md#rehearsing-the-examples)):"
    )
    [own] = [rounded(answer) for answer in found.result.analyses if answer.id == _id(one.name)]
    text = lines(result_page(ResultShown(result=found.result.model_copy(update={"analyses": (own,)}))))
    started = next(place for place, line in enumerate(text) if line.startswith(f"{own.id}: "))
    ended = text.index("sites")
    notes = [line for line in text[ended:] if line.startswith("[a, b]")]
    shown = "\n".join([*text[started:ended], *notes]).rstrip()
    yield f"```text\n{shown}\n```"


def _rules(name: str | None) -> str:
    """The profile of an example, or of all together."""
    return _ELSEWHERE.get(name or "", RULES)


def rehearsed(name: str) -> Rehearsed | None:
    """The rehearsal of an analytic's example, on the first sample that fits it.

    That is the one of all examples; where these together tell too much, of this one by itself.
    """
    sample = sample_of(name)
    if sample is None:
        return None
    if name in _ALONE:
        return _rehearsal(sample, name)
    together = _rehearsal(sample)
    told = any(one.answer for one in together.result.analyses if one.id == _id(name))
    return together if told else _rehearsal(sample, name)


@cache
def _fitting() -> dict[str, tuple[str, ...]]:
    """For each sample the analytics whose example its dictionary admits."""
    return {
        sample: tuple(one.name for one in analytics().analytics if _fits(one, _agreed(sample)))
        for sample in SAMPLES
    }


@cache
def _agreed(sample: str) -> Dictionary:
    with tempfile.TemporaryDirectory(prefix="fedcli-pages-") as scratch:
        return read_dictionary(_dictionary(sample, Path(scratch)))


def sample_of(name: str) -> str | None:
    """The first sample that the example of an analytic fits."""
    return next((sample for sample in SAMPLES if name in _fitting()[sample]), None)


def _fits(one: AnalyticShown, agreed: Dictionary) -> bool:
    try:
        resolve(_draft(query([one], agreed.dataset)), agreed, "the example")
    except FedcliError:
        return False
    return True


@cache
def _rehearsal(sample: str, alone: str | None = None) -> Rehearsed:
    """All examples that fit a sample as one query, or one alone: explained, and rehearsed."""
    with tempfile.TemporaryDirectory(prefix="fedcli-pages-") as scratch, Siblings() as spares:
        folder = Path(scratch)
        dictionary = furnish(sample, folder, alone)
        explained = explain(None, folder / "examples.toml", dictionary, _rules(alone))
        told = rehearse(folder / "examples.toml", folder / "studies", dictionary, _rules(alone), _NOW, spares)
        agreed = read_dictionary(dictionary)
    assert told.result is not None, told.problem
    return Rehearsed(sample, agreed, explained, told.result)


def furnish(sample: str, folder: Path, alone: str | None = None) -> Path:
    """Write a sample's data, its dictionary and the query of all examples, or one; the dictionary's path."""
    studies = folder / "studies"
    studies.mkdir(parents=True)
    for name, source in _sites(_source(sample)).items():
        if sample == "patients":
            _first_visits(source, studies / f"{name}.parquet")
        else:
            (shutil.copytree if source.is_dir() else shutil.copy)(source, studies / source.name)
    dictionary = _dictionary(sample, folder)
    agreed = read_dictionary(dictionary)
    names = [one for one in _fitting()[sample] if one not in _ALONE] if alone is None else [alone]
    asked = [one for one in analytics().analytics if one.name in names]
    (folder / "examples.toml").write_text(query(asked, agreed.dataset))
    return dictionary


def _source(sample: str) -> Path:
    return PROJECT / "sample_data" / ("hospitals" if sample == "patients" else sample)


def _dictionary(sample: str, folder: Path) -> Path:
    """A sample's dictionary in a folder; that of the patients has one row for each person."""
    source = _source(sample)
    dataset = parse_toml(read(source / "scenario.toml"), "scenario.toml")["dataset"]
    text = (source / f"{dataset}.toml").read_text()
    if sample == "patients":
        text = re.sub(r"^(row_key|max_rows) .*\n", "", text, flags=re.MULTILINE)
    target = folder / sample / f"{dataset}.toml"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return target


def _first_visits(source: Path, target: Path) -> None:
    """One row for each patient of a hospital."""
    with duckdb.connect() as connection:
        if source.suffix == ".duckdb":
            connection.execute(f"ATTACH '{source}' AS hospital (READ_ONLY)")
            rows = "hospital.cohort"
        else:
            rows = f"read_parquet('{source}/*.parquet')" if source.is_dir() else f"read_parquet('{source}')"
        connection.execute(
            f"COPY (SELECT * FROM {rows} QUALIFY row_number() OVER "
            f"(PARTITION BY patient_id ORDER BY visit_date, visit_id) = 1 ORDER BY patient_id) "
            f"TO '{target}' (FORMAT parquet)"
        )


def query(asked: list[AnalyticShown], dataset: str) -> str:
    """A query file with the examples of some analytics."""
    head = ('schema = "fedcli/query/1"', 'title = "The examples of the manual"', f'dataset = "{dataset}"')
    return "\n".join([*head, *("\n" + "\n".join(one.analysis) for one in asked)]) + "\n"


def _draft(text: str) -> Draft:
    return Draft.read(parse_toml(text.encode(), "the example"), "the example")


def _id(name: str) -> str:
    return name.replace("_", "-")


def _analysis(one: AnalyticShown, agreed: Dictionary) -> Any:
    [analysis] = resolve(_draft(query([one], agreed.dataset)), agreed, "the example").analyses
    return analysis


def _fields(one: AnalyticShown, found: Rehearsed) -> tuple[Field, ...]:
    policy = profile_or_file(_rules(one.name))
    return admit_analysis(_analysis(one, found.dictionary), found.dictionary, policy).outline.fields


def _takes_rounds(one: AnalyticShown) -> bool:
    sample = sample_of(one.name)
    return sample is not None and iterative(_analysis(one, _agreed(sample))) is not None


def _rounds(one: AnalyticShown) -> str:
    sample = sample_of(one.name)
    if sample is None or not _takes_rounds(one):
        return "one"
    return f"up to {rounds_of(_analysis(one, _agreed(sample)), Asked())}"


def rounded(analysis: AnalysisResult) -> AnalysisResult:
    """An answer at four digits, two where it is tiny: on another machine the last ones may differ."""
    answer = analysis.answer or Answer()
    tables = {
        name: Table(
            columns=table.columns,
            keys=table.keys,
            rows=tuple(tuple(map(_short, row)) for row in table.rows),
        )
        for name, table in answer.tables.items()
    }
    scalars = {name: _short(cell) for name, cell in answer.scalars.items()}
    return analysis.model_copy(update={"answer": Answer(scalars=scalars, tables=tables)})


def _short(cell: Any) -> Any:
    if isinstance(cell, About):
        return About(**{name: _short(number) for name, number in cell})
    if not isinstance(cell, float):
        return cell
    return float(f"{cell:.{_DIGITS if abs(cell) > _SMALL else _OF_SMALL}g}")


if __name__ == "__main__":
    for each in SAMPLES:
        furnish(each, Path(sys.argv[1]) / each)

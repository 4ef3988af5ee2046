"""What the oracle tests ask of data that others published, asked under the profile `standard`.

Each analysis is rehearsed as the only one that was ever asked of its data, at the sites as they are. What
came of it is kept beside the code (`python -m tests.studies --keep`), because the data are not part of the
project; the page shows what is kept, and a test rehearses some of it again where the data are.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fedcli.files.strict import parse_toml
from fedcli.files.toml import to_toml
from fedcli.model.cells import About
from fedcli.policy.ontology import CHECKS
from fedcli.policy.profiles import profile_or_file
from fedcli.workflows.rehearse import rehearse
from fedcli.workflows.release import package
from fedcli.workflows.spare import Siblings
from fedcli.workflows.tidy import _cells
from tests.oracle import conftest, test_cox, test_models, test_survival, test_tested
from tests.oracle.wheels import diabetes, randhie
from tests.studies.worked import outcome

RESULTS = Path(__file__).parent / "results" / "standard.json"
RULES = "standard"
_NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
Columns = dict[str, Any]


class Data(NamedTuple):
    """Public data at their sites: what and where they are, why little may leave, and what is asked."""

    about: str
    folder: str
    why: str
    asked: dict[str, str]
    columns: Columns
    derived: Callable[[pa.Table], pa.Table] = lambda table: table


def _glm(data: str) -> dict[str, str]:
    """The models that the oracles fit of some data."""
    found = {}
    for name, one in test_models.MODELS.items():
        if one.data == data:
            link = f'\nlink = "{one.link}"' if one.link else ""
            found[_key(name)] = f'analytic = "glm"\nfamily = "{one.family}"{link}\nformula = "{one.formula}"'
    return found


def _key(name: str) -> str:
    return name.replace(",", "").replace(" ", "-")


def _columns(texts: dict[str, str]) -> Columns:
    return {name: parse_toml(text.encode(), name) for name, text in texts.items()}


def _heart(table: pa.Table) -> pa.Table:
    return table.append_column("disease", pc.cast(pc.greater(table["num"], 0), pa.int64()))


def _breast(table: pa.Table) -> pa.Table:
    old = pc.cast(pc.greater_equal(table["age_at_index"], test_survival.OLD), pa.int64())
    return test_cox._patients(table).append_column("old", old)


def _without_site(asked: dict[str, str]) -> dict[str, str]:
    """Without what is of a column that names the site, which no site's own data have two levels of."""
    return {name: text for name, text in asked.items() if '"study"' not in text and '"site"' not in text}


def _all(*parts: dict[str, str]) -> dict[str, str]:
    """All that several tests ask; of one name, the later is told apart by its analytic."""
    found: dict[str, str] = {}
    for name, text in (pair for part in parts for pair in part.items()):
        own = name if name not in found else f"{name}-{text.split(chr(34))[1].replace('_', '-')}"
        found[own] = text
    return found


def _hazards() -> dict[str, str]:
    return {
        f"hazards-{at}": f'analytic = "cox"\ntime = "T"\nevent = "dead"\nformula = "{formula}"'
        for at, (formula, _) in enumerate(test_cox.MODELS.values(), 1)
    }


def _following(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("id = "))


DATA = {
    "CNSIM": Data(
        "three simulated studies, the reference of DataSHIELD's tests (dsBaseClient)",
        "datashield_cnsim",
        "Few have the diseases: at the two smaller studies some cells of complete rows hold eight or nine "
        "persons, so that the models that DataSHIELD publishes need a threshold of three",
        _all(conftest.CNSIM_ANALYSES, _without_site(test_tested.ASKED["cnsim"]), _glm("cnsim")),
        _columns(conftest.CNSIM),
    ),
    "Heart disease": Data(
        "four hospitals (UCI 45: Janosi, Steinbrunn, Pfisterer and Detrano)",
        "uci_heart",
        "Switzerland has eight patients without disease, and writes zero for all cholesterol; some columns "
        "are nearly empty at one hospital or more",
        _all(conftest.HEART_ANALYSES, _without_site(test_tested.ASKED["heart"]), _glm("heart")),
        _columns(conftest.HEART | {"disease": conftest.BINARY}),
        _heart,
    ),
    "Breast cancer": Data(
        "six centres of TCGA-BRCA, as in FLamby",
        "tcga_brca",
        "Of the 51 patients of the smallest centre one trait may be told unseen; hazards need ten events or "
        "more for each column at every centre, and a centre has three in all",
        {
            **conftest.BREAST_ANALYSES,
            "survival": _following(test_survival.PLAIN),
            "survival-by-age": _following(test_survival.GROUPS),
            **_hazards(),
        },
        test_cox.BRCA | {"old": test_models.BINARY},
        _breast,
    ),
    "Credit": Data(
        "card holders of one bank by their education, as seven sites (UCI 350: Yeh)",
        "credit_by_education",
        "Four sites have too few of either outcome; the three that are left are the large ones, and enough",
        _glm("credit"),
        test_models.CREDIT,
        test_models._credit,
    ),
    "Supplies": Data(
        "deliveries of medical supplies to 43 countries (USAID)",
        "scms_by_country",
        "A country is a site, and some have one delivery; few have ten by each way of transport",
        _glm("supplies")
        | {"freight-by-mode": 'analytic = "summary"\ncolumns = ["freight", "value"]\nby = ["mode"]'},
        test_models.SUPPLIES,
        test_models._supplies,
    ),
    "Visits to doctors": Data(
        "the RAND health insurance experiment (statsmodels), dealt to three sites",
        "",
        "Numbers that nearly all share, as those of rare flags, count as levels, also in pairs, and some "
        "pair has few persons",
        _glm("randhie"),
        randhie.columns | {"physlm": {"type": "real", "bounds": [0, 1]}},
    ),
    "Diabetes": Data(
        "442 patients (scikit-learn), dealt to three sites",
        "",
        "Eleven columns are told of fewer than 150 patients at a site, where three may be told unseen",
        _glm("diabetes"),
        diabetes.columns,
    ),
}
_WHEELS = {"Visits to doctors": randhie, "Diabetes": diabetes}


def furnish(name: str, shared: Path, folder: Path) -> dict[str, int]:
    """Write the sites' files and the dictionary of some data; how many rows each site has."""
    one, sites = DATA[name], folder / "sites"
    sites.mkdir(parents=True)
    found = {}
    for site, table in _tables(name, shared):
        pq.write_table(one.derived(table), sites / f"{site}.parquet")
        found[site] = table.num_rows
    agreed = {"schema": "fedcli/dictionary/1", "dataset": "public", "unit": "row", "columns": one.columns}
    (folder / "public.toml").write_text(to_toml(agreed))
    return found


def _tables(name: str, shared: Path) -> Iterator[tuple[str, pa.Table]]:
    if name in _WHEELS:
        yield from ((f"site-{at}", table) for at, table in enumerate(_WHEELS[name].tables(3), 1))
        return
    for file in sorted((shared / "federations" / DATA[name].folder).glob("*.parquet")):
        yield file.stem if file.stem[:1].isalpha() else f"site-{file.stem}", pq.read_table(file)


def asked_of(name: str, key: str, folder: Path) -> dict[str, str]:
    """One analysis under `standard`, as the only one ever asked: what came of it, and the checks of it."""
    text = DATA[name].asked[key]
    query = folder / "query.toml"
    head = 'schema = "fedcli/query/1"\ntitle = "Public data"\ndataset = "public"\nmin_sites = 3\n'
    query.write_text(f'{head}\n[[analysis]]\nid = "{key.lower()}"\n{text}\n')
    with Siblings() as spares:
        shown = rehearse(query, folder / "sites", folder / "public.toml", RULES, _NOW, spares)
    analytic = text.split('"')[1]
    if shown.result is None:
        [problem] = [shown.problem] if shown.problem else [None]
        return {
            "analytic": analytic,
            "outcome": f"not asked ({problem.code if problem else ''})",
            "checks": "",
        }
    [found] = shown.result.analyses
    checks = {one.check for site in shown.rehearsed for one in site.findings if one.enforced}
    said = outcome(shown, found)
    exact = found.answer is not None and not any(
        isinstance(cell, float | About) for _, cell in _cells(found.answer)
    )
    if "are intervals" not in said:
        said = said.replace("answered", "answered exactly" if exact else "answered at six digits", 1)
    return {"analytic": analytic, "outcome": said, "checks": " ".join(sorted(checks))}


def keep(shared: Path, say: Callable[[str], Any]) -> None:
    """Ask everything, and write down what came of it in place of what was there."""
    told: dict[str, Any] = {"source": package().digest[:12], "data": {}}
    for name, one in DATA.items():
        with tempfile.TemporaryDirectory(prefix="fedcli-public-") as scratch:
            sites = furnish(name, shared, Path(scratch))
            rows = {}
            for key in one.asked:
                rows[key] = asked_of(name, key, Path(scratch))
                say(f"{name}: {key}: {rows[key]['outcome']}")
        told["data"][name] = {"sites": sites, "asked": rows}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(f"{json.dumps(told, indent=1, ensure_ascii=False)}\n")


@cache
def kept() -> dict[str, Any]:
    """What was written down last."""
    found: dict[str, Any] = json.loads(RESULTS.read_text())
    return found


def page() -> str:
    """For all data a table of what was asked, and what came of it."""
    return "\n\n".join(part for name in DATA for part in _part(name))


def _part(name: str) -> Iterator[str]:
    told = kept()["data"][name]
    yield f"## {name}"
    about = DATA[name].about
    yield f"{about[:1].upper()}{about[1:]}. {_sizes(told['sites'])}. {DATA[name].why}."
    rows = [f"| `{key}` | {' | '.join(_cells_of(row))} |" for key, row in told["asked"].items()]
    head = "| asked | analytic | under `standard` | checks that found something |"
    yield "\n".join([head, "|---|---|---|---|", *rows])


def _cells_of(row: dict[str, str]) -> tuple[str, str, str]:
    return row["analytic"], row["outcome"], ", ".join(f"`{one}`" for one in row["checks"].split())


def _sizes(sites: dict[str, int]) -> str:
    if len(sites) > 9:
        least, most = min(sites.values()), max(sites.values())
        few = sum(rows < 10 for rows in sites.values())
        return f"{len(sites)} sites of {least} to {most} rows, {few} of them with fewer than ten"
    return "Rows: " + ", ".join(f"{site} {rows}" for site, rows in sites.items())


def summary() -> str:
    """How many analyses came to which end."""
    ends: dict[str, int] = {}
    for data in kept()["data"].values():
        for row in data["asked"].values():
            end = _end(row["outcome"])
            ends[end] = ends.get(end, 0) + 1
    return "\n".join(
        ["| end | analyses |", "|---|---|", *(f"| {end} | {ends[end]} |" for end in ENDS if end in ends)]
    )


ENDS = (
    "answered exactly",
    "answered at six digits",
    "answered, in part as intervals",
    "answered without some sites",
    "waits for people",
    "refused",
    "not asked",
)


def _end(said: str) -> str:
    first = said.partition("; ")[0]
    if "answered" in first:
        if "; " in said:
            return "answered without some sites"
        return "answered, in part as intervals" if "intervals" in first else first
    return next(end for end in ("waits for people", "refused", "not asked") if end in first)


def meanings() -> str:
    """What the checks that found something want, in the words of the policy."""
    rules = profile_or_file(RULES).disclosure
    found = {
        one
        for data in kept()["data"].values()
        for row in data["asked"].values()
        for one in row["checks"].split()
    }
    rows = [f"| `{name}` | {check.threshold(rules)} |" for name, check in CHECKS.items() if name in found]
    return "\n".join(["| check | wants |", "|---|---|", *rows])

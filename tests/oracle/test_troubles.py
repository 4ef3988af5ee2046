"""What real federations have: other levels, empty columns, outcomes that all have, sites of one row, text
among numbers, columns that are not there. Each ends in a refusal that says so, or in the harmonised answer.

All under `standard` as a site has it, but for memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.oracle.conftest import BINARY, HEART
from tests.oracle.rehearsals import rehearsed, write_dictionary
from tests.world import Ended

Change = Callable[[pa.Table], pa.Table]


def asked(
    folder: Path, files: list[Path], columns: Mapping[str, str], analysis: str, change: Change, **keys: str
) -> Ended:
    """One analysis of some sites' files, each changed as a data manager would."""
    (data := folder / "sites").mkdir()
    for file in files:
        pq.write_table(change(pq.read_table(file)), data / file.name.lower())
    dictionary = write_dictionary(folder / "d.toml", "d", columns)
    return rehearsed(folder, [f'id = "a"\n{analysis}'], data, dictionary, "standard", **keys)


def codes(ended: Ended) -> dict[str, str]:
    """How each site ended."""
    return {one["site"]: one["code"] for one in ended.data["rehearsed"]}


def checks(ended: Ended, site: str) -> set[str]:
    """The checks that failed at a site."""
    [found] = [one for one in ended.data["rehearsed"] if one["site"] == site]
    return {finding["check"] for finding in found["findings"]}


COLOURS = ["red", "blue", "purple ", "orange", "green "]


@pytest.fixture
def colours(shared: Path) -> list[Path]:
    """Three sites, of which the third has a colour, pink, that the others lack."""
    return [shared / "other" / f"FACTOR_LEVELS{at}.parquet" for at in (1, 2, 3)]


def _colours(levels: list[str]) -> dict[str, str]:
    return {"COLOURS": f'type = "text"\nlevels = {levels}'}


BY_COLOUR = 'analytic = "crosstab"\nby = ["COLOURS"]'


def test_a_level_that_nobody_agreed_on(tmp_path: Path, colours: list[Path]) -> None:
    """The site that has it learns which column; too few are left for an answer."""
    ended = asked(tmp_path, colours, _colours(COLOURS), BY_COLOUR, lambda table: table.select(["COLOURS"]))
    assert (ended.exit, codes(ended)["factor-levels3"]) == (9, "D-LEVEL")
    assert "COLOURS" in next(
        one["message"] for one in ended.data["rehearsed"] if one["site"] == "factor-levels3"
    )
    assert "pink" not in ended.out


def test_levels_of_all_sites(tmp_path: Path, colours: list[Path]) -> None:
    """Where the dictionary has the levels of all, sites that lack one are told as having few of it."""
    ended = asked(
        tmp_path, colours, _colours([*COLOURS, "pink"]), BY_COLOUR, lambda table: table.select(["COLOURS"])
    )
    assert ended.exit == 0
    together = pa.concat_tables([pq.read_table(file).select(["COLOURS"]) for file in colours])["COLOURS"]
    wanted = {one["values"]: one["counts"] for one in together.value_counts().to_pylist()}
    rows = dict(ended.data["results"]["a"]["tables"]["counts"]["rows"])
    assert {name: rows[name] for name in COLOURS} == {name: wanted[name] for name in COLOURS}
    [gap] = [one for one in ended.data["results"]["a"]["suppressed"] if "pink" in one["place"]]
    assert rows["pink"] is None
    assert gap["interval"][0] <= wanted["pink"] <= gap["interval"][1]


@pytest.fixture
def hospitals(shared: Path) -> list[Path]:
    """Four hospitals; the Swiss one wrote zero for every cholesterol, and nearly all its patients are ill."""
    return sorted((shared / "federations" / "uci_heart").glob("*.parquet"))


def _ill(table: pa.Table) -> pa.Table:
    return table.append_column("ill", pc.cast(pc.greater(table["num"], 0), pa.int64()))


LOGISTIC = 'analytic = "glm"\nfamily = "binomial"\nformula = "ill ~ age + trestbps"'


def test_a_site_whose_outcome_nearly_all_have(tmp_path: Path, hospitals: list[Path]) -> None:
    """It is refused, by the rules of small cells and of parameters; the other three are fitted without it."""
    ended = asked(tmp_path, hospitals, HEART | {"ill": BINARY}, LOGISTIC, _ill, min_sites="3")
    assert codes(ended) == {"cleveland": "", "hungarian": "", "switzerland": "D-REFUSED", "va": ""}
    assert checks(ended, "switzerland") >= {"model_cells", "parameters"}
    result = ended.data["results"]["a"]
    assert result["sites"] == ["cleveland", "hungarian", "va"]
    assert result["scalars"]["converged"] == 1


def test_zeros_that_are_no_numbers(tmp_path: Path, hospitals: list[Path]) -> None:
    """As a dictionary with bounds has them: they are out of bounds, and the site is told so."""
    columns = HEART | {"chol": 'type = "integer"\nbounds = [1, 900]'}
    summary = 'analytic = "summary"\ncolumns = ["chol"]'
    ended = asked(tmp_path, hospitals, columns, summary, lambda table: table, min_sites="3")
    assert codes(ended) == {"switzerland": "D-BOUNDS", "va": "D-BOUNDS"}
    assert ended.data["problem"]["code"] == "F-SCHEMA"  # two sites are left of the three that it wants


def test_zeros_that_are_missing(tmp_path: Path, hospitals: list[Path]) -> None:
    """Declared as missing, they are: the Swiss site has none, and the mean is of the other three."""
    columns = HEART | {"chol": 'type = "integer"\nbounds = [1, 900]\nmissing = [0]'}
    model = 'analytic = "glm"\nfamily = "gaussian"\nformula = "chol ~ age"'
    ended = asked(tmp_path, hospitals, columns, model, lambda table: table, min_sites="3")
    assert codes(ended)["switzerland"] == "D-REFUSED"
    whole = pa.concat_tables([pq.read_table(file).select(["chol", "age"]) for file in hospitals])
    assert ended.data["results"]["a"]["scalars"]["n"] == pc.sum(pc.greater(whole["chol"], 0)).as_py()


MODES = ["Air", "Air Charter", "Ocean", "Truck"]
SHIPMENTS = {
    "mode": f'type = "text"\nlevels = {MODES}\nmissing = ["N/A"]',
    "freight": 'type = "text"',
}


def _shipments(table: pa.Table) -> pa.Table:
    return pa.table(
        {"mode": table["Shipment Mode"], "freight": table["Freight Cost (USD)"].cast(pa.string())}
    )


@pytest.fixture
def countries(shared: Path) -> list[Path]:
    """43 countries, some of which had one delivery."""
    return sorted((shared / "federations" / "scms_by_country").glob("*.parquet"))


def test_sites_of_one_row(tmp_path: Path, countries: list[Path]) -> None:
    """No number of a site with few rows is told, and its intervals do not tell that there is one."""
    small = [file for file in countries if pq.read_metadata(file).num_rows < 10]
    large = [file for file in countries if pq.read_metadata(file).num_rows > 1000]
    assert len(small) > 9
    ended = asked(tmp_path, [*small, *large], SHIPMENTS, 'analytic = "count"', _shipments, min_sites="3")
    told = {one["site"]: checks(ended, one["site"]) for one in ended.data["rehearsed"]}
    assert {site for site, failed in told.items() if failed} == {
        file.stem.replace("_", "-") for file in small
    }
    rows = sum(pq.read_metadata(file).num_rows for file in [*small, *large])
    [gap] = ended.data["results"]["a"]["suppressed"]
    low, high = gap["interval"]
    least = sum(pq.read_metadata(file).num_rows for file in large)
    assert least <= low <= rows <= high
    assert high - low >= 8 * len(small)


def test_text_among_numbers(tmp_path: Path, countries: list[Path]) -> None:
    """A cost that is "Freight Included in Commodity Cost" now and then is no number: the type is refused."""
    large = [file for file in countries if pq.read_metadata(file).num_rows > 1000]
    columns = SHIPMENTS | {"freight": 'type = "real"\nbounds = [0, 1000000]'}
    ended = asked(tmp_path, large, columns, 'analytic = "summary"\ncolumns = ["freight"]', _shipments)
    assert (ended.exit, set(codes(ended).values())) == (9, {"D-TYPE"})
    assert "Included" not in ended.out


def test_a_centre_of_three_events(shared: Path, tmp_path: Path) -> None:
    """Hazards are not told of three who died, nor of nine; the four larger centres are fitted without."""
    columns = {
        "age": 'type = "real"\nbounds = [0, 110]',
        "T": 'type = "real"\nbounds = [0, 10000]',
        "dead": 'type = "boolean"',
    }

    def patients(table: pa.Table) -> pa.Table:
        return pa.table({"age": table["age_at_index"], "T": table["T"], "dead": pc.equal(table["E"], 1)})

    files = sorted((shared / "federations" / "tcga_brca").glob("*.parquet"))
    cox = 'analytic = "cox"\ntime = "T"\nevent = "dead"\nformula = "age"\nuntil = 2500'
    ended = asked(tmp_path, files, columns, cox, patients, min_sites="3")
    refused = {site for site, code in codes(ended).items() if code}
    assert refused >= {"site-4", "site-5"}
    assert ended.data["results"]["a"]["scalars"]["converged"] == 1
    assert len(ended.data["results"]["a"]["sites"]) >= 3


def test_a_column_that_is_not_there(shared: Path, tmp_path: Path) -> None:
    """At each site another one of three is wholly missing, and was dropped: the site is told which."""
    files = sorted((shared / "federations" / "datashield_discordant").glob("*.parquet"))
    columns = dict.fromkeys("ABC", 'type = "real"\nbounds = [-100, 100]')

    def dropped(table: pa.Table) -> pa.Table:
        return table.drop([name for name in table.column_names if table[name].null_count == table.num_rows])

    ended = asked(tmp_path, files, columns, 'analytic = "summary"\ncolumns = ["A"]', dropped)
    assert set(codes(ended).values()) == {"D-COLUMN"}
    assert len({one["message"] for one in ended.data["rehearsed"]}) == 3
    assert ended.exit == 9

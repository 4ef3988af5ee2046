"""What `combine` says of the counts that sites hid: what can be worked out of the query's other tables."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcli.model.result import Result
from tests.workflows.acts import code, combine, forgetful, written
from tests.world import Ended, World, copied, found, query_text

#: How many are ill at each site, of 400.
ILL = {"north": 4, "south": 40, "east": 60}
DICTIONARY = """
schema = "fedcli/dictionary/1"
dataset = "cohort"
unit = "person"
person_id = "person"
data_use = ["DUO:0000006"]

[columns]
person = { type = "text", sensitivity = "identifier" }
ill = { type = "boolean" }
sex = { type = "text", levels = ["f", "m"] }
"""
#: The size of the cohort less who is well is who is ill.
MARGIN = query_text('id = "n"\nanalytic = "count"', 'id = "x"\nanalytic = "crosstab"\nby = ["ill", "sex"]')
TABLE = query_text('id = "x"\nanalytic = "crosstab"\nby = ["ill"]')
TOTALS = """
schema = "fedcli/totals/1"
title = "The register of the ill"

[[total]]
analysis = "x"
levels = { ill = true }
count = 104
"""


@pytest.fixture(scope="module")
def few_template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three sites, of which north has few who are ill."""
    folder = tmp_path_factory.mktemp("few")
    (folder / "cohort.toml").write_text(DICTIONARY)
    for site, ill in ILL.items():
        rows = [{"person": f"{site}{at}", "ill": at < ill, "sex": "fm"[at % 2]} for at in range(400)]
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{site}.parquet")
    sites = {site: folder / f"{site}.parquet" for site in ILL}
    return found(folder / "world", sites, folder / "cohort.toml")


@pytest.fixture
def few(few_template: World, tmp_path: Path) -> World:
    """The same, of one's own."""
    return copied(few_template, tmp_path / "few")


def answered(world: World, text: str) -> str:
    """A query that all sites have answered; its digest."""
    query = world.submit(text)
    world.approve(query)
    assert [ended.exit for ended in world.run()] == [0, 0, 0]
    return query


def with_totals(world: World, query: str, text: str = TOTALS) -> Ended:
    """Combine with totals from elsewhere."""
    (world.folder / "register.toml").write_text(text)
    return combine(world, query, "--external", str(world.folder / "register.toml"))


def test_a_margin_attack_is_told(few: World) -> None:
    """Where sites hide no more than small cells: warnings with analysis, cell and site, and exit code 0."""
    for site in ILL:
        forgetful(few, site)
    query = answered(few, MARGIN)
    ended = combine(few, query)
    assert ended.exit == 0
    assert ended.data["audit"] == {
        "audited": True,
        "hidden": 2,
        "left": 0,
        "narrowed": [
            {"analysis": "x", "site": "north", "cell": "count[true, f]"},
            {"analysis": "x", "site": "north", "cell": "count[true, m]"},
        ],
        "contradictory": [],
    }
    warnings = ended.document["warnings"]
    assert len(warnings) == 2
    assert "x: the hidden count[true, f] of north can be known more closely" in warnings[0]
    assert few.ok("report", query, "--format", "json", home="researcher").document["warnings"] == warnings
    assert "none can be worked out" not in few.ok("report", query, home="researcher").text


def test_nothing_is_told_where_sites_hide_more(few: World) -> None:
    """The standard policy hides what would give the small cell away; one quiet line says so."""
    query = answered(few, MARGIN)
    ended = combine(few, query)
    assert (ended.data["audit"]["audited"], ended.data["audit"]["narrowed"]) == (True, [])
    assert ended.data["audit"]["hidden"] > 2
    assert ended.document["warnings"] == []
    told = few.ok("report", query, home="researcher").text
    assert f"hidden counts: {ended.data['audit']['hidden']}, none can be worked out" in told


def test_a_total_from_elsewhere_is_held_against_what_was_hidden(few: World) -> None:
    """It gives the pooled cell away; the numbers of the result stay as they were."""
    query = answered(few, TABLE)
    before = combine(few, query)
    ended = with_totals(few, query)
    assert ended.exit == 0
    assert before.data["audit"]["narrowed"] == []
    cells = [(one.get("site"), one["cell"]) for one in ended.data["audit"]["narrowed"]]
    assert cells == [("north", "count[true]"), (None, "count[true]")]
    assert ended.data["results"] == before.data["results"]
    assert "the external totals" in ended.document["warnings"][0]
    assert len(ended.data["audit"]["totals"]) == 64
    assert with_totals(few, query).data["new"] is False


def test_a_total_that_cannot_be_is_refused(few: World) -> None:
    """It is said as such, and nothing is kept or posted."""
    query = answered(few, TABLE)
    before = written(few, "researcher")
    ended = with_totals(few, query, TOTALS.replace("104", "150"))
    assert (ended.exit, code(ended)) == (3, "R-CONTRADICTED")
    assert written(few, "researcher") == before


@pytest.mark.parametrize(
    ("old", "new", "expected", "named"),
    [
        ('"x"', '"y"', "R-TOTALS", "y is no table of counts"),
        ("ill = true", "ill = 1", "R-TOTALS", "no ill = 1"),
        ("ill = true", 'sex = "f"', "R-TOTALS", "no sex = f"),
        ("count = 104", 'count = 104\nsites = ["west"]', "R-TOTALS", "west"),
        ("count = 104", "cuont = 104", "F-SCHEMA", "did you mean count"),
        ("count = 104", "count = -1", "F-SCHEMA", "count"),
        ("[[total]]", "[[totals]]", "F-SCHEMA", "total"),
    ],
)
def test_totals_that_do_not_fit(few: World, old: str, new: str, expected: str, named: str) -> None:
    """Each is refused by what is wrong with it."""
    query = answered(few, TABLE)
    ended = with_totals(few, query, TOTALS.replace(old, new))
    assert (ended.exit, code(ended)) == (3, expected)
    assert named in ended.document["message"]


def test_persons_with_several_rows_have_totals_of_one_cell(world: World) -> None:
    """A margin of their table is no sum of it."""
    query = world.submit(query_text('id = "x"\nanalytic = "crosstab"\nby = ["diabetes", "sex"]'))
    world.approve(query)
    world.run()
    text = TOTALS.replace("ill = true", "diabetes = true")
    ended = with_totals(world, query, text)
    assert (code(ended), "several cells" in ended.document["message"]) == ("R-TOTALS", True)
    both = text.replace("true }", 'true, sex = "female" }')
    assert code(with_totals(world, query, both)) == "R-CONTRADICTED"


def test_a_result_of_an_earlier_version_has_no_audit(few: World) -> None:
    """It is read and told as before."""
    query = answered(few, TABLE)
    kept = combine(few, query).data["path"]
    old = Result.model_validate_json(Path(kept).read_bytes()).model_copy(update={"audit": None})
    Path(kept).write_bytes(old.canonical())
    ended = few.ok("report", query, "--format", "json", home="researcher")
    assert "audit" not in ended.data
    assert ended.document["warnings"] == []

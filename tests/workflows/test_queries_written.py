"""What a researcher can write wrongly: each slip has its code, and nothing is signed."""

from __future__ import annotations

import pytest

from tests.workflows.acts import code, tree
from tests.world import World, query_text

SUMMARY = 'id = "a"\nanalytic = "summary"\ncolumns = ["{}"]'
CROSSTAB = 'id = "a"\nanalytic = "crosstab"\nby = ["{}"]'

SLIPS: dict[str, tuple[str, str, str]] = {
    "unknown column": (query_text(SUMMARY.format("ages")), "Q-COLUMN", "did you mean age"),
    "unknown column in the cohort": (query_text(cohort='"aeg > 3"'), "Q-COLUMN", "age"),
    "text where a number is needed": (query_text(SUMMARY.format("sex")), "Q-TYPE", "number"),
    "number where levels are needed": (query_text(CROSSTAB.format("age")), "Q-USE", "age"),
    "no levels": (query_text(CROSSTAB.format("visit_date")), "Q-LEVELS", "levels"),
    "identifier": (query_text(CROSSTAB.format("patient_id")), "Q-USE", "patient_id"),
    "identifier in the cohort": (query_text(cohort='"patient_id is null"'), "Q-USE", "patient_id"),
    "undeclared level": (query_text(cohort="\"smoking = 'nevr'\""), "Q-LEVEL", "did you mean never"),
    "another type": (query_text(cohort="\"age = 'x'\""), "Q-COMPARE", "text"),
    "order of levels": (query_text(cohort="\"smoking > 'never'\""), "Q-COMPARE", "order"),
    "subquery": (query_text(cohort='"age in (select 1)"'), "Q-EXPRESSION", "comparisons"),
    "chance": (query_text(cohort='"random() < 0.5"'), "Q-EXPRESSION", "comparisons"),
    "two statements": (query_text(cohort='"age > 3; drop table data"'), "Q-EXPRESSION", "comparisons"),
    "unknown analytic": (query_text('analytic = "cuont"'), "Q-ANALYTIC", "did you mean count"),
    "no analytic": (query_text('id = "a"'), "F-SCHEMA", "analytic is missing"),
    "unknown parameter": (query_text('analytic = "crosstab"\nbye = ["sex"]'), "F-SCHEMA", "did you mean by"),
    "unknown key": (query_text(titel='"x"'), "F-SCHEMA", "did you mean title"),
    "another dataset": (query_text(dataset='"cohrt"'), "Q-DATASET", "cohort"),
    "another mode": (query_text(privacy='{ mode = "none" }'), "F-SCHEMA", "disclosure-control"),
    "no TOML": ("title = = 1", "F-TOML", "line 1"),
    "no analysis": ('schema = "fedcli/query/1"\ntitle = "t"\ndataset = "cohort"', "F-SCHEMA", "analysis"),
    "another version of the analytic": (
        query_text('analytic = "count"\nversion = "2"'),
        "F-SCHEMA",
        "version",
    ),
}

AT_SIGNING: dict[str, tuple[str, int, str]] = {
    "past": (query_text(expires="2020-01-01"), 4, "Q-EXPIRED"),
    "another site": (query_text(sites='["north", "west"]', min_sites="2"), 3, "Q-SITE"),
    "a member that is no site": (query_text(sites='["north", "ana"]', min_sites="2"), 3, "Q-SITE"),
}

BUGS = {
    "a quorum larger than the sites": query_text(min_sites="9"),
    "two analyses of one id": query_text('id = "a"\nanalytic = "count"', 'id = "a"\nanalytic = "count"'),
    "a site twice": query_text(sites='["north", "north"]', min_sites="1"),
}


def _write(world: World, text: str) -> str:
    file = world.folder / "researcher" / "query.toml"
    file.write_text(text)
    return str(file)


@pytest.mark.parametrize("name", SLIPS)
@pytest.mark.parametrize("verb", ["check", "sign", "submit"])
def test_a_slip(world: World, name: str, verb: str) -> None:
    """Checking, signing and submitting refuse it alike, with exit 3, its code and a way out."""
    text, wanted, help_ = SLIPS[name]
    file = _write(world, text)
    before = tree(world.folder)
    ended = world.cli("query", verb, file, "--format", "json", home="researcher")
    assert (ended.exit, code(ended)) == (3, wanted)
    assert help_ in ended.document["message"] + ended.document["hint"]
    assert tree(world.folder) == before


@pytest.mark.parametrize("name", AT_SIGNING)
def test_what_cannot_be_signed(world: World, name: str) -> None:
    """What depends on the federation and the day is refused when it is signed, and nothing is kept."""
    text, wanted_exit, wanted = AT_SIGNING[name]
    file = _write(world, text)
    before = tree(world.folder)
    ended = world.cli("query", "submit", file, "--format", "json", home="researcher")
    assert (ended.exit, code(ended)) == (wanted_exit, wanted)
    assert tree(world.folder) == before


@pytest.mark.parametrize("name", BUGS)
def test_a_query_that_contradicts_itself(world: World, name: str) -> None:
    """A file whose parts do not fit together is invalid, not a bug."""
    file = _write(world, BUGS[name])
    ended = world.cli("query", "sign", file, "--format", "json", home="researcher")
    assert (ended.exit, code(ended)) == (3, "F-SCHEMA")


@pytest.mark.parametrize("text", [one[0] for one in AT_SIGNING.values()], ids=list(AT_SIGNING))
def test_what_is_checked_can_be_signed(world: World, text: str) -> None:
    """`query check` in a home does not say "can be signed" of what cannot."""
    ended = world.cli("query", "check", _write(world, text), home="researcher")
    assert ended.exit != 0 or "can be signed" not in ended.out


def test_the_analysis_at_fault_is_named(world: World) -> None:
    """With several analyses the message says which one is meant."""
    good, bad = 'id = "good"\nanalytic = "count"', 'id = "bad"\nanalytic = "summary"\ncolumns = ["ages"]'
    ended = world.cli("query", "check", _write(world, query_text(good, bad)), home="researcher")
    assert "bad" in ended.err


def test_no_site_holds_the_dataset(world: World) -> None:
    """Without sites in the query those that offer the dataset are asked; with none, it says so."""
    for manifest in world.exchange.glob("*/manifest/*.json"):
        manifest.unlink()
    file = _write(world, query_text(sites="", min_sites=""))
    ended = world.cli("query", "sign", file, "--format", "json", home="researcher")
    assert (ended.exit, code(ended)) == (4, "Q-HOLDERS")


def test_the_holders_are_asked(world: World) -> None:
    """Sites and quorum that were left out are filled in from the manifests."""
    file = _write(world, query_text(sites="", min_sites=""))
    signed = world.ok("query", "sign", file, "--format", "json", home="researcher").data
    assert (signed["sites"], signed["min_sites"]) == (["east", "north", "south"], 3)


def test_a_text_with_escapes_is_refused(world: World) -> None:
    """Nobody can put an escape sequence before the eyes of an approver."""
    for key in ("title", "description"):
        file = _write(world, query_text(**{key: '"a\\u001b[31mred"'}))
        ended = world.cli("query", "submit", file, "--format", "json", home="researcher")
        assert (ended.exit, code(ended)) == (3, "F-SCHEMA")
        assert "\x1b" not in ended.text


def test_the_template_can_be_signed(world: World) -> None:
    """What `query new` writes is a query for every analytic."""
    for analytic in ("count", "crosstab", "summary"):
        file = world.folder / f"{analytic}.toml"
        world.ok("query", "new", "--analytic", analytic, "-o", str(file), home="researcher")
        world.ok("query", "sign", str(file), home="researcher")


def test_the_template_has_every_parameter(world: World) -> None:
    """What may be left out is there as a comment, with what it is by default and what it means."""
    told = world.ok("query", "new", "--analytic", "glm", home="researcher").out
    assert "# errors = …                        # errors from the residuals of rows: HC0" in told
    assert "# design" not in told
    told = world.ok("query", "new", "--analytic", "fedavg", home="researcher").out
    assert '# strategy = "fedavg"               # fedavg, fedprox' in told
    assert "# learning_rate = 0.5               # the length" in told
    assert told.count("rounds = ") == 1


def test_the_template_replaces_nothing(world: World) -> None:
    """A file that is there stays as it is."""
    file = world.folder / "mine.toml"
    file.write_text("# mine")
    ended = world.cli("query", "new", "--analytic", "count", "-o", str(file), "--format", "json")
    assert (ended.exit, code(ended)) == (2, "F-EXISTS")
    assert file.read_text() == "# mine"

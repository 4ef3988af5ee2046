"""What a query refers to: the approval of an ethics committee, data protection, and a project's end."""

from __future__ import annotations

from datetime import date

import pytest

from tests.workflows.acts import code, combine, entries, keys_of, post_query, query_in, ran, run
from tests.world import World, query_text

REFERENCES = {
    "ethics": '"REC 24/LO/0123"',
    "data_protection": '"DPIA 2026-07"',
    "project_end": "2026-12-31",
}


def test_they_are_signed_and_shown(world: World) -> None:
    """Each under the title of its field, apart from the author's own words."""
    query = world.submit(query_text(**REFERENCES))
    signed = query_in(world, query)
    told = (signed.ethics, signed.data_protection, signed.project_end)
    assert told == ("REC 24/LO/0123", "DPIA 2026-07", date(2026, 12, 31))
    text = world.ok("approval", "show", query, home="north").out.partition("in the author's own words")[0]
    facts = {line.partition("  ")[0]: line.partition("  ")[2].strip() for line in text.splitlines()}
    assert facts["ethics approval"] == "REC 24/LO/0123"
    assert facts["data protection"] == "DPIA 2026-07"
    assert facts["project ends"] == "2026-12-31"
    shown = world.ok("approval", "show", query, "--format", "json", home="north").data["query"]
    assert shown["project_end"] == "2026-12-31"


def test_without_them_nothing_is_told(world: World) -> None:
    """What is not set is not signed, and has no line."""
    query = world.submit(query_text())
    assert "ethics" not in query_in(world, query).json_value()
    assert "ethics" not in world.ok("approval", "show", query, home="north").out


def test_they_make_no_other_question(world: World) -> None:
    """What is asked is the same, so that it is charged once; the query is another."""
    first, second = world.submit(query_text()), world.submit(query_text(**REFERENCES), "b.toml")
    one, other = query_in(world, first), query_in(world, second)
    assert first != second
    assert one.question(one.analyses[0]) == other.question(other.analyses[0])


def test_a_changed_reference_is_no_tightening(world: World) -> None:
    """An amended query with another project end is asked anew."""
    first = world.submit(query_text(**REFERENCES))
    file = world.folder / "researcher" / "later.toml"
    file.write_text(query_text(**REFERENCES | {"project_end": "2027-12-31"}))
    shown = world.ok("query", "amend", first, str(file), "--format", "json", home="researcher").data
    assert any("2027-12-31" in text for text in shown["difference"]["more"]), shown


@pytest.mark.parametrize(("end", "wanted"), [("2026-11-22", ""), ("2026-11-21", "A-PROJECT-END")])
def test_a_project_that_has_ended_is_not_signed(world: World, end: str, wanted: str) -> None:
    """The last day counts in full."""
    file = world.folder / "researcher" / "q.toml"
    file.write_text(query_text(project_end=end))
    assert code(world.cli("query", "sign", str(file), "--format", "json", home="researcher")) == wanted


def test_a_project_that_has_ended(world: World) -> None:
    """Whatever people have granted, a site answers no query of it, and tells by which code."""
    query = world.submit(query_text(**REFERENCES | {"project_end": "2026-11-23"}))
    world.approve(query)
    assert ran(run(world, "north")) == [("done", "")]
    world.later(days=2)
    assert ran(run(world, "south")) == [("refused", "A-PROJECT-END")]
    assert entries(world, "south", "charge") == 0
    assert len(world.releases("south", query)) == 1
    assert (
        code(
            world.cli(
                "approval",
                "grant",
                query,
                "--key",
                "east-owner",
                "--reason",
                "x",
                "--format",
                "json",
                home="east",
            )
        )
        == "A-PROJECT-END"
    )


def test_a_site_does_not_trust_the_researcher(world: World) -> None:
    """A query that was signed by other means is refused at admission."""
    query = world.submit(query_text())
    ana = keys_of(world, "researcher", "ana")
    forged = query_in(world, query).model_copy(update={"project_end": date(2026, 11, 1)})
    digest = post_query(world, forged, ana)
    assert ("refused", "A-PROJECT-END") in ran(run(world, "north", digest))
    assert combine(world, query).exit == 8


@pytest.mark.parametrize("value", ['"soon"', "2026-13-01", '"2026-12-31T00:00:00"', "5"])
def test_an_end_is_a_day(world: World, value: str) -> None:
    """Anything else is no query."""
    file = world.folder / "researcher" / "q.toml"
    file.write_text(query_text(project_end=value))
    assert world.cli("query", "sign", str(file), home="researcher").exit == 3

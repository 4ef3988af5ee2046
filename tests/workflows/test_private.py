"""Answers under differential privacy: what is charged, what leaves, and what is never drawn twice."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcli.ledger.store import Store
from tests.workflows.acts import book, code, combine, own_data, policy, ran, run, south, told, with_value
from tests.workflows.conftest import ALONE
from tests.workflows.private import (
    COUNT,
    MEAN,
    NOISY,
    TABLE,
    answered,
    contribution,
    make_private,
    private_text,
)
from tests.workflows.test_external import HEAD
from tests.world import World, query_text


@pytest.fixture
def private(alone: World) -> World:
    """A federation in which south answers with noise, alone and unasked."""
    return make_private(alone, "south")


def charges(world: World, site: str = "south") -> list[dict[str, object]]:
    """The charges of a site, in the order of its log."""
    rows = sorted(book(world, site)["charge"], key=lambda row: row[1])
    return [json.loads(row[-1]) for row in rows]


def test_a_noisy_answer(private: World) -> None:
    """Each analysis has its share, its own noise at the least scale that pays for it, and no exact number."""
    query = private.submit(private_text(COUNT, TABLE, MEAN, rho="0.3"))
    assert ran(run(private, "south")) == [("done", "")]
    release, values = contribution(private, query)
    assert [one.charge.rho for one in release.charges] == ["0.1"] * 3
    # Visits: a patient is in at most two cells of a table of persons, and three rows count.
    for name, square in (("n", 1), ("t", 2), ("m", 3 * 3**2)):
        noise = answered(private, query, name).noise
        assert noise is not None
        assert noise.rho == "0.1"
        assert math.isclose(noise.scale, math.sqrt(square / 0.2), rel_tol=1e-6)
    assert all(not one.rules and not one.digits for one in values.analyses.values())  # type: ignore[union-attr]
    assert release.privacy is not None and not release.privacy.conditional


def test_the_same_question_has_the_same_noise(private: World) -> None:
    """Another query that asks the same is answered with the same draw, at no charge, whatever the rules."""
    first = private.submit(private_text(title='"first"'), "1.toml")
    run(private, "south")
    policy(private, "south", "min_count  = 10", "min_count  = 20")
    policy(private, "south", NOISY, NOISY + "\ncontribution = { rows = 1, cells = 1 }")
    second = private.submit(private_text(title='"second"'), "2.toml")
    assert ran(run(private, "south")) == [("done", "")]
    assert answered(private, first) == answered(private, second)
    assert len(charges(private)) == 1


def test_how_much_a_person_counts(alone: World) -> None:
    """The policy's contribution is in the release, and decides how strong the noise must be."""
    make_private(alone, "south", contribution="{ rows = 5, cells = 3 }")
    query = alone.submit(private_text(TABLE, MEAN, rho="0.2"))
    run(alone, "south")
    table, mean = (answered(alone, query, name).noise for name in ("t", "m"))
    assert table is not None and mean is not None
    assert (table.contribution.rows, table.contribution.cells) == (5, 3)
    assert math.isclose(table.scale, math.sqrt(3 / 0.2), rel_tol=1e-6)
    assert math.isclose(mean.scale, math.sqrt(3 * 5**2 / 0.2), rel_tol=1e-6)


def test_more_rho_is_another_draw(private: World) -> None:
    """Asked for more, the same question is charged anew, and its noise is not that of before."""
    queries = []
    for rho in ("0.1", "0.2"):
        queries.append(private.submit(private_text(rho=rho), f"{rho}.toml"))
        run(private, "south")
    assert [one["rho"] for one in charges(private)] == ["0.1", "0.2"]
    scales = [answered(private, query).noise.scale for query in queries]  # type: ignore[union-attr]
    assert math.isclose(scales[0] / scales[1], math.sqrt(2), rel_tol=1e-6)


def test_a_budget_is_spent_to_the_last_unit(alone: World) -> None:
    """What fits exactly is answered; one more unit is refused by its code, and the researcher hears it."""
    make_private(alone, "south", capacity_rho='"0.3"', project_rho='"0.2"')
    alone.submit(private_text(rho="0.2"), "1.toml")
    assert ran(run(alone, "south")) == [("done", "")]
    query = alone.submit(private_text(rho="0.000000000001"), "2.toml")
    ended = run(alone, "south")
    assert (ended.exit, ran(ended)) == (5, [("budget", "P-BUDGET")])
    assert told(alone, query) == {"south": {"n": "P-BUDGET"}}
    assert "project" in ended.data["queries"][0]["message"]
    policy(alone, "south", 'projects  = ["cardio-2026"]', 'projects  = ["*"]')
    third = alone.submit(private_text(rho="0.100000000001", project='"other"'), "3.toml")
    assert ("budget", "P-BUDGET") in ran(run(alone, "south"))
    assert told(alone, third) == {"south": {"n": "P-BUDGET"}}
    alone.submit(private_text(TABLE, rho="0.1", project='"other"'), "4.toml")
    assert ("done", "") in ran(run(alone, "south"))
    assert [one["rho"] for one in charges(alone)] == ["0.2", "0.1"]


def test_what_is_left_is_told_of_the_whole_query(alone: World) -> None:
    """Of three analyses that do not fit together none is charged, and what is left is as it was."""
    make_private(alone, "south", capacity_rho='"0.3"', project_rho='"0.3"')
    alone.submit(private_text(rho="0.1"), "1.toml")
    run(alone, "south")
    alone.submit(private_text(COUNT, TABLE, MEAN, rho="0.27"), "2.toml")
    ended = run(alone, "south")
    assert ran(ended) == [("budget", "P-BUDGET")]
    assert "rho 0.2 left of 0.3, and this asks for 0.27" in ended.data["queries"][0]["message"]
    assert [one["rho"] for one in charges(alone)] == ["0.1"]
    twice = COUNT.replace('"n"', '"again"')  # one question under two names is one charge
    alone.submit(private_text(TABLE, TABLE.replace('"t"', '"u"'), twice, rho="0.3"), "3.toml")
    assert ("done", "") in ran(run(alone, "south"))
    assert [one["rho"] for one in charges(alone)] == ["0.1", "0.1"]


def test_modes_do_not_mix(private: World) -> None:
    """A site with noise answers nothing exactly, and one without nothing with noise."""
    exact = private.submit(query_text(**ALONE), "exact.toml")
    run(private, "south")
    assert told(private, exact) == {"south": {"n": "A-MODE"}}
    north = {"sites": '["north"]'}
    noisy = private.submit(private_text(**north), "noisy.toml")
    run(private, "north")
    assert told(private, noisy) == {"north": {"n": "A-MODE"}}


def test_exact_answers_wait_for_the_period(private: World) -> None:
    """Who was promised noise is not told of exactly soon after, whatever the policy has become."""
    private.submit(private_text(), "noisy.toml")
    run(private, "south")
    policy(private, "south", NOISY, 'mode = "disclosure-control"\nperiod = "20 days"')
    exact = private.submit(query_text(**ALONE), "exact.toml")
    run(private, "south")
    assert told(private, exact) == {"south": {"n": "P-MODE"}}
    private.later(days=21)
    assert ("done", "") in ran(run(private, "south"))


def test_a_charge_of_before_opens_nothing_exactly(alone: World) -> None:
    """A question that was asked exactly before the promise gets no new exact answer under other rules."""
    alone.submit(query_text(**ALONE), "exact.toml")
    run(alone, "south")
    make_private(alone, "south")
    alone.submit(private_text(TABLE), "noisy.toml")
    run(alone, "south")
    policy(alone, "south", NOISY, 'mode = "disclosure-control"')
    policy(alone, "south", "min_count  = 10", "min_count  = 20")
    again = alone.submit(query_text(**ALONE, title='"again"'), "again.toml")
    run(alone, "south")
    assert told(alone, again) == {"south": {"n": "P-MODE"}}


def test_exact_answers_make_a_promise_conditional(alone: World) -> None:
    """Where exact answers have left, a release says so, and its result prints no epsilon."""
    alone.submit(query_text(**ALONE), "exact.toml")
    run(alone, "south")
    make_private(alone, "south", delta='"0.00001"')
    query = alone.submit(private_text(), "noisy.toml")
    run(alone, "south")
    release, _ = contribution(alone, query)
    assert release.privacy is not None
    assert (release.privacy.conditional, release.privacy.delta) == (True, "0.00001")
    result = alone.folder / "researcher" / "results" / query / "result.json"
    combine(alone, query)
    guarantee = json.loads(result.read_text())["privacy"]
    assert guarantee["conditional"] == ["south"]
    assert "epsilon" not in guarantee


def test_what_left_by_another_door_makes_a_promise_conditional(private: World) -> None:
    """An exact table in a paper takes a promise back as an exact release does."""
    file = private.folder / "report.toml"
    file.write_text(HEAD)
    private.ok("ledger", "record-external", str(file), home="south")
    query = private.submit(private_text())
    run(private, "south")
    release, _ = contribution(private, query)
    assert release.privacy is not None and release.privacy.conditional


@pytest.mark.parametrize(
    ("column", "value"),
    [("smoking", "nobody declared this"), ("age", 777), ("patient_id", None), ("visit_id", "S-0001-1")],
)
def test_faulty_values_are_bounded_and_not_told(private: World, column: str, value: object) -> None:
    """A refusal would tell that somebody has such a value: the answer is as it would be without."""
    file = own_data(private)
    pq.write_table(with_value(column, value), file)
    query = private.submit(private_text(TABLE, MEAN))
    assert ran(run(private, "south")) == [("done", "")]
    assert told(private, query) == {"south": {"t": "", "m": ""}}


def test_nobody_at_all(private: World) -> None:
    """An empty file is answered with noise around zero."""
    pq.write_table(south().slice(0, 0), own_data(private))
    query = private.submit(private_text(TABLE, rho="0.5"))
    assert ran(run(private, "south")) == [("done", "")]
    assert all(abs(cell) < 100 for cell in answered(private, query, "t").cells["count"])  # type: ignore[arg-type]


def test_a_column_that_is_gone_is_told(private: World) -> None:
    """The form of the data is no person's: it is told by its name, and what was charged stays spent."""
    file = own_data(private)
    pq.write_table(south().drop_columns(["sex"]), file)
    query = private.submit(private_text(TABLE))
    assert ran(run(private, "south")) == [("data", "D-COLUMN")]
    assert told(private, query) == {"south": {"t": "D-COLUMN"}}
    assert len(charges(private)) == 1


@pytest.mark.parametrize("rho", ["0", "-1", "1e-3", "nan", "0.0000000000001", "Infinity", ".5", "1,5"])
def test_what_is_no_amount(private: World, rho: str) -> None:
    """Only decimal strings above zero with at most twelve decimals are a price."""
    file = private.folder / "researcher" / "query.toml"
    file.write_text(private_text(rho=rho))
    ended = private.cli("query", "check", str(file), "--format", "json", home="researcher")
    assert (ended.exit, code(ended)) == (3, "F-SCHEMA")


def test_too_little_for_so_many_draws(private: World) -> None:
    """A price that cannot be divided is refused before anything is charged."""
    query = private.submit(private_text(COUNT, TABLE, MEAN, rho="0.000000000002"))
    run(private, "south")
    assert told(private, query) == {"south": {"n": "Q-RHO", "t": "Q-RHO", "m": "Q-RHO"}}
    assert charges(private) == []


def test_no_bounds_no_answer(private: World) -> None:
    """How far a person moves a sum must be public: a count needs no bounds, a mean does."""
    from fedcli.errors import FedcliError
    from fedcli.model.dataset import Dictionary
    from fedcli.model.policy import Contribution
    from fedcli.statistics.planned import planned

    agreed = Dictionary.read(
        {
            "schema": "fedcli/dictionary/1",
            "dataset": "d",
            "columns": {"x": {"type": "real"}, "k": {"type": "integer", "levels": [3]}},
        },
        "d",
    )
    rows = planned(agreed, Contribution())
    rows.counts()
    for column in ("x", "k"):  # one level alone is no interval either
        with pytest.raises(FedcliError) as refused:
            rows.moments((column,))
        assert refused.value.code == "Q-BOUNDS"


def test_the_key_that_chooses_rows_is_the_sites_own(private: World) -> None:
    """It is made from a secret of the site, so that nobody can choose which rows of a person count."""
    from fedcli.model.query import Query
    from fedcli.policy.profiles import load
    from fedcli.workflows.pricing import private as made
    from tests.workflows.acts import query_in

    asked: Query = query_in(private, private.submit(private_text()))
    rules = load(private.folder / "south" / "policy.toml")
    keys = set()
    for site in ("north", "south"):
        store = Store(private.folder / site / "state" / "site.db")
        for population in ("a", "b"):
            found = made(store, asked, rules, population, {"n"})
            assert found is not None and found.shares == {"n": "0.1"}
            keys.add(found.key)
        store.close()
    assert len(keys) == 4


def test_noise_has_the_strength_that_is_told(private: World, tmp_path: Path) -> None:
    """Forty cells of nobody have the spread that was paid for, but for a chance below one in a billion."""
    edges = ", ".join(map(str, range(20, 59)))
    text = f'id = "h"\nanalytic = "histogram"\ncolumn = "age"\nedges = [{edges}]\nof = "person"'
    pq.write_table(south().slice(0, 0), own_data(private))
    query = private.submit(private_text(text, rho="0.001"))
    run(private, "south")
    found = answered(private, query, "h")
    assert found.noise is not None
    cells = [float(cell) for cell in found.cells["count"]]  # type: ignore[arg-type]
    spread = math.sqrt(sum(cell * cell for cell in cells) / len(cells))
    assert 0.4 < spread / found.noise.scale < 1.8  # chi-square with 41 degrees of freedom: 6.6 and 133
    assert Fraction(found.noise.scale) ** 2 * 2 * Fraction("0.001") >= 2


def test_rows_of_nobody_are_left_out(private: World) -> None:
    """A row without a person belongs to everybody or to no one: it is not counted, however many there are."""
    table = south()
    place = table.schema.get_field_index("patient_id")
    nobody = table.set_column(place, "patient_id", pa.nulls(table.num_rows, pa.string()))
    pq.write_table(nobody, own_data(private))
    query = private.submit(private_text('id = "n"\nanalytic = "count"\nof = "row"', rho="0.5"))
    assert ran(run(private, "south")) == [("done", "")]
    assert abs(answered(private, query).cells["count"][0]) < 60  # type: ignore[arg-type,operator]

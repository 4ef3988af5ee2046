"""The audit of a federation: what is said to be known is known, and what is known is said."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import pytest

from fedcli.analytics import parse
from fedcli.errors import InvalidFile
from fedcli.model.cells import About, Cell, Gap
from fedcli.model.dataset import Dictionary
from fedcli.model.result import Audit
from fedcli.model.totals import Total
from fedcli.policy import federation, worlds
from fedcli.policy.federation import audited
from fedcli.policy.gate import gate
from fedcli.policy.joint import pieces
from fedcli.policy.profiles import profile
from fedcli.statistics.counts import Counts
from fedcli.statistics.rows import empty_counts
from fedcli.statistics.shape import Shape
from fedcli.workflows.trial import analysis
from tests.campaign.attacker import Told, narrowed
from tests.laws.engines import MemoryRows

LEVELS = {"a": ("x", "y"), "b": ("x", "y"), "c": ("x", "y", "z"), "d": ("x", "y")}
COLUMNS: dict[str, Any] = {name: {"type": "text", "levels": list(of)} for name, of in LEVELS.items()}
COLUMNS |= {
    "age": {"type": "integer"},
    "dose": {"type": "real"},
    "flag": {"type": "integer", "levels": [0, 1]},
}
DICTIONARY = Dictionary.read({"schema": "fedcli/dictionary/1", "dataset": "d", "columns": COLUMNS}, "a test")
#: The same of persons who may have several rows.
VISITS = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "unit": "person",
        "person_id": "person",
        "row_key": "visit",
        "max_rows": 9,
        "columns": {
            **COLUMNS,
            "person": {"type": "text", "sensitivity": "identifier"},
            "visit": {"type": "integer", "sensitivity": "identifier"},
        },
    },
    "a test",
)
FEW = Gap(low=0, high=9)
OPEN = Gap(low=0)


def counts(by: str, *cells: Cell, missing: Cell = 0, of: Dictionary = DICTIONARY) -> Counts:
    """A table that was told over some columns."""
    outline = empty_counts(of, tuple(by), None)
    return outline.having({"count": cells} | ({"missing": (missing,)} if by else {}))


def told(audit: Audit) -> list[str]:
    """The cells that can be known more closely."""
    return [f"{one.site or 'all'}: {one.analysis} {one.cell}" for one in audit.narrowed]


def of_one(*shapes: Shape, dictionary: Dictionary = DICTIONARY) -> Audit:
    """The audit of one site."""
    return audited({"north": {f"t{at}": shape for at, shape in enumerate(shapes)}}, dictionary)


def test_a_cell_beside_a_total_is_found() -> None:
    """The size of the cohort less the large cells is the small one."""
    audit = of_one(counts("", 100), counts("a", 96, FEW))
    assert (audit.audited, audit.hidden, told(audit)) == (True, 1, ["north: t1 count[y]"])


def test_who_lacks_a_value_may_be_the_difference() -> None:
    """Where nobody tells how many lack one, the small cell can be anything up to the difference."""
    assert told(of_one(counts("", 110), counts("a", 96, FEW, missing=OPEN))) == []
    assert told(of_one(counts("", 104), counts("a", 96, FEW, missing=OPEN))) == ["north: t1 count[y]"]


def test_a_cell_beside_another_hidden_one_is_safe() -> None:
    """What is hidden for its sake is known more closely, and not exactly."""
    audit = of_one(counts("", 100), counts("a", OPEN, FEW))
    assert (audit.hidden, told(audit)) == (2, [])


def test_a_cell_that_is_open_above_is_found_where_it_is_known_exactly() -> None:
    """Both the cell that is hidden for another's sake, and one of persons without a limit of rows."""
    assert told(of_one(counts("a", OPEN, 5), counts("ab", 30, 20, 3, 2))) == ["north: t0 count[x]"]


def test_margins_of_several_analyses_are_held_together() -> None:
    """No two of the tables give the cell away, all three do."""
    tables = [counts("a", 60, 40), counts("b", 70, 30), counts("ab", OPEN, FEW, OPEN, 26)]
    assert told(of_one(*tables)) == [
        "north: t2 count[x, x]",
        "north: t2 count[x, y]",
        "north: t2 count[y, x]",
    ]


def test_rounded_counts_tell_their_class() -> None:
    """The difference of rounded counts is as wide as both."""
    about = [About(value=100, low=98, high=102), About(value=95, low=93, high=97)]
    assert told(of_one(counts("", about[0]), counts("a", about[1], Gap(low=1, high=9)))) == []
    assert told(of_one(counts("", about[0]), counts("a", 96, FEW))) == ["north: t1 count[y]"]


def test_bins_are_pieces_of_a_column() -> None:
    """Two histograms of other edges, and who has a value: the bins that both have are the same rows."""
    wide = _shape("histogram", {"column": "age", "edges": [40, 60]}, {"count": (20, 30, 50)})
    fine = _shape("histogram", {"column": "age", "edges": [40, 50, 60]}, {"count": (20, FEW, 28, 50)})
    assert told(of_one(wide, fine)) == ["north: t1 count[[40, 50)]"]
    n = _shape("summary", {"columns": ["age"]}, {"n": (100,), "missing": (OPEN,)})
    hidden = _shape("histogram", {"column": "age", "edges": [40, 60]}, {"count": (20, FEW, 75)})
    assert told(of_one(n, hidden)) == ["north: t1 count[[40, 60]]"]


@pytest.mark.parametrize(("column", "found"), [("dose", []), ("age", ["north: t1 count[[60, 61)]"])])
def test_an_upper_edge_is_in_the_last_bin(column: str, found: list[str]) -> None:
    """60 is in [40, 60] and not in [40, 60), so five have 60; of whole numbers they are all of [60, 61)."""
    last = _shape("histogram", {"column": column, "edges": [40, 60]}, {"count": (20, 35, 45)})
    cells = (20, 30, Gap(low=5, high=9), OPEN, OPEN)
    inner = _shape("histogram", {"column": column, "edges": [40, 60, 61, 70]}, {"count": cells})
    assert told(of_one(last, inner)) == found


def _shape(name: str, parameters: dict[str, Any], cells: Mapping[str, tuple[Cell, ...]]) -> Shape:
    outline = parse(analysis(DICTIONARY, name, **parameters), "a test").outline(DICTIONARY)
    return outline.having({**outline.cells, **cells})


def test_persons_with_several_rows_do_not_add_up() -> None:
    """They may be in both cells: only the least follows from the others."""
    persons = [counts("", 100, of=VISITS), counts("a", 96, FEW, of=VISITS)]
    assert told(of_one(*persons, dictionary=VISITS)) == ["north: t1 count[y]"]  # at least 4
    persons = [counts("", 100, of=VISITS), counts("a", 100, FEW, of=VISITS)]
    assert told(of_one(*persons, dictionary=VISITS)) == []


def test_persons_of_a_part_are_no_more_than_those_of_the_whole() -> None:
    """A hidden cell cannot have more persons than the margin that it is part of."""
    persons = [counts("a", 50, 12, of=VISITS), counts("ab", 45, 44, FEW, FEW, of=VISITS)]
    assert told(of_one(*persons, dictionary=VISITS)) == ["north: t1 count[y, x]", "north: t1 count[y, y]"]
    lacking = counts("a", 50, 4, missing=OPEN, of=VISITS)  # who lacks a has no part in y
    persons = [lacking, counts("ab", 45, 44, FEW, 4, of=VISITS)]
    assert told(of_one(*persons, dictionary=VISITS)) == ["north: t1 count[y, x]"]


TOTAL = Total(analysis="t", levels={"a": "y"}, count=9)


def test_a_total_from_elsewhere_gives_a_pooled_cell_away() -> None:
    """Neither site's cell is known, and their sum is; beside a site that told its own, both are."""
    sites = {name: {"t": counts("a", 96, FEW)} for name in ("north", "south")}
    assert told(audited(sites, DICTIONARY)) == []
    assert told(audited(sites, DICTIONARY, [TOTAL])) == ["all: t count[y]"]
    one = {"north": {"t": counts("a", 96, FEW)}, "south": {"t": counts("a", 90, 6)}}
    assert told(audited(one, DICTIONARY, [TOTAL])) == ["north: t count[y]", "all: t count[y]"]


@pytest.mark.parametrize("seed", range(12))
def test_a_pooled_cell_is_as_safe_as_the_sites_are(seed: int) -> None:
    """Its interval is the sum of theirs, and without totals it is known closer where one of theirs is."""
    lots = random.Random(seed)
    sites: dict[str, dict[str, Counts]] = {}
    for site in ("north", "south"):
        x, y = lots.randint(50, 60), lots.randint(0, 9)
        hidden = lots.choice((OPEN, x))
        sites[site] = {"n": counts("", x + y), "t": counts("a", hidden, FEW)}
    pooled = (sites["north"]["t"] + sites["south"]["t"]).cells["count"]
    assert pooled[1] == Gap(low=0, high=18)
    nothing = Total(analysis="t", count=1_000, sites=("north", "south", "west"))
    found = told(audited(sites, DICTIONARY, [nothing]))
    alone = told(audited(sites, DICTIONARY))
    assert [one for one in found if not one.startswith("all")] == alone
    assert ("all: t count[y]" in found) == bool(alone)


def test_a_total_of_some_sites_says_nothing_of_the_others() -> None:
    """Only the sites that it covers are in its sum; one that told nothing has what is left."""
    sites = {name: {"t": counts("a", 96, FEW)} for name in ("north", "south", "east")}
    found = told(audited(sites, DICTIONARY, [TOTAL.model_copy(update={"sites": ("north",)})]))
    assert found == ["north: t count[y]", "all: t count[y]"]
    beyond = TOTAL.model_copy(update={"count": 30, "sites": ("north", "west")})
    assert told(audited(sites, DICTIONARY, [beyond])) == []


def test_totals_over_axes_that_are_not_named() -> None:
    """A margin of a table is the sum of its cells."""
    sites = {name: {"t": counts("ab", 90, 80, FEW, 70)} for name in ("north", "south")}
    margin = Total(analysis="t", levels={"a": "y"}, count=145)
    assert told(audited(sites, DICTIONARY, [margin])) == [
        "north: t count[y, x]",
        "south: t count[y, x]",
        "all: t count[y, x]",
    ]


def test_totals_that_cannot_be_are_said_to_be() -> None:
    """More than the intervals have room for; also where nothing is hidden."""
    sites = {name: {"t": counts("a", 96, FEW)} for name in ("north", "south")}
    for known in (sites, {"north": {"t": counts("a", 96, 10)}}):
        with pytest.raises(InvalidFile) as caught:
            audited(known, DICTIONARY, [TOTAL.model_copy(update={"count": 19})])
        assert caught.value.code == "R-CONTRADICTED"


def test_a_site_that_contradicts_itself_is_named() -> None:
    """It is not audited, and the others are."""
    wrong = {"n": counts("", 10), "t": counts("a", 96, FEW)}
    right = {"n": counts("", 100), "t": counts("a", 96, FEW)}
    audit = audited({"north": wrong, "south": right}, DICTIONARY)
    assert (audit.audited, audit.contradictory, audit.left) == (False, ("north",), 1)
    assert told(audit) == ["south: t count[y]"]


@pytest.mark.parametrize(
    ("where", "limit", "dictionary"),
    [("MOST_CELLS", 6, DICTIONARY), ("MOST_PAIRS", 3, VISITS)],
)
def test_what_is_too_large_is_not_audited(
    where: str, limit: int, dictionary: Dictionary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said how much is not; never that nothing is found."""
    tables = [
        counts("", 100, of=dictionary),
        counts("a", 96, FEW, of=dictionary),
        counts("b", 50, 50, of=dictionary),
    ]
    assert of_one(*tables, dictionary=dictionary).audited
    monkeypatch.setattr(federation, where, limit)
    audit = of_one(*tables, dictionary=dictionary)
    assert (audit.audited, audit.hidden, audit.left, told(audit)) == (False, 1, 1, [])


def test_cells_that_are_not_reached_are_not_audited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many cells that many worlds would be needed for, some are left."""
    tables = [counts("", 108), counts("a", 100, FEW), counts("b", 101, FEW), counts("d", 102, FEW)]
    assert len(told(of_one(*tables))) == 3
    monkeypatch.setattr(worlds, "MOST_ALONE", 1)
    audit = of_one(*tables)
    assert not audit.audited
    assert (audit.left, len(told(audit))) == (2, 1)


def test_nothing_hidden_is_nothing_to_ask() -> None:
    """Also where an analysis is of no counts."""
    assert of_one(counts("", 100), counts("a", 60, 40)) == Audit(audited=True)
    assert audited({"north": {}}, DICTIONARY, [TOTAL]) == Audit(audited=True)


def test_pieces_have_what_is_asked_together_and_no_more() -> None:
    """A first table of many columns is a piece for each; a circle needs one of three."""
    star = [frozenset({"g", name}) for name in "abcdef"]
    assert max(map(len, pieces(star, dict.fromkeys("abcdefg", 4)))) == 2
    circle = [frozenset("ab"), frozenset("bc"), frozenset("cd"), frozenset("da")]
    found = pieces(circle, dict.fromkeys("abcd", 3))
    assert max(map(len, found)) == 3
    assert found[-1] == ()
    assert all(any(one <= set(piece) for piece in found) for one in circle)


Joint = Mapping[tuple[str, ...], int]


def _asked(lots: random.Random, columns: str, most: int) -> list[str]:
    """The columns of some tables, each once."""
    some = (lots.sample(columns, lots.randint(1, most)) for _ in range(4))
    return list(dict.fromkeys("".join(sorted(one)) for one in some))


def _told_of(joint: Joint, by: str, columns: str) -> dict[tuple[str, ...], int]:
    """The table over some columns of a joint table."""
    found = dict.fromkeys(product(*(LEVELS[name] for name in by)), 0)
    for place, n in joint.items():
        found[tuple(place[columns.index(name)] for name in by)] += n
    return found


@pytest.mark.parametrize("seed", range(40))
def test_an_attacker_of_the_whole_table_finds_the_same(seed: int) -> None:
    """Random tables over up to four columns, some cells hidden, against one that has no pieces."""
    lots = random.Random(seed)
    joint = {place: lots.choice((0, 1, 3, 8, 20)) for place in product(*LEVELS.values())}
    shapes: list[Shape] = []
    names: dict[tuple[tuple[str, str], ...], str] = {}
    known: list[Told] = []
    for at, by in enumerate(_asked(lots, "abcd", 3)):
        cells = _told_of(joint, by, "abcd")
        row: list[Cell] = [lots.choice((n, FEW) if n < 10 else (n, n, OPEN)) for n in cells.values()]
        shapes.append(counts(by, *row))
        for place, cell in zip(cells, row, strict=True):
            where = dict(zip(by, place, strict=True))
            low, high = (cell.low, cell.high) if isinstance(cell, Gap) else (cell, cell)
            known.append(Told(where, low, high, marked=cell == FEW))  # type: ignore[arg-type]
            names[tuple(sorted(where.items()))] = f"north: t{at} count[{', '.join(place)}]"
    audit = of_one(*shapes)
    assert audit.audited
    expected = {names[tuple(sorted(one.where.items()))] for one in narrowed(LEVELS, known)}
    closed = {names[tuple(sorted(one.where.items()))] for one in known if one.marked}
    assert set(told(audit)) & closed == expected


@pytest.mark.parametrize("seed", range(25))
def test_two_by_two_tables_are_as_if_all_of_them_were_tried(seed: int) -> None:
    """Of whole numbers: what no table has is said to be known, and nothing else is (it is tight here)."""
    lots = random.Random(seed)
    few, places = Gap(low=0, high=3), list(product("xy", "xy"))
    joint = {place: lots.randint(0, 5) for place in places}
    rows: dict[str, list[Cell]] = {}
    for by in ("", "a", "b", "ab"):
        cells = _told_of(joint, by, "ab").values()
        rows[by] = [lots.choice((n, few)) if n <= 3 else n for n in cells]
    whole = range(sum(joint.values()) + 1)
    worlds_ = [
        {by: list(_told_of(dict(zip(places, n, strict=True)), by, "ab").values()) for by in rows}
        for n in product(whole, whole, whole, whole)
        if sum(n) == len(whole) - 1
    ]
    fitting = [world for world in worlds_ if all(_fits(rows[by], world[by]) for by in rows)]
    expected = {
        (by, at)
        for by, row in rows.items()
        for at, cell in enumerate(row)
        if cell == few and {0, 3} - {world[by][at] for world in fitting}
    }
    rows[""] = [len(whole) - 1]
    audit = of_one(*(counts(by, *row) for by, row in rows.items()))
    found = {f"north: t{list(rows).index(by)} {_name(by, at)}" for by, at in expected if by}
    assert set(told(audit)) == found


def _fits(row: Sequence[Cell], world: Sequence[int]) -> bool:
    ends = [(one.low, one.high) if isinstance(one, Gap) else (one, one) for one in row]
    return all(low <= n <= high for (low, high), n in zip(ends, world, strict=True))  # type: ignore[operator]


def _name(by: str, at: int) -> str:
    place = list(product(*(LEVELS[name] for name in by)))[at]
    return f"count[{', '.join(place)}]"


ANALYSES: list[tuple[str, dict[str, Any]]] = [
    ("count", {}),
    ("crosstab", {"by": ["a", "c"]}),
    ("crosstab", {"by": ["a", "flag"], "of": "row"}),
    ("histogram", {"column": "age", "edges": [20, 40, 60], "by": ["a"]}),
    ("histogram", {"column": "age", "edges": [30, 40.5], "of": "row"}),
    ("histogram", {"column": "flag", "edges": [0.5, 2]}),
    ("summary", {"columns": ["age", "dose", "flag"], "by": ["c"]}),
    ("table_one", {"columns": ["age", "b", "d"], "by": "c"}),
]


@pytest.mark.parametrize("dictionary", [DICTIONARY, VISITS], ids=["rows", "visits"])
@pytest.mark.parametrize("seed", range(6))
def test_the_truth_is_always_possible(dictionary: Dictionary, seed: int) -> None:
    """Nothing is claimed that does not hold: all exact tables of random rows, and what the gate leaves."""
    lots = random.Random(seed)
    asked = [
        pair for pair in ANALYSES if dictionary is VISITS or "of" not in pair[1] or pair[1]["of"] == "row"
    ]
    rows = [_row(lots, visit) for visit in range(60)]
    exact, left = {}, {}
    for at, (name, parameters) in enumerate(asked):
        one = parse(analysis(dictionary, name, **parameters), "a test")
        sealed = one.local(MemoryRows(rows, dictionary, None, one.reads()))
        shape, _ = sealed.unseal_for_the_gate()
        exact[f"t{at}"] = shape
        if released := gate(sealed, profile("standard").disclosure).released:
            left[f"t{at}"] = shape.having(released.answered.cells)
    n = exact["t0"].cells["count"][0]
    known = [Total(analysis="t0", count=n)]
    assert audited({"north": exact}, dictionary, known) == Audit(audited=True)
    assert audited({"north": left}, dictionary).contradictory == ()


def _row(lots: random.Random, visit: int) -> dict[str, Any]:
    row: dict[str, Any] = {name: lots.choice((*levels, None)) for name, levels in LEVELS.items()}
    numbers = {"age": lots.choice((None, 19, 20, 29, 30, 40, 41, 59, 60, 61)), "dose": lots.random()}
    return (
        row
        | numbers
        | {"flag": lots.choice((0, 1, None)), "visit": visit, "person": f"p{lots.randrange(40)}"}
    )

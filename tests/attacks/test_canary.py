"""No value of a row appears in any byte that a command writes, whatever the command and its failure."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcli.analytics import catalogue
from fedcli.exchange.folder import sealed_beside
from fedcli.model.vault import Request
from fedcli.trust.keys import load
from fedcli.trust.sealing import unseal
from fedcli.workflows import execute, vault
from tests.attacks.sweep import REAL, TEXT, WHOLE, hits, sweep
from tests.uncaged import vault_here
from tests.workflows.acts import forgetful, policy
from tests.workflows.fitting import MODEL, fit, fitted_world, question
from tests.workflows.fitting import SITES as FITTING
from tests.world import World, enrolled, query_text

SITES = ("north", "south", "east")
PERSONS = 60
DICTIONARY = """
schema = "fedcli/dictionary/1"
dataset = "cohort"
unit = "person"
person_id = "patient_id"
row_key = "visit_id"
[columns]
patient_id = { type = "text", sensitivity = "identifier" }
visit_id = { type = "text", sensitivity = "identifier" }
note = { type = "text" }
group = { type = "text", levels = ["a", "b"] }
cost = { type = "real" }
code = { type = "integer" }
flag = { type = "boolean" }
day = { type = "date" }
"""
ANALYSES = (
    'id = "n"\nanalytic = "count"',
    'id = "rows"\nanalytic = "count"\nof = "row"',
    'id = "table"\nanalytic = "crosstab"\nby = ["group", "flag"]',
    'id = "all"\nanalytic = "summary"\ncolumns = ["cost", "code"]',
    'id = "by"\nanalytic = "summary"\ncolumns = ["cost", "code"]\nby = ["group", "flag"]',
    'id = "bins"\nanalytic = "histogram"\ncolumn = "cost"\nedges = [110, 150, 210]\nby = ["group"]',
    'id = "first"\nanalytic = "table_one"\ncolumns = ["cost", "code", "flag"]\nby = "group"',
)
#: More, for which one researcher may not be refused as often as bad data would.
MORE = (
    'id = "sums"\nanalytic = "total"\ncolumns = ["cost", "code"]',
    'id = "middle"\nanalytic = "quantile"\ncolumn = "cost"\nedges = [0, 110, 150, 210, 300]',
    'id = "lacks"\nanalytic = "missingness"\ncolumns = ["cost", "group", "flag"]',
    'id = "times"\nanalytic = "life_table"\ntime = "cost"\nevent = "flag"\nedges = [0, 110, 150, 210]',
)
#: What is not answered with noise.
EXACT = (
    'id = "together"\nanalytic = "association"\nrow = "group"\ncolumn = "flag"',
    'id = "likelier"\nanalytic = "risk"\noutcome = "flag"\nexposure = "group"',
    'id = "means"\nanalytic = "t_test"\ncolumn = "cost"\nby = "group"',
    'id = "spreads"\nanalytic = "anova"\ncolumn = "code"\nby = "flag"',
    'id = "ranks"\nanalytic = "rank_test"\ncolumn = "cost"\nedges = [110, 150, 210]\nby = "group"',
    'id = "votes"\nanalytic = "random_forest"\noutcome = "flag"\ncolumns = ["cost", "group"]\n'
    "edges = { cost = [110, 150, 210] }\ntrees = 1\ndepth = 2",
    'id = "scales"\nanalytic = "levene"\ncolumn = "cost"\nby = "group"',
    'id = "curve"\nanalytic = "kaplan_meier"\ntime = "cost"\nevent = "flag"\nedges = [0, 110, 150, 210]',
    'id = "risks"\nanalytic = "cumulative_incidence"\ntime = "cost"\nevent = "group"\ncensored = "a"\n'
    "edges = [0, 110, 150, 210]",
)
#: What needs bounds, and is not answered with noise.
LINEAR = (
    'id = "small"\nanalytic = "penalised"\nformula = "cost ~ group + flag"\npenalties = [1]',
    'id = "means"\nanalytic = "gee"\nfamily = "binomial"\nformula = "flag ~ group"\n'
    'correlation = "exchangeable"',
    'id = "sites"\nanalytic = "random_intercept"\nformula = "cost ~ group + flag"\nunit = "person"',
    'id = "filled"\nanalytic = "imputed"\nfamily = "binomial"\nformula = "flag ~ group"\nimpute = ["group"]\n'
    'imputations = 2\ncycles = 2\nunit = "person"',
    'id = "shrunken"\nanalytic = "logistic"\nformula = "flag ~ group"\nunit = "person"',
    'id = "trained"\nanalytic = "fedavg"\nfamily = "binomial"\nformula = "flag ~ group"\nrounds = 2\n'
    'unit = "person"',
    'id = "layers"\nanalytic = "network"\nfamily = "binomial"\nformula = "flag ~ group"\nhidden = [2]\n'
    'rounds = 2\nunit = "person"',
    'id = "followed"\nanalytic = "fedcox"\ntime = "cost"\nevent = "flag"\nformula = "group"\nuntil = 200\n'
    'rounds = 2\nunit = "person"',
    'id = "levels"\nanalytic = "multinomial"\nformula = "group ~ flag"\nunit = "person"',
    'id = "hazards"\nanalytic = "cox"\ntime = "cost"\nevent = "flag"\nformula = "group"\nuntil = 200\n'
    'unit = "person"',
    'id = "trends"\nanalytic = "proportional"\ntime = "cost"\nevent = "flag"\nformula = "group"\n'
    'until = 200\ntrend = "log"\nunit = "person"',
    'id = "rates"\nanalytic = "piecewise"\ntime = "cost"\nevent = "flag"\nformula = "group"\n'
    'breaks = [150]\nunit = "person"',
)
#: What needs bounds, or noise.
BOUNDED = (
    'id = "classes"\nanalytic = "naive_bayes"\noutcome = "flag"\ncolumns = ["cost"]',
    'id = "score"\nanalytic = "validation"\nformula = "flag ~ cost + group"\nbins = 4\n'
    'coefficients = { "(Intercept)" = -2.0, cost = 0.01, groupb = 1.0 }',
    'id = "pairs"\nanalytic = "correlation"\ncolumns = ["cost", "code"]',
    'id = "trees"\nanalytic = "boosted_trees"\noutcome = "flag"\ncolumns = ["cost", "group"]\n'
    "edges = { cost = [110, 150, 210] }\ntrees = 1\ndepth = 1",
    'id = "near"\nanalytic = "k_means"\ncolumns = ["cost", "code"]\nclusters = 2\nrounds = 1',
    'id = "choice"\nanalytic = "site_quantile"\ncolumn = "cost"\ngrid = [0, 110, 150, 210, 300]',
)


def rows(site: str, **odd: Any) -> dict[str, list[Any]]:
    """Two visits a person; ids, notes, one cost and one code are canaries; `odd` replaces the first value."""
    people = [f"{TEXT}-{site}-{at // 2}" for at in range(2 * PERSONS)]
    table: dict[str, list[Any]] = {
        "patient_id": people,
        "visit_id": [f"{TEXT}-{site}-v{at}" for at in range(2 * PERSONS)],
        "note": [f"{TEXT} {at}" for at in range(2 * PERSONS)],
        "group": ["a" if at % 3 else "b" for at in range(2 * PERSONS)],
        "cost": [REAL, *(100.0 + at for at in range(1, 2 * PERSONS))],
        "code": [WHOLE, *range(1, 2 * PERSONS)],
        "flag": [at % 20 == 0 for at in range(2 * PERSONS)],
        "day": [f"2026-01-{1 + at % 28:02}" for at in range(2 * PERSONS)],
    }
    for name, value in odd.items():
        table[name] = [value, *table[name][1:]]
    return table


def parquet(path: Path, table: dict[str, list[Any]]) -> Path:
    """Write a Parquet file with the day as a date and with the first row in its metadata."""
    arrow = pa.table(table)
    day = pa.compute.cast(arrow["day"], pa.date32())
    arrow = arrow.set_column(arrow.schema.get_field_index("day"), "day", day)
    pq.write_table(arrow.replace_schema_metadata({"pandas": TEXT}), path)
    return path


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A federation whose data are full of canaries; the data lie beside the homes."""
    folder = tmp_path_factory.mktemp("canary")
    dictionary = folder / "cohort.toml"
    dictionary.write_text(DICTIONARY)
    world = enrolled(folder / "homes", SITES, dictionary)
    for site in SITES:
        file = parquet(folder / f"{site}.parquet", rows(site))
        world.ok("data", "add", "cohort", file, home=site)
    return world


@pytest.fixture
def world(federation: World, tmp_path: Path) -> Iterator[World]:
    """The federation copied; afterwards every byte that was written is swept."""
    shutil.copytree(federation.folder, tmp_path / "homes")
    world = World(tmp_path / "homes", federation.now, written=list(federation.written))
    yield world
    assert sweep(world.folder, world.written) == []


def test_the_sweep_finds_a_leak(tmp_path: Path) -> None:
    """A control: values planted in a file, in base64, and on the console are found."""
    (tmp_path / "leak").write_bytes(b"...4" + str(REAL).encode())
    (tmp_path / "hidden").write_bytes(b"eyJ2IjogIkNBTkFSWTk0MzQ3NjU5MTkifQ==")
    assert len(sweep(tmp_path, [f"value {WHOLE}"])) >= 3


def test_every_analytic_is_asked() -> None:
    """A new one is swept, or this fails."""
    assert {one.split('"')[3] for one in (*ANALYSES, *MORE, *EXACT, *BOUNDED, *LINEAR, MODEL)} == set(
        catalogue()
    )


def test_a_model(tmp_path: Path) -> None:
    """Every round of a fit of persons whose ids are canaries, in what is opened too."""
    world = fitted_world(tmp_path / "fitting", prefix=TEXT)
    query = world.submit(question())
    world.approve(query, *FITTING)
    fit(world, query)
    assert sweep(world.folder, world.written) == []
    keys = load(world.folder / "researcher" / "keys" / "ana.key.json", None)
    for site in FITTING:
        for number, path in enumerate(world.releases(site, query)):
            bound = {"federation": "cardio-net", "query": query, "site": site, "round": number, "attempt": 1}
            assert hits(unseal(sealed_beside(path).read_bytes(), keys, bound, site), site) == []


def test_every_analytic(world: World) -> None:
    """All analytics, combined; the researcher's opened values are swept too."""
    query, data = world.study(query_text(*ANALYSES, *MORE, *EXACT))
    assert data["results"]["n"]["scalars"] == {"n": 3 * PERSONS}
    keys = load(world.folder / "researcher" / "keys" / "ana.key.json", None)
    for site in SITES:
        [path] = world.releases(site, query)
        bound = {"federation": "cardio-net", "query": query, "site": site, "round": 0, "attempt": 1}
        sealed = path.with_name("000.01.values.sealed").read_bytes()
        assert hits(unseal(sealed, keys, bound, site), site) == []


def bounded(folder: Path) -> World:
    """A federation whose dictionary has bounds, far out enough for canaries."""
    dictionary = folder / "cohort.toml"
    bounds = '{ type = "real", bounds = [0, 1e12] }', '{ type = "integer", bounds = [0, 1000000000000] }'
    text = DICTIONARY.replace('cost = { type = "real" }', f"cost = {bounds[0]}")
    dictionary.write_text(text.replace('code = { type = "integer" }', f"code = {bounds[1]}"))
    world = enrolled(folder / "homes", SITES, dictionary)
    for site in SITES:
        world.ok("data", "add", "cohort", parquet(folder / f"{site}.parquet", rows(site)), home=site)
    return world


def test_sums_of_a_linear_model(tmp_path: Path) -> None:
    """Whether they leave or are refused: one cost is a canary."""
    world = bounded(tmp_path)
    for site in SITES:
        policy(world, site, 'networks   = "refused"', 'networks   = "allowed"')
    query = world.submit(query_text(*LINEAR))
    world.approve(query)
    assert {one.exit for one in world.run()} <= {0, 4, 8, 9}  # of hazards nobody may have two rows
    assert sweep(world.folder, world.written) == []


def test_every_analytic_under_noise(tmp_path: Path) -> None:
    """All of them with noise, of persons with canaries far out; what the researcher opens is swept too."""
    world = bounded(tmp_path)
    for site in SITES:
        policy(world, site, 'mode = "disclosure-control"', 'mode = "differential-privacy"')
        policy(world, site, '"histogram", ', '"histogram", "site_quantile", ')
    asked = '{ mode = "differential-privacy", rho = "0.5" }'
    query, data = world.study(query_text(*ANALYSES, *MORE, *BOUNDED, privacy=asked))
    assert data["status"] == "done"
    assert sweep(world.folder, world.written) == []
    keys = load(world.folder / "researcher" / "keys" / "ana.key.json", None)
    for site in SITES:
        [path] = world.releases(site, query)
        bound = {"federation": "cardio-net", "query": query, "site": site, "round": 0, "attempt": 1}
        assert (
            hits(unseal(path.with_name("000.01.values.sealed").read_bytes(), keys, bound, site), site) == []
        )


def test_every_command_that_tells(world: World) -> None:
    """What the site's own commands show of its data are counts and names."""
    for site in SITES:
        forgetful(world, site)
    query = world.submit(query_text(*ANALYSES))
    world.approve(query)
    world.run()
    for home, *line in (
        ("north", "data", "list"),
        ("north", "data", "describe", "cohort"),
        ("north", "data", "check", "cohort"),
        ("north", "approval", "show", query),
        ("north", "approval", "list"),
        ("north", "run", query),
        ("north", "ledger", "show"),
        ("north", "ledger", "prove", "3"),
        ("north", "verify", str(world.exchange)),
        ("researcher", "combine", query),
        ("researcher", "report", query),
        ("researcher", "query", "status", query),
    ):
        for form in ("text", "json"):
            world.ok(*line, "--format", form, home=home)


@pytest.mark.parametrize("name", ["draft.parquet", "draft.duckdb"])
def test_drafting_a_dictionary(world: World, tmp_path: Path, name: str) -> None:
    """A draft has no rare level, no identifier, no bound."""
    table = rows("north", group=TEXT)
    file = parquet(tmp_path / "draft.parquet", table)
    more = []
    if name.endswith(".duckdb"):
        with duckdb.connect(str(tmp_path / name)) as database:
            database.execute(f"CREATE TABLE cohort AS FROM '{file}'")
        file, more = tmp_path / name, ["--table", "cohort"]
    drafted = world.ok("data", "draft-dictionary", str(file), *more)
    assert 'levels = ["a", "b"]' in drafted.out
    assert "# bounds = [ , ]" in drafted.out


BAD = {
    "an undeclared level": {"group": TEXT},
    "a missing identifier": {"patient_id": None},
    "a key that repeats": {"visit_id": f"{TEXT}-north-v1"},
}


@pytest.mark.parametrize("odd", BAD.values(), ids=BAD)
def test_data_that_do_not_meet_the_dictionary(world: World, tmp_path: Path, odd: dict[str, Any]) -> None:
    """The problem is named by column and number of rows, at the data manager's and at the run."""
    file = parquet(tmp_path / "bad.parquet", rows("north", **odd))
    for form in ("text", "json"):
        assert world.cli("data", "add", "cohort", str(file), "--format", form, home="north").exit == 9
    query = world.submit(query_text(*ANALYSES))
    world.approve(query)
    with _replaced(world, file):
        for ended in (world.cli("run", "--pending", home="north"), world.cli("run", query, home="north")):
            assert ended.exit == 9


def test_a_number_that_overflows(world: World, tmp_path: Path) -> None:
    """The engine's own message about a value that it cannot square is not repeated."""
    file = parquet(tmp_path / "huge.parquet", rows("north", cost=REAL * 1e300))
    query = world.submit(query_text(*ANALYSES))
    world.approve(query)
    with _replaced(world, file):
        assert world.cli("run", "--pending", home="north").exit == 9
        assert world.cli("data", "check", "cohort", home="north").exit == 0


BROKEN = {
    "wrong type": lambda path: parquet(path, rows("north") | {"group": [WHOLE, *range(1, 2 * PERSONS)]}),
    "a column is missing": lambda path: parquet(
        path, {name: row for name, row in rows("north").items() if name != "cost"}
    ),
    "truncated": lambda path: path.write_bytes(parquet(path, rows("north")).read_bytes()[:-200]),
    "text instead": lambda path: path.write_text(f"{TEXT};{REAL}\n" * 50),
    "empty": lambda path: parquet(path, {name: row[:0] for name, row in rows("north").items()}),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_files_that_cannot_be_used(world: World, tmp_path: Path, broken: Any) -> None:
    """Faults of form end in a code, without the engine's words."""
    file = tmp_path / "broken.parquet"
    broken(file)
    assert world.cli("data", "add", "cohort", str(file), home="north").exit == 9
    world.cli("data", "draft-dictionary", str(file))
    query = world.submit(query_text(*ANALYSES))
    world.approve(query)
    with _replaced(world, file):
        assert world.cli("run", "--pending", home="north").exit == 9


def test_a_database_with_an_open_log(world: World, tmp_path: Path) -> None:
    """A write-ahead log may hold rows; it is not opened."""
    file = tmp_path / "open.duckdb"
    source = parquet(tmp_path / "source.parquet", rows("north"))
    database = duckdb.connect(str(file))
    database.execute("PRAGMA disable_checkpoint_on_shutdown")
    database.execute("SET checkpoint_threshold = '1GB'")
    database.execute(f"CREATE TABLE cohort AS FROM '{source}'")
    assert (tmp_path / "open.duckdb.wal").exists()
    ended = world.cli("data", "add", "cohort", str(file), "--table", "cohort", home="north")
    database.close()
    assert (ended.exit, "D-WAL" in ended.err) == (9, True)


def test_questions_that_are_wrong(world: World) -> None:
    """A query can carry a value that somebody guessed; the answer does not confirm it."""
    wrong = {
        "cohort": [f"\"note = '{TEXT[:6]}'\"", "\"patient_id = 'x'\"", '"cost > abs(group)"'],
        "analyses": [
            'id = "x"\nanalytic = "crosstab"\nby = ["note"]',
            'id = "x"\nanalytic = "count"\nby = 1',
        ],
    }
    for cohort in wrong["cohort"]:
        assert _check(world, query_text(cohort=cohort)) == 3
    for analysis in wrong["analyses"]:
        assert _check(world, query_text(analysis)) == 3


def _check(world: World, text: str) -> int:
    file = world.folder / "researcher" / "wrong.toml"
    file.write_text(text)
    return world.cli("query", "check", str(file), home="researcher").exit


def test_rehearsing(world: World, federation: World, tmp_path: Path) -> None:
    """A rehearsal on canaries tells no more than a release, in both profiles, with a broken site too."""
    data = tmp_path / "rehearsal"
    data.mkdir()
    for site in SITES:
        shutil.copy(federation.folder.parent / f"{site}.parquet", data)
    parquet(data / "broken.parquet", rows("broken", group=TEXT))
    query = tmp_path / "query.toml"
    query.write_text(query_text(*ANALYSES, sites=""))
    for profile in ("standard", "evaluation"):
        line = ["rehearse", str(query), "--data", str(data), "--policy", profile]
        ended = world.cli(*line, "--dictionary", str(federation.folder.parent / "cohort.toml"))
        assert ended.exit == 9


def test_a_bug_of_the_signer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception whose text holds a value leaves its place in the private log, and nothing else."""

    def fail(*_: Any, **__: Any) -> Any:
        secret = TEXT
        raise ValueError(f"{secret} {REAL}")

    monkeypatch.setattr(execute, "run", fail)
    ended = world.cli("run", "--pending", home="north")
    assert (ended.exit, "B-BUG" in ended.err) == (1, True)
    log = (world.folder / "north" / "private.log").read_text()
    assert "ValueError" in log
    assert "test_canary.py" in log


def test_a_bug_of_the_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception inside the vault becomes a code with a place."""

    def fail(*_: Any) -> Any:
        raise ValueError(f"{TEXT} {REAL}")

    monkeypatch.setattr(vault, "open_source", fail)
    task = {"task": "draft", "source": {"kind": "parquet", "paths": ["x"]}, "dataset": "x", "min_count": 3}
    request = Request.read({"task": task, "memory_mb": 100}, "a test")
    reply = vault_here().answer(request)
    assert reply.fault == "V-BUG"
    assert hits(reply.canonical(), "the reply") == []


class _replaced:
    """For a while, another file in the place of north's data."""

    def __init__(self, world: World, file: Path) -> None:
        self._place = Path(
            world.ok("data", "list", "--format", "json", home="north").data["datasets"][0]["files"][0]
        )
        self._file = file

    def __enter__(self) -> None:
        self._kept = self._place.read_bytes()
        shutil.copy(self._file, self._place)

    def __exit__(self, *_: object) -> None:
        self._place.write_bytes(self._kept)

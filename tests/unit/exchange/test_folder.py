"""The exchange as a folder: fixed names, written once, and nothing that others put there is believed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fedcli.errors import Busy, FedcliError, InvalidFile, Untrusted
from fedcli.exchange.folder import FolderExchange, read_sealed, sealed_beside
from fedcli.files.strict import MAX_BYTES

QUERY, OTHER = "a" * 64, "0123456789abcdef" * 4


@pytest.fixture
def office(tmp_path: Path) -> FolderExchange:
    """An empty exchange."""
    return FolderExchange.make(tmp_path / "exchange")


def put(office: FolderExchange, name: str, data: bytes = b"foreign") -> Path:
    """A file that somebody else has put there."""
    path = office.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def found(office: FolderExchange) -> list[str]:
    """All files of the exchange."""
    return sorted(str(path.relative_to(office.folder)) for path in office.folder.rglob("*") if path.is_file())


def test_an_exchange_that_is_not_there_is_down(tmp_path: Path) -> None:
    """A share that is not mounted is waited for, not made anew."""
    (tmp_path / "file").touch()
    for folder in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(Busy, match="X-DOWN"):
            FolderExchange(folder)
    assert not (tmp_path / "nowhere").exists()
    assert FolderExchange.make(tmp_path / "a" / "b").folder.is_dir()


def test_an_empty_exchange_holds_nothing(office: FolderExchange) -> None:
    """And says so without an error."""
    assert office.roots() == []
    assert office.queries() == []
    assert office.latest("north", "manifest") is None
    assert office.latest_checkpoint("north") is None
    assert office.releases("north", QUERY) == []
    with pytest.raises(Untrusted, match="S-GONE"):
        office.dictionary(QUERY)
    with pytest.raises(Untrusted, match="S-GONE"):
        office.query("ana", QUERY)


def test_everything_has_its_name(office: FolderExchange) -> None:
    """The names that formats.md gives."""
    office.put_root(1, b"root")
    office.put_root(9999, b"root")
    office.put_dictionary(OTHER, b"dictionary")
    office.put_query("ana", QUERY, b"query")
    office.put_result("ana", QUERY, b"statement", b"sealed")
    office.put_numbered("north", "manifest", 1, b"manifest")
    office.put_numbered("north", "policy", 1000, b"policy")
    office.put_checkpoint("north", 12, b"note", b"proof")
    office.put_approval("north", QUERY, 1, b"approval")
    office.put_release("north", QUERY, (0, 1), b"statement", b"sealed")
    assert found(office) == [
        f"ana/queries/{QUERY}/query.json",
        f"ana/queries/{QUERY}/result.json",
        f"ana/queries/{QUERY}/result.sealed",
        "federation/0001.root.json",
        "federation/9999.root.json",
        f"federation/dictionaries/{OTHER}.json",
        f"north/approvals/{QUERY}.001.json",
        "north/checkpoints/012",
        "north/checkpoints/012.proof.json",
        "north/manifest/001.json",
        "north/policy/1000.json",
        f"north/releases/{QUERY}/000.01.release.json",
        f"north/releases/{QUERY}/000.01.values.sealed",
    ]


def test_what_was_put_is_read(office: FolderExchange) -> None:
    """The same bytes."""
    office.put_dictionary(OTHER, b"dictionary")
    office.put_query("ana", QUERY, b"query")
    assert office.dictionary(OTHER) == b"dictionary"
    assert office.query("ana", QUERY) == b"query"
    assert office.queries() == [("ana", QUERY)]


def test_names_are_taken_once(office: FolderExchange) -> None:
    """The same again is no error, and another file under the name is."""
    for data in (b"root", b"root"):
        office.put_root(1, data)
        office.put_numbered("north", "policy", 1, data)
        office.put_approval("north", QUERY, 1, data)
        office.put_release("north", QUERY, (0, 1), data, data)
    for again in (
        lambda: office.put_root(1, b"other"),
        lambda: office.put_numbered("north", "policy", 1, b"other"),
        lambda: office.put_approval("north", QUERY, 1, b"other"),
        lambda: office.put_release("north", QUERY, (0, 1), b"root", b"other"),
        lambda: office.put_release("north", QUERY, (0, 1), b"other", b"root"),
    ):
        with pytest.raises(Untrusted, match="X-TAKEN"):
            again()
    assert office.roots() == [b"root"]


# Roots.


def test_roots_come_in_order(office: FolderExchange) -> None:
    """By number, not by the order in which they were put."""
    for version in (3, 1, 2):
        office.put_root(version, b"root %d" % version)
    assert office.roots() == [b"root 1", b"root 2", b"root 3"]


def test_roots_end_at_a_gap(office: FolderExchange) -> None:
    """What comes after a number that is missing cannot be verified."""
    for version in (1, 2, 4, 5):
        office.put_root(version, b"root %d" % version)
    assert office.roots() == [b"root 1", b"root 2"]
    office.put_root(3, b"root 3")
    assert len(office.roots()) == 5


def test_without_the_first_there_is_no_root(office: FolderExchange) -> None:
    """The chain begins with the one that is pinned."""
    office.put_root(2, b"root 2")
    assert office.roots() == []


def test_foreign_files_beside_roots_are_passed_over(office: FolderExchange) -> None:
    """Other endings, numbers of other lengths, and what is being written."""
    office.put_root(1, b"root 1")
    for name in ("1.root.json", "00002.root.json", "0002.root.json.tmp", "x0002.root.json", "0000.root.json"):
        put(office, f"federation/{name}")
    for name in (".0002.root.json", "0002.ROOT.json", "0002.root", "README", "-002.root.json"):
        put(office, f"federation/{name}")
    assert office.roots() == [b"root 1"]


@pytest.mark.parametrize(
    "name", ["\u0660\u0660\u0660\u0661.root.json", "\uff10\uff10\uff10\uff11.root.json", "0001.root.json\n"]
)
def test_a_number_has_one_name(office: FolderExchange, name: str) -> None:
    """Another spelling of a number does not take the place of the root."""
    office.put_root(1, b"root 1")
    put(office, f"federation/{name}")
    assert office.roots() == [b"root 1"]


def test_a_root_that_is_a_link_is_refused(office: FolderExchange) -> None:
    """Whatever it leads to."""
    elsewhere = put(office, "elsewhere")
    (office.folder / "federation").mkdir()
    (office.folder / "federation" / "0001.root.json").symlink_to(elsewhere)
    with pytest.raises(InvalidFile, match="F-OPEN"):
        office.roots()


# Names.


def test_only_participants_and_digests_are_queries(office: FolderExchange) -> None:
    """Folders with other names are not looked into, and never become a name."""
    office.put_query("ana", QUERY, b"query")
    owners = [
        "Ana",
        "ana_b",
        "-ana",
        "ana-",
        "a--b",
        "1ana",
        "ana b",
        "..ana",
        "ana\x1b[2J",
        "é",
        "federation",
    ]
    for owner in owners:
        put(office, f"{owner}/queries/{QUERY}/query.json")
    for query in ("A" * 64, "a" * 63, "a" * 65, "query", "..a", "g" * 64, f".{QUERY}", f"{QUERY}.json"):
        put(office, f"ana/queries/{query}/query.json")
    put(office, "ben", b"a file in the place of a folder")
    assert office.queries() == [("ana", QUERY)]


@pytest.mark.parametrize("name", [f"ana\n/queries/{QUERY}", f"ana/queries/{QUERY}\n"])
def test_a_newline_is_no_part_of_a_name(office: FolderExchange, name: str) -> None:
    """Neither of a participant nor of a digest."""
    put(office, f"{name}/query.json")
    assert office.queries() == []


def test_queries_are_in_order(office: FolderExchange) -> None:
    """By researcher and digest."""
    for owner, query in (("bob", QUERY), ("ana", QUERY), ("ana", OTHER)):
        office.put_query(owner, query, b"query")
    assert office.queries() == [("ana", OTHER), ("ana", QUERY), ("bob", QUERY)]


@pytest.mark.parametrize("name", ["query.json", "0001.root.json"])
def test_what_is_no_file_does_not_hang(office: FolderExchange, name: str) -> None:
    """A pipe under a name that we read is an error at once."""
    folder = office.folder / ("federation" if "root" in name else f"ana/queries/{QUERY}")
    folder.mkdir(parents=True)
    os.mkfifo(folder / name)
    with pytest.raises(InvalidFile, match="F-OPEN"):
        office.roots() if "root" in name else office.query("ana", QUERY)


# What sites number.


def test_the_highest_number_counts(office: FolderExchange) -> None:
    """By value, also beyond three digits."""
    for number in (1, 2, 10, 999, 1000):
        office.put_numbered("north", "manifest", number, b"%d" % number)
        office.put_checkpoint("north", number, b"%d" % number, b"proof")
    assert office.latest("north", "manifest") == (1000, b"1000")
    assert office.latest_checkpoint("north") == (1000, b"1000")
    assert office.latest("south", "manifest") is None


def test_foreign_files_beside_numbers_are_passed_over(office: FolderExchange) -> None:
    """They neither count nor are read."""
    office.put_numbered("north", "policy", 1, b"policy")
    office.put_checkpoint("north", 1, b"note", b"proof")
    for name in (
        "2.json",
        "02.json",
        "002.json.part",
        ".002.json",
        "x002.json",
        "1234567890.json",
        "+02.json",
    ):
        put(office, f"north/policy/{name}")
    for name in ("2", "02", "002.bak", "002.txt", ".002", "1234567890", "2e9"):
        put(office, f"north/checkpoints/{name}")
    assert office.latest("north", "policy") == (1, b"policy")
    assert office.latest_checkpoint("north") == (1, b"note")


@pytest.mark.parametrize("name", ["\u0660\u0660\u0669", "0009", "009\n"])
def test_a_number_of_a_site_has_one_name(office: FolderExchange, name: str) -> None:
    """As it is written with at least three digits, and in no other way."""
    put(office, f"north/policy/{name}.json" if "\n" not in name else "north/policy/009.json\n")
    put(office, f"north/checkpoints/{name}")
    assert office.latest("north", "policy") is None
    assert office.latest_checkpoint("north") is None


def test_the_proof_comes_before_the_note(office: FolderExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sees the checkpoint finds its proof."""
    order: list[str] = []

    def note(path: Path, data: bytes) -> None:
        order.append(f"{path.name} {data.decode()}")

    for name in ("write_once", "write"):
        monkeypatch.setattr(f"fedcli.exchange.folder.{name}", note, raising=False)
    office.put_checkpoint("north", 1, b"note", b"proof")
    office.put_release("north", QUERY, (2, 3), b"statement", b"sealed")
    office.put_result("ana", QUERY, b"statement", b"sealed")
    assert order == [
        "001.proof.json proof",
        "001 note",
        "002.03.values.sealed sealed",
        "002.03.release.json statement",
        "result.sealed sealed",
        "result.json statement",
    ]


def test_a_checkpoint_that_was_interrupted_can_be_repeated(office: FolderExchange) -> None:
    """After a crash between proof and note, a log that has grown has another proof."""
    put(office, "north/checkpoints/001.proof.json", b"proof of then")
    office.put_checkpoint("north", 1, b"note", b"proof of now")
    assert office.latest_checkpoint("north") == (1, b"note")


# Releases.


def test_releases_are_in_order(office: FolderExchange) -> None:
    """By round and attempt, with the statement's path."""
    for round_, attempt in ((1, 1), (0, 2), (0, 1), (0, 10)):
        office.put_release("north", QUERY, (round_, attempt), b"%d.%d" % (round_, attempt), b"sealed")
    told = office.releases("north", QUERY)
    assert [one[:2] for one in told] == [(0, 1), (0, 2), (0, 10), (1, 1)]
    assert [one[2].read_bytes() for one in told] == [b"0.1", b"0.2", b"0.10", b"1.1"]
    assert office.releases("south", QUERY) == []
    assert office.releases("north", OTHER) == []


def test_foreign_files_beside_releases_are_passed_over(office: FolderExchange) -> None:
    """Values without a statement are not yet a release."""
    for name in (
        "000.01.values.sealed",
        "000.01.release.json.part",
        ".000.01.release.json",
        "0.1.release.json",
    ):
        put(office, f"north/releases/{QUERY}/{name}")
    for name in (
        "000.01.release.jsonx",
        "x000.01.release.json",
        "000.1.release.json",
        "0000.01.release.json",
    ):
        put(office, f"north/releases/{QUERY}/{name}")
    assert office.releases("north", QUERY) == []


@pytest.mark.parametrize(
    "name", ["\u0660\u0660\u0660.01.release.json", "000.0001.release.json", "000.01.release.json\n"]
)
def test_an_attempt_has_one_name(office: FolderExchange, name: str) -> None:
    """Another spelling is not a second release of the same attempt."""
    put(office, f"north/releases/{QUERY}/{name}")
    assert office.releases("north", QUERY) == []


def test_the_sealed_file_lies_beside_its_statement(office: FolderExchange) -> None:
    """Under the statement's own name, for a release and for a result."""
    office.put_release("north", QUERY, (0, 1), b"statement", b"values")
    office.put_result("ana", QUERY, b"statement", b"result")
    office.put_result("ana", QUERY, b"statement 2", b"result 2")
    [(_, _, statement)] = office.releases("north", QUERY)
    assert sealed_beside(statement).name == "000.01.values.sealed"
    assert read_sealed(statement) == b"values"
    folder = office.folder / "ana" / "queries" / QUERY
    assert read_sealed(folder / "result.json") == b"result"
    assert sealed_beside(folder / "result.002.json") == folder / "result.002.sealed"
    assert read_sealed(folder / "result.002.json") == b"result 2"


def test_a_sealed_file_may_be_larger_than_others(office: FolderExchange) -> None:
    """It holds tables, so it has a limit of its own."""
    office.put_release("north", QUERY, (0, 1), b"statement", b"x" * (MAX_BYTES + 1))
    [(_, _, statement)] = office.releases("north", QUERY)
    assert len(read_sealed(statement)) == MAX_BYTES + 1


def test_a_sealed_file_that_is_missing_or_a_link_is_told(office: FolderExchange) -> None:
    """The statement alone is not enough."""
    statement = put(office, f"north/releases/{QUERY}/000.01.release.json")
    with pytest.raises(Untrusted, match="S-GONE"):
        read_sealed(statement)
    sealed_beside(statement).symlink_to(put(office, "elsewhere"))
    with pytest.raises(InvalidFile, match="F-OPEN"):
        read_sealed(statement)


# Results.


def test_results_are_numbered(office: FolderExchange) -> None:
    """The first has no number; each next one takes the next name."""
    for number in range(1, 4):
        office.put_result("ana", QUERY, b"statement %d" % number, b"sealed %d" % number)
    names = [name.removeprefix(f"ana/queries/{QUERY}/") for name in found(office)]
    assert names == [
        "result.002.json",
        "result.002.sealed",
        "result.003.json",
        "result.003.sealed",
        "result.json",
        "result.sealed",
    ]


def test_foreign_files_beside_results_do_not_count(office: FolderExchange) -> None:
    """Only results are counted."""
    for name in ("query.json", "result.txt", "result.1.json", "result.0002.json", "xresult.json"):
        put(office, f"ana/queries/{QUERY}/{name}")
    office.put_result("ana", QUERY, b"statement", b"sealed")
    assert (office.folder / "ana" / "queries" / QUERY / "result.json").read_bytes() == b"statement"


def test_a_result_that_was_interrupted_can_be_repeated(office: FolderExchange) -> None:
    """After a crash between the two files, sealing anew gives other bytes: they need another name."""
    orphan = put(office, f"ana/queries/{QUERY}/result.sealed", b"sealed then")
    try:
        office.put_result("ana", QUERY, b"statement", b"sealed now")
    except FedcliError as error:
        pytest.fail(f"{error.code} for ever")
    assert orphan.read_bytes() == b"sealed then"
    [statement] = list(orphan.parent.glob("result*.json"))
    assert read_sealed(statement) == b"sealed now"

"""Links lead somewhere, and the README's example is real; `make check` holds generated pages to the code."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from fedcli import app
from fedcli.config import Options
from fedcli.report.console import Console
from tests import pages
from tests.attacks import catalogue

PROJECT = pages.PROJECT
MARKDOWN = sorted(
    path for path in PROJECT.rglob("*.md") if ".venv" not in path.parts and "node_modules" not in path.parts
)


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link is a file."""
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_no_path_of_a_machine(page: Path) -> None:
    """Pages name no folder of the machine that they were written on."""
    assert not re.search(r"(?<!fedcli)/(work|root|home|tmp)/", page.read_text())


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `fedcli demo demo --keep` prints."""
    out, err = io.StringIO(), io.StringIO()
    folder = tmp_path_factory.mktemp("demo")
    console = Console(out=out, err=err)
    assert app.run(["demo", str(folder / "demo"), "--keep"], Options(environ={}, cwd=folder), console) == 0
    return out.getvalue().replace(f"{folder}/", "")


def test_the_readme_shows_the_demonstration(demo: str) -> None:
    """Each line of the README's excerpt is a line of a real run, digests apart, in the same order."""
    readme = (PROJECT / "README.md").read_text()
    excerpt = re.search(r"<!-- demo -->\n```text\n(.*?)```", readme, re.DOTALL)
    assert excerpt is not None
    real = iter(masked(demo))
    for line in masked(excerpt[1]):
        assert line in real, f"not in the demonstration, or not in this order: {line}"


def masked(text: str) -> list[str]:
    """Lines without what differs from run to run."""
    return [
        re.sub(r"q-[0-9a-f]{12}|[0-9a-f]{64}", "…", line.rstrip())
        for line in text.splitlines()
        if line.strip()
    ]


def test_the_two_commands(demo: str) -> None:
    """The README's two commands are targets of the Makefile."""
    makefile = (PROJECT / "Makefile").read_text()
    for target in ("demo", "test", "check", "docs", "bench"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    assert "differing                                  0" in demo


def test_promises_name_their_tests() -> None:
    """Each promise is numbered, and names a test that exists."""
    promises = re.findall(
        r"^(\d+)\. .*?\n((?:   .*\n)+)", (PROJECT / "docs" / "promises.md").read_text(), re.MULTILINE
    )
    assert [int(number) for number, _ in promises] == list(range(1, len(promises) + 1))
    for number, text in promises:
        assert named(text), f"promise {number} names no test"


def named(text: str) -> list[str]:
    """The tests that a text names, which must exist."""
    found = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?(?:::\w+)?`", text)
    for path, function in found:
        source = (PROJECT / path).read_text()
        there = f"def {function}(" in source or f"class {function}:" in source
        assert not function or there, f"no {function} in {path}"
    return [path for path, _ in found]


def test_attacks_name_their_tests() -> None:
    """Each names the test that plants it, and its control: that test too, or another one."""
    lines = [
        line.strip("| ").split(" | ") for line in (PROJECT / "docs" / "attacks.md").read_text().splitlines()
    ]
    attacks = [line for line in lines if len(line) == 4][1:]
    assert len(attacks) > 20
    for attack, _, tried, control in attacks:
        assert named(tried), attack
        assert control in ("in it", "a mutant") or named(control), attack


def test_the_catalogue_is_whole() -> None:
    """Every attack has a test that is there, with a control, or a sentence that says why it has none."""
    assert [row.number for row in catalogue.ROWS] == list(range(1, 65))
    for row in catalogue.ROWS:
        tests = " ".join(f"`{catalogue.named(test)}`" for test in row.tried)
        assert len(named(tests)) == len(row.tried), row
        assert row.tried or row.stops.startswith("Not here yet: "), row
        assert row.control in ("in it", "a mutant") or named(row.control), row


def test_every_document_of_the_glossary_is_a_noun() -> None:
    """Words that we do not say are not in the pages; the leverage of a row is what statistics calls it."""
    for page in MARKDOWN:
        text = page.read_text().lower()
        assert not re.search(r"\b(blockchain|smart contract|leverage (the|our|your)|seamless)\b", text), page

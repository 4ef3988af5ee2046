"""The page of files has every file that there is, and the examples on it have their forms."""

from __future__ import annotations

import re
from pathlib import Path

from fedcli.files.strict import parse_toml
from fedcli.workflows.forms import FORMS
from tests import pages

TEXT = (pages.PROJECT / "docs" / "formats.md").read_text()
SCHEMAS = {
    "fedcli/query/1": "query",
    "fedcli/dictionary/1": "dictionary",
    "fedcli/policy/1": "policy",
    "fedcli/external/1": "external",
    "fedcli/cases/1": "cases",
}
HOMES = {"fedcli/home/1": "home", "fedcli/credentials/1": "credentials"}


def _patterns() -> list[str]:
    """The names of the page's tree, as regular expressions."""
    tree = TEXT.partition("```text\nexchange/\n")[2].partition("```")[0]
    names = []
    for line in tree.splitlines():
        first, *more = re.split(r",? +", re.split(r" {2,}", line.strip())[0])
        names += [first, *(f"{first.rpartition('/')[0]}/{other}" for other in more)]
    return [re.sub(r"<\\?\w+>", r"[0-9A-Za-z-]+", re.escape(name)) for name in names]


def test_every_file_of_the_exchange(played: Path) -> None:
    """Whatever the demonstration leaves in the exchange is in the tree, and the tree has little else."""
    exchange = played / "demo" / "exchange"
    files = [str(path.relative_to(exchange)) for path in exchange.rglob("*") if path.is_file()]
    patterns = _patterns()
    assert len(files) > 50
    assert [file for file in files if not any(re.fullmatch(one, file) for one in patterns)] == []
    unused = [one for one in patterns if not any(re.fullmatch(one, file) for file in files)]
    rare = ("rounds", "reviews", "withdrawals", r"\.result\.")  # the last are of runs
    assert all(any(name in one for name in rare) for one in unused), "the demonstration has all else"


def test_every_file_of_a_home(played: Path) -> None:
    """The first words of every path in a home are on the page."""
    lists = TEXT.rpartition("```text\n")[2].partition("```")[0]
    for home in ("north", "researcher", "federation"):
        for path in (played / "demo" / home).iterdir():
            if path.name != "data" and not re.match(r"\d-", path.name):
                assert path.name in lists, path.name


def test_examples_have_their_form() -> None:
    """Each TOML block is a whole file of its form."""
    texts = re.findall(r"^```toml\n(.*?)^```", TEXT, re.M | re.S)
    blocks = [parse_toml(text.encode(), "the page") for text in texts]
    homes = ["fedcli/home/1"] * 3
    assert [block["schema"] for block in blocks] == [*SCHEMAS, *homes, "fedcli/credentials/1"]
    for block in blocks:
        FORMS[{**SCHEMAS, **HOMES}[block["schema"]]].read(block, "the page")


def test_every_form_is_told() -> None:
    """The table has all forms."""
    assert re.findall(r"^\| `([a-z-]+)` \|", TEXT, re.M) == list(FORMS)

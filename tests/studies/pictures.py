"""The pictures on the studies' pages, of `report --html` in Chromium: `python -m tests.studies pictures`."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from fedcli.analytics.cumulative_incidence import CumulativeIncidence
from fedcli.engine.memory import MemoryRows
from fedcli.model.shown.results import ResultShown
from fedcli.report.sheet.document import document
from tests.oracle.fits import dictionary_of
from tests.oracle.test_incidence import EDGES, drawn
from tests.studies.worked import PROJECT, told
from tests.unit.report.results import analysis, result

IMAGES = PROJECT / "docs" / "images"
_WIDTH, _CAUSES = 900, 640
MADE_UP = {
    "months": {"type": "real", "bounds": [0, 100]},
    "ended": {"type": "text", "levels": ["relapse", "alive", "death"]},
    "arm": {"type": "text", "levels": ["a", "b"]},
}


class Picture(NamedTuple):
    """Of which answer a picture is, how high, and of which terms; without terms the page begins it."""

    analysis: str
    height: int
    terms: tuple[str, ...] = ()


PICTURES = {
    "rare-disease": Picture("places", 1150),
    "fraud": Picture("model", 640, ("log(amount)", "countryother")),
    "delays": Picture("model", 640, ("transportair", "transportsea:quarter")),
}


def page(name: str) -> str:
    """The page of one answer; where a picture is of some terms, what the sites estimate of these alone."""
    wanted = PICTURES[name]
    shown, found = told(name, "standard", wanted.analysis)
    assert shown.result is not None
    whole = document(ResultShown(result=shown.result.model_copy(update={"analyses": (found,)})))
    if not wanted.terms:
        return whole
    between = whole[whole.index("<h4>Between the sites</h4>") :]
    figures = re.findall(r"<figure>.*?</figure>", between, re.DOTALL)
    kept = [one for one in figures if any(f"<strong>{term}.</strong>" in one for term in wanted.terms)]
    head = whole[: whole.index("<header>")]
    return f"{head}<main><h4>Between the sites</h4>{''.join(kept)}</main></div></body></html>"


def causes() -> str:
    """The picture and the first table of competing causes, of the made-up trial of the oracles' tests."""
    table = drawn()
    asked = CumulativeIncidence.read(
        {"time": "months", "event": "ended", "censored": "alive", "edges": EDGES, "by": ["arm"]}, "a picture"
    )
    rows = MemoryRows(table.to_pylist(), dictionary_of(MADE_UP), None, asked.reads())
    answer = asked.answer(asked.local(rows).unseal_for_the_gate()[0])  # type: ignore[attr-defined]
    told = analysis("cumulative_incidence", answer.json_value())
    whole = document(ResultShown(result=result(told, title="Relapse and death in two arms")))
    figure = re.search(r"<figure>.*?</figure>", whole, re.DOTALL)
    assert figure is not None
    head = whole[: whole.index("<header>")]
    return f"{head}<main><h3>Relapse and death in two arms</h3>{figure[0]}</main></div></body></html>"


def take(name: str) -> Path:
    """Take the picture of a study; the file."""
    return _taken(page(name), f"study-{name}", PICTURES[name].height)


def take_causes() -> Path:
    """Take the picture of competing causes; the file."""
    return _taken(causes(), "report-causes", _CAUSES)


def _taken(text: str, name: str, height: int) -> Path:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    assert browser, "there is no Chromium here"
    target = IMAGES / f"{name}.png"
    with tempfile.TemporaryDirectory(prefix="fedcli-pictures-") as folder:
        file = Path(folder) / "page.html"
        file.write_text(text)
        line = [browser, "--headless", "--disable-gpu", "--no-sandbox", "--hide-scrollbars"]
        line += [f"--window-size={_WIDTH},{height}", f"--user-data-dir={folder}/browser"]
        subprocess.run([*line, f"--screenshot={target}", file.as_uri()], capture_output=True, check=True)
    return target

"""The pictures on the studies' pages, of `report --html` in Chromium: `python -m tests.studies pictures`."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from fedcli.model.shown.results import ResultShown
from fedcli.report.sheet.document import document
from tests.studies.worked import PROJECT, told

IMAGES = PROJECT / "docs" / "images"
_WIDTH = 900


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


def take(name: str) -> Path:
    """Take the picture of a study; the file."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    assert browser, "there is no Chromium here"
    target = IMAGES / f"study-{name}.png"
    with tempfile.TemporaryDirectory(prefix="fedcli-pictures-") as folder:
        file = Path(folder) / "page.html"
        file.write_text(page(name))
        line = [browser, "--headless", "--disable-gpu", "--no-sandbox", "--hide-scrollbars"]
        line += [f"--window-size={_WIDTH},{PICTURES[name].height}", f"--user-data-dir={folder}/browser"]
        subprocess.run([*line, f"--screenshot={target}", file.as_uri()], capture_output=True, check=True)
    return target

"""Pages in a real browser, where there is one: shown with their style, and nothing runs or is refused."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from fedcli.report.sheet.document import document
from tests.unit.report.test_sheet import SHOWN

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here")
#: What Chromium's log says of a page that wants more than its policy allows.
COMPLAINTS = ("Refused to", "violates the following", "Content Security Policy directive")


def _browse(page: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Chromium on a page, offline; its log is on stderr."""
    line = [str(BROWSER), "--headless", "--disable-gpu", "--no-sandbox", "--hide-scrollbars"]
    line += ["--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--window-size=900,1200"]
    line += [f"--user-data-dir={page.parent / 'browser'}", *more, page.as_uri()]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=True)


def _screenshot(page: Path) -> tuple[bytes, str]:
    picture = page.with_suffix(".png")
    log = _browse(page, f"--screenshot={picture}").stderr
    return picture.read_bytes(), log


@pytest.mark.parametrize("name", SHOWN)
def test_it_is_shown(tmp_path: Path, name: str) -> None:
    """It is shown with its style, which a page with another digest is not, and nothing is refused."""
    text = document(SHOWN[name])
    page, bare = tmp_path / "page.html", tmp_path / "bare.html"
    page.write_text(text)
    bare.write_text(text.replace("sha256-", "sha256-AAAA", 1))
    shown, log = _screenshot(page)
    without, complaints = _screenshot(bare)
    assert shown.startswith(b"\x89PNG")
    assert shown != without
    assert not [line for line in log.splitlines() if any(one in line for one in COMPLAINTS)]
    assert any(one in complaints for one in COMPLAINTS)


def test_no_script_would_run(tmp_path: Path) -> None:
    """A script that somebody got into the page is refused by its policy; without the policy it runs."""
    text = document(SHOWN["hostile"])
    script = "<script>document.title = 'it ran'</script></body>"
    page, bare = tmp_path / "page.html", tmp_path / "bare.html"
    page.write_text(text.replace("</body>", script))
    bare.write_text(text.replace("Content-Security-Policy", "x").replace("</body>", script))
    assert "<title>it ran</title>" not in _browse(page, "--dump-dom").stdout
    assert "<title>it ran</title>" in _browse(bare, "--dump-dom").stdout

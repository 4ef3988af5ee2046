"""The page of evidence shows every part of the campaign, and what it said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fedcli.model import policy
from tests.campaign import kept
from tests.campaign.__main__ import PARTS


def test_every_part_is_on_the_page() -> None:
    """None is left out, and none is there that cannot be run."""
    assert set(kept.TITLES) == set(PARTS)
    assert all(f"tests.campaign {part}`" in kept.page() for part in PARTS)


def test_what_is_kept_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lines as they were said; a part that found something says so in capitals."""
    monkeypatch.setattr(kept, "RESULTS", tmp_path / "results")
    kept.keep("month", ["a line", "another"], 0, 61.4)
    kept.keep("large", ["too much"], 2, 600)
    kept.keep("bytes", ["the first kind"], None, 5)
    page = kept.page()
    assert "5 s: CUT SHORT" in page
    assert "a line\nanother" in page
    assert "61 s: nothing was found" in page
    assert "10 min: 2 FAILED" in page
    assert page.count("not run yet") == len(PARTS) - 3


def test_nothing_that_was_found_is_kept() -> None:
    """What a campaign finds is mended, and the part is run again."""
    told = [json.loads(path.read_text()) for path in kept.RESULTS.glob("*.json")]
    assert [one for one in told if one["failed"]] == []


def test_live_data_want_whole_evidence() -> None:
    """No answer is called fit for live data while a part is missing, was cut short, or found something."""
    known = {path.stem: json.loads(path.read_text())["failed"] for path in kept.RESULTS.glob("*.json")}
    whole = known == dict.fromkeys(PARTS, 0)
    assert ("live" if whole else "preview") == policy.BEST

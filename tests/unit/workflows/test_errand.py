"""What a vault is given beside its task."""

from __future__ import annotations

import json

import pytest

from fedcli.engine.vault import Child
from fedcli.model.policy import Limits
from fedcli.model.vault import Drafting, Reply, Source
from fedcli.workflows import errand


def test_a_vault_has_the_limits_of_the_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many megabytes, and so many seconds."""
    asked: list[tuple[int, float]] = []

    def ask(child: Child, request: bytes, seconds: float) -> bytes:
        child.end()
        asked.append((json.loads(request)["memory_mb"], seconds))
        return Reply().canonical()

    monkeypatch.setattr(errand, "ask", ask)
    task = Drafting(source=Source(kind="parquet", paths=("x",)), dataset="d", min_count=10)
    for limits in (Limits(), Limits(memory="512 MB"), Limits(deadline="2 min")):
        errand.errand(task, limits)
    assert asked == [(4000, 1800.0), (512, 1800.0), (4000, 120.0)]

"""How the gate judged an analysis: what the vault answers, and what a site keeps for the same question."""

from __future__ import annotations

from typing import Literal

from fedcli.model.disclosure import Finding
from fedcli.model.document import Document
from fedcli.model.identifiers import Code
from fedcli.model.release import Answered


class Judged(Document):
    """How the gate ended for one analysis. Only `released` carries numbers."""

    verdict: Literal["released", "parked", "refused"]
    code: Code | None = None
    answered: Answered | None = None
    findings: tuple[Finding, ...] = ()

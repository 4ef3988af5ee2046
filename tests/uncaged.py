"""A vault in the process of a test, which must not give anything up."""

from __future__ import annotations

from fedcli.engine.cage import Cage
from fedcli.model.vault import Places
from fedcli.workflows.vault import Vault


class Open(Cage):
    """No cage at all."""

    def __init__(self, _: Places, __: int) -> None:  # what a real one does cannot be undone
        self.missing = ()


def vault_here() -> Vault:
    """A vault without a cage."""
    return Vault(Open)

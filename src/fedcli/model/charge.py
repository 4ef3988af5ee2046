"""A charge: what one question costs, written down before any data is opened."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, model_validator

from fedcli.model.document import Document
from fedcli.model.identifiers import Amount, Count, Digest, Name, amount, units
from fedcli.model.policy import Mode


class Charge(Document):
    """One question of one researcher on one snapshot in one mode and round state.

    Question, state, snapshot, mode, researcher and share are its identity: asking the same again is the
    same charge, for whatever project.

    Under differential privacy `share` is the rho of one draw of noise, and `draws` says how many the
    question takes: all of them are charged with the first (`rho`). A later one costs nothing and names, as
    `plan`, the entry that has paid for it.
    """

    question: Digest
    state: Digest | None = None
    snapshot: Name
    mode: Mode
    population: Name
    researcher: Name
    project: Name | None = None
    questions: Count = 1
    scalars: Count
    rho: Amount | None = None
    share: Amount | None = None
    draws: Annotated[int, Field(ge=1, le=1000)] | None = None
    plan: Count | None = None

    @model_validator(mode="after")
    def _priced(self) -> Self:
        """A charge under differential privacy has a price: without a share the filter would not see it."""
        if (self.mode == "differential-privacy") != (self.share is not None):
            raise ValueError('share is for mode = "differential-privacy", which needs it')
        return self


def price(charges: Iterable[Charge]) -> Amount | None:
    """What some charges cost a person together under differential privacy; None where all are exact."""
    paid = [units(one.rho) for one in charges if one.rho is not None]
    return amount(sum(paid)) if paid else None

"""What is told of the budgets of populations under differential privacy."""

from __future__ import annotations

from typing import Literal

from fedcli.model.document import Document
from fedcli.model.identifiers import Amount, Count, Day, Digest, Moment, Name
from fedcli.model.policy import Mode
from fedcli.model.shown.base import Shown


class AccountShown(Document):
    """What a population, or one project of it, may spend, has spent, and has left (rho).

    `per_day` is the pace of the last 30 days, or since the first charge where that is later; `until` is the
    day on which nothing is left at this pace, missing where that day does not come.
    """

    project: Name | None = None
    capacity: Amount
    spent: Amount
    left: Amount
    per_day: Amount
    until: Day | None = None


class BudgetShown(Document):
    """The budget of a population at a site.

    `whole` is missing where there is none: the mode is disclosure control, and nothing was ever spent.
    `claim` is conditional where exact numbers of the same persons left too, for the reasons in `because`:
    what is spent then bounds nothing, so there is no epsilon.
    """

    population: Name
    datasets: tuple[Name, ...]
    mode: Mode
    whole: AccountShown | None = None
    projects: tuple[AccountShown, ...] = ()
    claim: Literal["none", "conditional", "differential-privacy"] = "none"
    because: tuple[str, ...] = ()
    delta: str | None = None
    epsilon_spent: float | None = None
    epsilon_capacity: float | None = None


class BudgetsShown(Shown):
    """The budgets of a site's populations."""

    budgets: tuple[BudgetShown, ...]


class SpendingShown(Document):
    """One charge under differential privacy: what it cost, or the entry that had paid for it (`plan`).

    `share` is the rho of one draw of noise, and `draws` how many the question takes; `left` is what the
    population had left after it.
    """

    entry: Count
    at: Moment
    project: Name | None = None
    researcher: Name
    query: Digest | None = None
    analysis: Name | None = None
    rho: Amount
    share: Amount
    draws: Count
    plan: Count | None = None
    left: Amount


class HistoryShown(Document):
    """Every charge of a population in order, and their sum."""

    population: Name
    datasets: tuple[Name, ...]
    mode: Mode
    charges: tuple[SpendingShown, ...]
    spent: Amount


class HistoriesShown(Shown):
    """The charges of a site's populations."""

    histories: tuple[HistoryShown, ...]

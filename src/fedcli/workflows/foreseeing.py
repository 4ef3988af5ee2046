"""The noise that a query would meet, before anybody signs: the error to expect, and what a smaller one costs.

From the query, the dictionary and the policy alone, for a number of persons that somebody has in mind. No
data are opened, and nothing is spent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from fedcli.combiners.noise import told
from fedcli.model.cells import About
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import Amount, ColumnName, Name, amount, fraction, units
from fedcli.model.policy import Privacy
from fedcli.model.query import Draft
from fedcli.model.result import Answer, Table
from fedcli.model.shown.plans import DrawsTold, ErrorTold, PriceTold, PrivacyForeseen
from fedcli.policy.zcdp import epsilon, lowest_scale
from fedcli.statistics.forms import Form, Noisy
from fedcli.statistics.rows import VARIABLE
from fedcli.workflows.admit import Admitted
from fedcli.workflows.pricing import Price

#: To which power of its column's unit a statistic is.
_POWERS = {"mean": 1, "sd": 1, "variance": 2}
#: The prices that are laid side by side, as so many times the one that was asked; each by its error.
_TIMES = ((Fraction(1, 4), 2.0), (Fraction(1), 1.0), (Fraction(4), 0.5))


class Foreseen(NamedTuple):
    """What is known of a query under noise before it is asked."""

    draft: Draft
    agreed: Dictionary
    privacy: Privacy
    prices: Mapping[Name, Price]

    @property
    def sites(self) -> int:
        """How many sites are added up: those that the query names, or one."""
        return len(self.draft.sites or ()) or 1

    @property
    def disjoint(self) -> bool:
        """Whether each person pays at one site only."""
        return self.agreed.overlap == "declared-disjoint" or self.sites == 1


def scale(form: Form, share: Amount) -> float:
    """The scale of the noise of one draw at one site: of numbers their standard deviation, in their units."""
    return lowest_scale(form.steps, fraction(share) / form.draws) / form.unit


def foresee(asked: Foreseen, admitted: Sequence[Admitted], persons: int) -> PrivacyForeseen | None:
    """What a query pays, and how far noise will move its numbers; None of an exact one."""
    rho = asked.draft.privacy.rho
    if rho is None:
        return None
    whole = units(rho) * (1 if asked.disjoint else asked.sites)
    return PrivacyForeseen(
        rho=rho,
        delta=asked.privacy.delta,
        sites=asked.sites,
        named=asked.draft.sites is not None,
        persons=persons,
        disjoint=asked.disjoint,
        whole=amount(whole),
        project_rho=asked.privacy.project_rho,
        capacity_rho=asked.privacy.capacity_rho,
        draws=tuple(_draws(asked, admitted)),
        errors=tuple(error for one in admitted for error in _errors(asked, one, persons)),
        prices=tuple(_prices(asked, units(rho))),
    )


def _draws(asked: Foreseen, admitted: Sequence[Admitted]) -> Iterator[DrawsTold]:
    """What each analysis pays, and for which noise, as far as it is admitted."""
    forms = {one.analysis.id: one.outline.form for one in admitted if isinstance(one.outline, Noisy)}
    for name, price in asked.prices.items():
        mechanism = forms[name].mechanism if name in forms else None
        yield DrawsTold(
            analysis=name, mechanism=mechanism, rho=price.whole, draws=price.draws, share=price.share
        )


def _prices(asked: Foreseen, rho: int) -> Iterator[PriceTold]:
    """The price that was asked, beside a quarter of it and four times as much."""
    for times, error in _TIMES:
        price = int(rho * times)
        if price == 0:
            continue
        whole = Fraction(amount(price)) * (1 if asked.disjoint else asked.sites)
        yield PriceTold(
            rho=amount(price),
            error=error,
            epsilon=epsilon(whole, fraction(asked.privacy.delta)),
            of_project=_share(price, asked.privacy.project_rho),
            of_population=_share(price, asked.privacy.capacity_rho),
        )


def _share(price: int, budget: Amount) -> float | None:
    """Which part of a whole budget a price is; None of a budget of nothing."""
    return price / units(budget) if units(budget) else None


def _errors(asked: Foreseen, one: Admitted, persons: int) -> Iterator[ErrorTold]:
    """The accuracy of each kind of number, the worst where there are several of a kind."""
    if not isinstance(one.outline, Noisy):
        return
    form = one.outline.form
    strength = scale(form, asked.prices[one.analysis.id].share)
    if (slip := form.slip(strength)) is not None:
        yield ErrorTold(analysis=one.analysis.id, statistic="rank", unit="rows, at each site", accuracy=slip)
    variance = asked.sites * form.variance(strength)
    typical = Noisy(form, dict(form.typical(persons * asked.sites)), variance)
    found: dict[tuple[ColumnName, ColumnName | None], list[float | None]] = {}
    for statistic, of, width in _widths(told(typical, one.analytic.answer)):
        found.setdefault((statistic, of), []).append(width)
    for (statistic, of), widths in found.items():
        yield ErrorTold(
            analysis=one.analysis.id,
            statistic=statistic,
            of=of,
            unit=_unit(asked.agreed, statistic, of),
            accuracy=max((width for width in widths if width is not None), default=None),
        )


def _widths(answer: Answer) -> Iterator[tuple[ColumnName, ColumnName | None, float | None]]:
    """Statistic, variable and accuracy of every number that noise moves, or would not let be told."""
    for name, cell in answer.scalars.items():
        if cell is None or isinstance(cell, About):
            yield name, None, _width(cell)
    for table in answer.tables.values():
        yield from _of_table(table)


def _of_table(table: Table) -> Iterator[tuple[ColumnName, ColumnName | None, float | None]]:
    keys = table.columns[: table.keys]
    named = next((keys.index(one) for one in (VARIABLE, "column") if one in keys), None)
    for row in table.rows:
        of = None if named is None else str(row[named])
        for column, cell in zip(table.columns[table.keys :], row[table.keys :], strict=True):
            if cell is None or isinstance(cell, About):
                yield column, of, _width(cell)


def _width(cell: About | None) -> float | None:
    known = cell is not None and math.isfinite(cell.high - cell.low)
    return (cell.high - cell.low) / 2 if cell is not None and known else None


def _unit(agreed: Dictionary, statistic: ColumnName, of: ColumnName | None) -> str | None:
    """The unit of a statistic of a column, where the dictionary says one."""
    column = agreed.columns.get(of) if of else None
    power = _POWERS.get(statistic)
    if column is None or column.unit is None or power is None:
        return None
    if power == 1:
        return column.unit
    return f"{column.unit}²" if column.unit.isalpha() else f"({column.unit})²"

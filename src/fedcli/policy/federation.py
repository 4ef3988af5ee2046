"""The audit of a federation: what can be worked out of the counts that its sites hid in one query.

The attacker knows every table of the query, at every site, and totals that were published elsewhere. A
hidden count is safe where its whole published interval is possible; where that is open above, where it is
not known exactly. Without totals the sites say nothing of each other: the least and the most of a sum are
the sums of the sites', so that a pooled count is as safe as the sites' are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fedcli.errors import fault
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import Name
from fedcli.model.result import Audit
from fedcli.model.totals import Total
from fedcli.policy.persons import pairs
from fedcli.policy.told import Cells, told
from fedcli.statistics.shape import Shape

#: Cells of joint tables that are looked at: a world of so many takes a laptop a second.
MOST_CELLS = 20_000
#: Cells of persons with several rows that are held against each other: some seconds.
MOST_PAIRS = 1_000_000
#: The shapes of a site's answer, by analysis.
Shapes = Mapping[Name, Shape]


def audited(sites: Mapping[Name, Shapes], dictionary: Dictionary, totals: Sequence[Total] = ()) -> Audit:
    """Which hidden counts can be known more closely than what was published of them.

    Raises:
        InvalidFile: R-CONTRADICTED where no data can have both the totals and what the sites told.
    """
    cells = {site: found for site, shapes in sites.items() if (found := _cells(shapes, dictionary))}
    hidden = sum(one.hidden for rows in cells.values() for row in rows.values() for one in row)
    if not cells or not (hidden or totals):
        return Audit(audited=True)
    from fedcli.policy.worlds import Tables  # numpy and scipy, where something is to be solved

    apart = sum(pairs([row for row in rows.values() if row[0].persons]) for rows in cells.values())
    if Tables(cells, dictionary).size > MOST_CELLS or apart > MOST_PAIRS:
        return Audit(audited=False, hidden=hidden, left=hidden)
    return _solved(cells, dictionary, totals, hidden)


def _cells(shapes: Shapes, dictionary: Dictionary) -> Cells:
    """What a site told of counts; analyses of something else are left out."""
    found = {name: list(told(shape, dictionary)) for name, shape in shapes.items()}
    return {name: row for name, row in found.items() if row}


def _solved(
    cells: Mapping[Name, Cells], dictionary: Dictionary, totals: Sequence[Total], hidden: int
) -> Audit:
    """What each site's tables tell, or where there are totals, what they tell together."""
    from fedcli.policy.worlds import Tables, found

    each = {site: found(Tables({site: rows}, dictionary)) for site, rows in cells.items()}
    contradictory = tuple(site for site, one in each.items() if not one.possible)
    ends = list(each.values())
    if totals and not contradictory:
        ends = [found(Tables(cells, dictionary), totals)]
        if not ends[0].possible:
            raise fault("R-CONTRADICTED")
    left = sum(one.left for one in ends)
    return Audit(
        audited=not left and not contradictory,
        hidden=hidden,
        left=left,
        narrowed=tuple(cell for one in ends for cell in one.narrowed),
        contradictory=contradictory,
    )

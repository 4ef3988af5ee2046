"""The audit of what was combined: what the sites told of one query, held together and against totals."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fedcli.analytics import parse as parse_analysis
from fedcli.combiners.sum import parts
from fedcli.errors import fault
from fedcli.files.reader import read
from fedcli.files.strict import parse_json, parse_toml
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import Name
from fedcli.model.query import Query
from fedcli.model.result import Audit
from fedcli.model.totals import Total, Totals
from fedcli.policy.federation import audited
from fedcli.policy.told import of_rows
from fedcli.statistics.counts import Counts
from fedcli.statistics.shape import Shape
from fedcli.workflows.quorum import Quorum


def read_totals(path: Path) -> Totals:
    """Totals that people wrote down, as TOML or JSON."""
    data = read(path)
    value = parse_json(data, path.name) if path.suffix == ".json" else parse_toml(data, path.name)
    return Totals.read(value, path.name)


def audit(query: Query, quorum: Quorum, agreed: Dictionary, totals: Totals | None = None) -> Audit | None:
    """What can be worked out of what the sites hid, in the first round of a query; None under noise.

    Raises:
        InvalidFile: R-TOTALS for totals of what was not asked; R-CONTRADICTED for impossible ones.
    """
    if query.privacy.rho is not None:
        if totals is not None:
            problem = "noise hides everybody alike, so that no total from elsewhere says more"
            raise fault("R-TOTALS", problem=problem, where="the query")
        return None
    outlines = {one.id: parse_analysis(one, "the query").outline(agreed) for one in query.analyses}
    known = [total.model_copy(update={"sites": total.sites or query.sites}) for total in _listed(totals)]
    for number, total in enumerate(known, 1):
        _check(total, query, outlines, agreed, f"total {number}")
    sites: dict[Name, dict[Name, Shape]] = {one.release.value.site: {} for one in quorum.contributions}
    for name, outline in outlines.items():
        for site, shape in parts(outline, name, quorum.answered(name)):
            sites[site][name] = shape
    found = audited(sites, agreed, known)
    return found.model_copy(update={"totals": totals.sha256 if totals else None})


def _listed(totals: Totals | None) -> tuple[Total, ...]:
    return totals.total if totals else ()


def _check(
    total: Total, query: Query, outlines: Mapping[Name, Shape], agreed: Dictionary, where: str
) -> None:
    """A total is of a table of counts that was asked, at its levels, over sites of the query."""
    outline = outlines.get(total.analysis)
    if not isinstance(outline, Counts):
        raise fault("R-TOTALS", problem=f"{total.analysis} is no table of counts of this query", where=where)
    levels = {axis.name: {(type(level), level) for level in axis.levels} for axis in outline.axes}
    for name, level in total.levels.items():
        if (type(level), level) not in levels.get(name, ()):
            raise fault("R-TOTALS", problem=f"{total.analysis} has no {name} = {level}", where=where)
    if not of_rows(outline, agreed) and total.levels.keys() != levels.keys():
        several = f"persons of {total.analysis} can be in several cells: name a level of each axis"
        raise fault("R-TOTALS", problem=several, where=where)
    for site in total.sites or ():
        if site not in query.sites:
            raise fault("R-TOTALS", problem=f"{site} is not among the sites of the query", where=where)

"""A site's release in the layout of ACRO, for output checkers and their tools.

It is made of what left and of what the checks found, never of the data: no number is in it that the
release does not have. What the checks found stays at the site, and so should these files.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import fedcli
from fedcli.errors import fault
from fedcli.files.canonical import digest
from fedcli.files.reader import read
from fedcli.files.writer import write_folder
from fedcli.language.words import words
from fedcli.ledger import accounts, registry
from fedcli.ledger.accounts import Recorded
from fedcli.ledger.store import Store
from fedcli.model.cells import Axis, Cell, Gap, size
from fedcli.model.disclosure import Statbarn
from fedcli.model.home import Desk
from fedcli.model.identifiers import Digest, Name, resolve, short
from fedcli.model.judged import Judged
from fedcli.model.policy import Policy
from fedcli.model.query import Analysis, Query
from fedcli.model.release import Answered, Release
from fedcli.model.shown.work import ReleaseExported
from fedcli.policy import sacro
from fedcli.trust.dsse import content, parse, predicate
from fedcli.trust.membership import Membership
from fedcli.trust.verified import verify_policy
from fedcli.workflows.inbox import find
from fedcli.workflows.recall import held_withdrawal
from fedcli.workflows.standing import exchange, membership, require
from fedcli.workflows.standing import store as open_store

_COLUMNS = ("field", "cell", "levels", "value", "low", "high", "suppressed")
_VALUE = _COLUMNS.index("value")


class Output(NamedTuple):
    """One analysis of one release as it left, and how it was judged."""

    uid: str
    analysis: Analysis
    release: Release
    judged: Judged
    answered: Answered


def export(desk: Desk, given: str, folder: Path) -> ReleaseExported:
    """Write what a site released of a query as results.json, config.json, tables and checksums.

    The same release gives the same bytes; a file that differs is not replaced, and then none is written.

    Raises:
        UsageFault: Q-UNKNOWN where no values of the query have left this site; F-EXISTS.
    """
    require(desk, "site")
    members, book = membership(desk), open_store(desk)
    made = [one for one in accounts.releases(book) if one.outcome == "released"]
    query = find(desk, members, resolve(given, [one.query for one in made])).value
    releases = [_release(one) for one in made if one.query == query.sha256]
    told = {one.uid: one for release in releases for one in _outputs(book, query, release)}
    outputs = list(told.values())
    recalled = _recalled(book, members, desk.home.file.name, query.sha256)
    files = _files(query, outputs, _policy(desk, members, releases[-1].policy), recalled)
    new = write_folder(folder, files)
    return ReleaseExported(
        id=short(query.sha256),
        query=query.sha256,
        folder=str(folder),
        files=tuple(files),
        outputs=tuple(one.uid for one in outputs),
        recalled=recalled,
        new=new,
    )


def _release(recorded: Recorded) -> Release:
    where = "the site database"
    return predicate(content(parse(recorded.statement, where), "release", where), Release, where)


def _outputs(book: Store, query: Query, release: Release) -> Iterator[Output]:
    """What left of each analysis in one release: the answer that is kept for its charge and its rules."""
    analyses = {one.id: one for one in query.analyses}
    for charged in release.charges:
        judged = accounts.left(book, charged.charge, release)
        name = charged.entry.analysis
        if judged is not None and judged.answered is not None and name in analyses:
            uid = f"{name}-{release.round:03}" if release.round else name
            yield Output(uid, analyses[name], release, judged, judged.answered)


def _recalled(book: Store, members: Membership, site: Name, query: Digest) -> str | None:
    data = registry.withdrawal(book, query)
    return held_withdrawal(data, members, site, query).value.reason if data else None


def _policy(desk: Desk, members: Membership, wanted: Digest) -> Policy:
    """The policy under which a release was made, as the site published it, or S-GONE."""
    site = desk.home.file.name
    for path in exchange(desk.home).policies(site):
        found = verify_policy(read(path), members.of_all_times(), f"{site}/policy/{path.name}").value
        if found.sha256 == wanted:
            return found
    raise fault("S-GONE", where=f"{site}/policy")


def _files(query: Query, outputs: list[Output], policy: Policy, recalled: str | None) -> dict[str, bytes]:
    """All files by their names, results.json last: who sees it finds the rest."""
    tables = {f"{one.uid}_0.csv": _table(one.answered) for one in outputs}
    results = {
        "version": sacro.LAYOUT,
        "tool": {
            "@type": "SoftwareApplication",
            "name": "fedcli",
            "url": "urn:fedcli",
            "version": fedcli.__version__,
        },
        "results": {one.uid: _record(query, one, recalled) for one in outputs},
    }
    parts = {**tables, "config.json": _json(sacro.config(policy)), "results.json": _json(results)}
    sums = {f"checksums/{name}.txt": digest(data).encode() for name, data in parts.items()}
    last = parts.pop("results.json")
    return {**parts, **sums, "results.json": last}


def _record(query: Query, output: Output, recalled: str | None) -> dict[str, Any]:
    """One output as a record of ACRO."""
    answered, findings = output.answered, output.judged.findings
    hidden = [place for place, row in enumerate(_rows(answered)) if row["suppressed"]]
    told = [f"recalled by the site: {recalled}"] if recalled else []
    return {
        "uid": output.uid,
        "status": "fail" if recalled else sacro.status(findings),
        "type": "regression" if Statbarn.LINEAR_MODELS in sacro.statbarns(answered.rules) else "table",
        "properties": {
            "method": output.analysis.analytic,
            "mitigation": "noise" if answered.noise else "suppress" if hidden else "none",
            "digits": dict(answered.digits),
            **({"noise": answered.noise.json_value()} if answered.noise else {}),
        },
        "files": [
            {
                "name": f"{output.uid}_0.csv",
                "sdc": {
                    "summary": {"suppressed": len(hidden), **sacro.summary(findings)},
                    "cells": {"suppressed": [[place, _VALUE] for place in hidden]},
                },
            }
        ],
        "outcome": {
            "value": {
                str(place): "suppressed" if row["suppressed"] else "ok"
                for place, row in enumerate(_rows(answered))
            }
        },
        "command": _command(query, output.analysis),
        "summary": f"{sacro.status(findings)}; "
        + (answered.noise.words if answered.noise else f"{len(hidden)} cells suppressed"),
        "timestamp": output.release.issued.isoformat(),
        "comments": [f"{query.title}; {query.project}; {short(query.sha256)}", *told],
        "exception": "",
        "fair": _fair(output) | _variables(output.analysis),
    }


def _fair(output: Output) -> dict[str, object]:
    answered = output.answered
    return sacro.fair(answered.rules, output.judged.findings, noisy=answered.noise is not None)


def _variables(analysis: Analysis) -> dict[str, object]:
    """What was described, and by what: the analytic's own parameters that name columns."""
    design = analysis.parameters.get("design")
    if isinstance(design, Mapping):
        return {"dependent": analysis.parameters.get("formula", "unknown"), "independent": []}
    of = analysis.parameters.get("columns") or analysis.parameters.get("column") or "unknown"
    by = analysis.parameters.get("by") or []
    return {"dependent": of, "independent": [by] if isinstance(by, str) else list(by)}


def _command(query: Query, analysis: Analysis) -> str:
    """The analysis as it was asked, of which rows."""
    told = (
        f"{name}={value}"
        for name, value in analysis.parameters.items()
        if value not in ([], None) and not isinstance(value, dict)
    )
    return (
        f"{analysis.analytic}({', '.join(told)}) of {query.dataset} where {words(query.cohort, query.derive)}"
    )


def _table(answered: Answered) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows(answered))
    return text.getvalue().encode()


def _rows(answered: Answered) -> Iterator[dict[str, object]]:
    """Each cell that left in a row of its own: its number, or the interval that it lies in."""
    whole, labels = size(answered.axes), list(_labels(answered.axes))
    for field, cells in answered.cells.items():
        for place, cell in enumerate(cells):
            levels = labels[place] if len(cells) == whole else ""
            yield {"field": field, "cell": place, "levels": levels, **_told(cell)}


def _labels(axes: tuple[Axis, ...]) -> Iterator[str]:
    for levels in product(*(axis.levels for axis in axes)):
        yield "; ".join(f"{axis.name}={level}" for axis, level in zip(axes, levels, strict=True))


def _told(cell: Cell) -> dict[str, object]:
    if isinstance(cell, Gap):
        return {"value": None, "low": cell.low, "high": cell.high, "suppressed": 1}
    return {"value": cell, "low": None, "high": None, "suppressed": 0}


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=4, ensure_ascii=False, allow_nan=False) + "\n").encode()

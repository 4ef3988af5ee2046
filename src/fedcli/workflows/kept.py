"""Results as they are kept and posted: sealed to the recipients of a query, numbered, and read again."""

from __future__ import annotations

from pathlib import Path

from fedcli.errors import Busy, fault
from fedcli.exchange.folder import result_name
from fedcli.files.canonical import digest
from fedcli.files.reader import names, read
from fedcli.files.strict import parse_json
from fedcli.files.writer import PRIVATE, write
from fedcli.model.home import Desk
from fedcli.model.identifiers import Count, Digest, resolve
from fedcli.model.query import Query
from fedcli.model.result import Combined, Result
from fedcli.model.shown.results import ResultShown
from fedcli.trust.dsse import sign, statement
from fedcli.trust.membership import Membership
from fedcli.trust.sealing import seal
from fedcli.workflows.exporting import exported
from fedcli.workflows.recall import reasons, recalls
from fedcli.workflows.standing import exchange, keys, membership, require
from fedcli.workflows.tidy import csv_text, noisy, rounded, suppressed

_BLOCK = 4096


def keep(desk: Desk, members: Membership, query: Query, result: Result) -> ResultShown:
    """Keep the result, and post it sealed; the same releases give the same result, once."""
    path = _kept(desk, query.sha256, result.occurrence.run if result.occurrence else 0)
    before = read_result(path) if path.exists() else None
    if before is not None and before.model_copy(update={"issued": result.issued}) == result:
        return _shown(before, path, new=False)
    _post(desk, members, query, result)
    write(path, result.canonical(), PRIVATE)
    return _shown(result, path, new=True)


def _kept(desk: Desk, query: Digest, run: Count) -> Path:
    """Where the result of a query, or of a run of one that recurs, is kept."""
    return desk.home.path / "results" / query / result_name(run)


def _post(desk: Desk, members: Membership, query: Query, result: Result) -> None:
    combined = Combined(
        maturity=result.maturity,
        federation=result.federation,
        root_version=members.root.version,
        query=query.sha256,
        researcher=query.researcher,
        occurrence=result.occurrence,
        releases={one.site: one.release for one in result.sites if one.release is not None},
        recipients=query.recipients,
        issued=result.issued,
    )
    run = result.occurrence.run if result.occurrence else 0
    bound: dict[str, object] = {"result": query.sha256} | ({"run": run} if run else {})
    box = sealed(members, query, result.canonical(), bound)
    signed = sign(statement("result", digest(box), combined), [keys(desk)])
    exchange(desk.home).put_result(query.researcher, query.sha256, signed, box, run)


def read_result(path: Path) -> Result:
    """A result that was kept here."""
    return Result.read(parse_json(read(path), str(path)), path.name)


def kept(
    desk: Desk, given: str, csv: Path | None = None, parquet: Path | None = None, run: int | None = None
) -> ResultShown:
    """The result of a query that was combined before, or R-NONE; also as files where they are named.

    Of a recurring query that of a run, by default the last that was combined.
    """
    require(desk, "researcher")
    query = resolve(given, names(desk.home.path / "queries"))
    path = _kept(desk, query, run) if run is not None else _latest(desk, query)
    if not path.exists():
        raise fault("R-NONE", query=given)
    shown = _shown(read_result(path), path, new=False)
    return exported(shown.model_copy(update=since(desk, shown.result)), csv, parquet)


def given(desk: Desk | None, file: Path, csv: Path | None = None, parquet: Path | None = None) -> ResultShown:
    """A result that somebody handed over as a file: nothing vouches for its numbers.

    Whether a site has recalled a release since is looked up where there is a home of the same federation.
    """
    shown = _shown(read_result(file), file, new=False)
    seen = {"unseen": True} if desk is None else since(desk, shown.result)
    return exported(shown.model_copy(update={"given": True, **seen}), csv, parquet)


def _latest(desk: Desk, query: Digest) -> Path:
    """The result of a query, or of its last run that was combined."""
    known = names(desk.home.path / "results" / query, "result.json")
    return desk.home.path / "results" / query / (known[-1] if known else result_name(0))


def since(desk: Desk, result: Result) -> dict[str, object]:
    """The sites that recalled what a result was made of, and why, as far as can be seen now."""
    contributed = [one.site for one in result.sites if one.release is not None]
    try:
        members = membership(desk)
        if members.root.federation != result.federation:
            return {"unseen": True}
        found = recalls(exchange(desk.home), members, result.query, contributed)
    except Busy:
        return {"unseen": True}
    return {"withdrawn": reasons(found)}


def as_csv(shown: ResultShown) -> str:
    """A result as the text of a CSV file."""
    return csv_text(shown.result)


def _shown(result: Result, path: Path, new: bool) -> ResultShown:
    told = {"suppressed": suppressed(result), "rounded": rounded(result), "noisy": noisy(result)}
    return ResultShown(result=result, path=str(path), new=new, **told)  # type: ignore[arg-type]


def sealed(members: Membership, query: Query, text: bytes, bound: dict[str, object]) -> bytes:
    """Something for the recipients of a query, padded to whole blocks."""
    length = -(-len(text) // _BLOCK) * _BLOCK
    return seal(text, members.sealing_keys(query.recipients), bound, length)

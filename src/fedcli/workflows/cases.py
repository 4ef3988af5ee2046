"""A site's own tests of its policy: each case is asked, and how it ends is held against what was expected."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from fedcli.errors import CATALOGUE, FedcliError, fault, meant
from fedcli.files.reader import names, read
from fedcli.files.strict import parse_toml
from fedcli.model.cases import Case, Cases, Expected
from fedcli.model.cells import Gap, size
from fedcli.model.dataset import Level
from fedcli.model.disclosure import Verdict
from fedcli.model.judged import Judged
from fedcli.model.policy import Policy
from fedcli.model.shown.trials import CaseTold, EndTold, PolicyTested
from fedcli.policy.ontology import CHECKS
from fedcli.statistics.shape import Shape
from fedcli.workflows.errand import Kept, Vaults
from fedcli.workflows.explaining import part_of
from fedcli.workflows.spare import Spares
from fedcli.workflows.staging import Staged, staged
from fedcli.workflows.trial import End, Trial, check_exact

_ENDS = {"parked": "review", "refused": "refused"}
Places = tuple[tuple[Level, ...], ...]


def tested(policy: Policy, path: Path, spares: Spares) -> PolicyTested:
    """Every case of a file, or of the files of a folder, under a policy.

    Raises:
        InvalidFile: F-SCHEMA or P-CASE where a file is no cases, P-CASES where there is none, P-NOISE for a
            policy without checks.
    """
    check_exact(policy)
    with Vaults(one=True, spares=spares) as vaults:
        told = tuple(
            one
            for file in _files(path)
            for case in _read(file).case
            for one in _told(policy, file, case, vaults.of(""))
        )
    return PolicyTested(policy=policy.name, cases=told)


def _files(path: Path) -> list[Path]:
    found = [path / name for name in names(path, ".toml")] if path.is_dir() else [path]
    if not found:
        raise fault("P-CASES", path=path)
    return found


def _read(file: Path) -> Cases:
    return Cases.read(parse_toml(read(file), str(file)), file.name)


def _told(policy: Policy, file: Path, case: Case, kept: Kept) -> Iterator[CaseTold]:
    where = f"{file.name}, case {case.name}"
    _check_reasons(case, where)
    with tempfile.TemporaryDirectory(prefix="fedcli-cases-") as scratch:
        try:
            found = staged(case, file.parent, Path(scratch), kept)
            expected = _expected(case, found, where)
            trial = Trial(policy, found.held, kept)
            ends = trial.ends(found.analyses, found.cohort, found.derive)
        except FedcliError as error:
            raise error.within(where) from None
    for one in found.analyses:
        ended = _ended(ends[one.id], trial, one)
        wanted = expected[one.id]
        differs = tuple(_differs(ended, wanted))
        yield CaseTold(
            file=file.name,
            case=case.name,
            about=case.about,
            analysis=one.id,
            holds=not differs,
            expected=wanted.outcome,
            found=ended,
            differs=differs,
        )


def _check_reasons(case: Case, where: str) -> None:
    """A reason with a slip of the pen would never be met, or be met by nothing."""
    known = [*CHECKS, *CATALOGUE]
    for reason in (reason for one in case.expect for reason in one.because or ()):
        if reason not in known:
            raise fault(
                "P-CASE", case=where, reason=f"{reason} is no check and no code", meant=meant(reason, known)
            )


def _expected(case: Case, found: Staged, where: str) -> dict[str, Expected]:
    """What is expected of each analysis: what names it, else what names none. Silence is an error."""
    given = {one.analysis: one for one in case.expect}
    asked = [one.id for one in found.analyses]
    odd = [name for name in given if name is not None and name not in asked]
    if odd or len(given) != len(case.expect):
        raise fault(
            "P-CASE",
            case=where,
            reason=f"expect names {', '.join(map(str, odd)) or 'an analysis twice'}",
            meant=f"it asks {', '.join(asked)}",
        )
    silent = [name for name in asked if name not in given and None not in given]
    if silent:
        told = f"nothing is expected of {', '.join(silent)}"
        raise fault("P-CASE", case=where, reason=told, meant="say what of each")
    return {name: given[name] if name in given else given[None] for name in asked}


def _ended(end: End, trial: Trial, one: object) -> EndTold:
    """How an analysis ended, in the words of a case."""
    if isinstance(end, FedcliError):
        return EndTold(outcome="refused", because=(end.code,))
    failed = [
        finding.check for finding in end.findings if finding.enforced and finding.verdict is not Verdict.PASS
    ]
    because = tuple(dict.fromkeys((*failed, *([end.code] if end.code else []))))
    hidden = _hidden(end, trial.admitted(one).outline)  # type: ignore[arg-type]
    outcome = _ENDS.get(end.verdict, "suppressed" if hidden else "released")
    return EndTold.made("an end", outcome=outcome, because=because, hidden=hidden)


def _hidden(end: Judged, outline: Shape) -> dict[str, Places]:
    """The suppressed cells of each field that has some, as their levels."""
    cells = end.answered.cells if end.answered else {}
    found = {
        name: tuple(
            place
            for place, cell in zip(_places(outline, name, len(row)), row, strict=True)
            if isinstance(cell, Gap)
        )
        for name, row in cells.items()
    }
    return {name: places for name, places in found.items() if places}


def _places(outline: Shape, field: str, numbers: int) -> list[tuple[Level, ...]]:
    """The levels of each cell; of what has no axes, such as a matrix, its place from zero on."""
    part = part_of(outline, field)
    axes = next((axes for axes in (part.axes, part.groups) if size(axes) == numbers), ())
    named = list(product(*(axis.levels for axis in axes)))
    return named if len(named) == numbers else [(place,) for place in range(numbers)]


def _differs(found: EndTold, wanted: Expected) -> Iterator[str]:
    """What is otherwise than expected, a sentence each."""
    if found.outcome != wanted.outcome:
        yield f"{found.outcome} instead of {wanted.outcome}"
    if wanted.because is not None and set(found.because) != set(wanted.because):
        yield f"because of {_listed(found.because)} instead of {_listed(wanted.because)}"
    for field, places in wanted.hidden.items():
        hidden = set(found.hidden.get(field, ()))
        if hidden != set(places):
            yield f"in {field} hidden are {_listed(hidden)} instead of {_listed(places)}"


def _listed(values: object) -> str:
    told = sorted(" ".join(map(str, one)) or "it" if isinstance(one, tuple) else str(one) for one in values)  # type: ignore[attr-defined]
    return ", ".join(told) or "nothing"

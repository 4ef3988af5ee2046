"""Shapes with evidence by hand, and what a check says of them."""

from __future__ import annotations

from typing import Any

from fedcli.model.cells import Axis, Cell, size
from fedcli.model.policy import Disclosure
from fedcli.policy.checks import Subject
from fedcli.policy.ontology import CHECKS
from fedcli.statistics.counts import Counts
from fedcli.statistics.evidence import Evidence
from fedcli.statistics.moments import Moments
from fedcli.statistics.shape import Shape


def table(*lengths: int) -> tuple[Axis, ...]:
    """Axes of so many levels each."""
    return tuple(
        Axis(name=f"a{at}", levels=tuple(f"l{one}" for one in range(length)))
        for at, length in enumerate(lengths)
    )


def counted(
    *persons: int, axes: tuple[Axis, ...] = (), missing: int = 0, outside: int = 0
) -> tuple[Shape, Evidence]:
    """A table of persons."""
    axes = axes or table(len(persons))
    shape = Counts(axes, {"count": persons, "missing": (missing,)}, per_person=1)
    cohort = sum(persons) + missing
    figures: Any = {"persons": {"count": persons, "missing": (missing,)}}
    return shape, Evidence(figures, cohort=cohort, population=cohort + outside)


def measured(
    persons: tuple[int, ...] = (100,), *, groups: int | None = None, outside: int = 0, **figures: Any
) -> tuple[Shape, Evidence]:
    """Moments of one variable, nothing dominated, nothing constant, unless figures say so."""
    number = len(persons)
    axes = table(1, number) if groups is None else table(number // groups, groups)
    plenty: dict[str, tuple[Any, ...]] = {
        "contributors": persons,
        "magnitude": (1000.0,) * number,
        "largest": (1.0,) * number,
        "second": (1.0,) * number,
        "constant": (0,) * number,
        "spread": (0.01,) * number,
        "missing": (0,) * number,
        "mean": (1.5,) * number,
        "m2": (2.5,) * number,
    } | {name: value if isinstance(value, tuple) else (value,) for name, value in figures.items()}
    cells: dict[str, tuple[Cell, ...]] = {name: plenty[name] for name in ("missing", "mean", "m2")}
    shape = Moments(axes, {"n": persons} | cells, per_person=1, bounds=((0.0, 10.0),) * len(axes[0].levels))
    assert size(axes) == number
    evidence: Any = {
        "persons": {"n": persons, "missing": plenty["missing"], "mean": persons, "m2": persons},
        **{kind: {"mean": plenty[kind]} for kind in ("contributors", "magnitude", "largest", "second")},
        "constant": {"mean": plenty["constant"], "m2": plenty["constant"]},
        "spread": {"m2": plenty["spread"]},
    }
    return shape, Evidence(evidence, cohort=max(persons), population=max(persons) + outside)


def failing(
    check: str, field: str, subject: tuple[Shape, Evidence], rules: Disclosure | None = None
) -> set[int]:
    """The cells that do not pass a check."""
    shape, evidence = subject
    [found] = [one for one in shape.fields if one.name == field]
    return set(CHECKS[check].judge(Subject(shape, found, evidence, rules or Disclosure())))

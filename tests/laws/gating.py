"""Random rules, and what a gate might suppress under them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from fedcli.model.cells import Axis
from fedcli.model.disclosure import Mitigation
from fedcli.model.policy import Disclosure, Dominance, Precision
from fedcli.policy.checks import Subject
from fedcli.policy.ontology import CHECKS, guards
from fedcli.statistics.evidence import Evidence
from fedcli.statistics.moments import Moments
from fedcli.statistics.shape import Mask, Masks, Shape

SHARES = st.sampled_from(["0.10", "0.40", "0.50", "0.85", "1"])
ROUNDING = st.sampled_from(["none", "none", "nearest-5", "floor-midpoint-5", "midpoint-6"])
DIGITS = st.one_of(st.integers(1, 8), st.just("full"))


@st.composite
def rules(draw: st.DrawFn) -> Disclosure:
    """Rules with thresholds small enough for a dozen rows to pass them."""
    return Disclosure(
        min_count=draw(st.integers(1, 5)),
        min_dof=draw(st.integers(0, 4)),
        dominance=tuple(Dominance(n=n, share=draw(SHARES)) for n in (1, 2) if draw(st.booleans())),
        p_percent=draw(st.sampled_from(["0", "0.10", "0.50"])),
        zeros=draw(st.sampled_from(["release", "merge"])),
        rounding=draw(ROUNDING),
        digits=Precision(mean=draw(DIGITS), sd=draw(DIGITS)),
        enforce=draw(st.sampled_from(["all", "threshold"])),
    )


@st.composite
def layers(draw: st.DrawFn) -> dict[str, Any]:
    """Some keys of `disclosure`, as a layer would set them."""
    one = draw(rules()).json_value()
    keys = draw(st.frozensets(st.sampled_from(sorted(one))))
    return {key: one[key] for key in sorted(keys)}


@st.composite
def masks(draw: st.DrawFn, shape: Shape, evidence: Evidence, rules: Disclosure, every: bool = False) -> Masks:
    """Cells that could fail: a count only where its persons are few, any other number anywhere.

    Every small count where `every`: rounding takes none for one that left.
    """
    found: dict[str, Mask] = {}
    for field in shape.fields:
        if not any(CHECKS[name].mitigation is Mitigation.SUPPRESS for name in guards(field)):
            found[field.name] = frozenset()  # it is refused as a whole
            continue
        few = CHECKS["threshold"].judge(Subject(shape, field, evidence, rules))
        able = few if field.precision is None else range(shape.length(field))
        if every and field.precision is None:
            found[field.name] = few
            continue
        found[field.name] = draw(st.frozensets(st.sampled_from(sorted(able)))) if able else frozenset()
    return found


def moments(n: int, mean: float, m2: float, bounds: tuple[float, float] | None = (0.0, 1.0)) -> Moments:
    """The moments of one variable in no groups."""
    return Moments(
        (Axis(name="variable", levels=("x",)),),
        {"n": (n,), "missing": (0,), "mean": (mean,), "m2": (m2,)},
        per_person=1,
        bounds=(bounds,),
        whole=(False,),
    )

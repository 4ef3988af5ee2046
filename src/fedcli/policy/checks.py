"""The checks: each says which cells of one field do not pass. They judge shapes, never analytics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import NamedTuple

from fedcli.model.cells import Cell
from fedcli.model.identifiers import fraction
from fedcli.model.policy import Disclosure
from fedcli.policy.secondary import Outlook
from fedcli.statistics.evidence import Evidence, Figures
from fedcli.statistics.shape import Field, Mask, Shape


class Subject(NamedTuple):
    """One field of a shape on its way out, with what is known of its cells."""

    shape: Shape
    field: Field
    evidence: Evidence
    rules: Disclosure
    outlook: Outlook | None = None

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The exact cells."""
        return self.shape.cells[self.field.name]

    def figures(self, *kinds: str) -> list[tuple[int | float, ...]]:
        """The evidence of some kinds, cell by cell."""
        found: list[Figures] = [self.evidence.of(kind, self.field.name) for kind in kinds]  # type: ignore[arg-type]
        return list(zip(*found, strict=True))


Judge = Callable[[Subject], Mask]


def threshold(subject: Subject) -> Mask:
    """Cells with fewer persons than `min_count`; cells of nobody too, where zeros are merged."""
    hide_zeros = subject.rules.zeros == "merge" and not subject.field.zero_is_safe
    least = 0 if hide_zeros else 1
    return _where(least <= persons < subject.rules.min_count for (persons,) in subject.figures("persons"))


def complement(subject: Subject) -> Mask:
    """Every cell, when few persons, but not none, are left out of the cohort wholly or in part."""
    evidence = subject.evidence
    few = range(1, subject.rules.min_count)
    left_out = evidence.population - evidence.cohort in few or evidence.outside in few
    return _where(left_out for _ in subject.cells)


def class_disclosure(subject: Subject) -> Mask:
    """The cells of a line in which all persons have the same level: 100 % here is 0 % there.

    Where zeros are merged with small counts, the line does not show it.
    """
    if subject.rules.zeros == "merge" and subject.rules.min_count > 1:
        return Mask()
    persons = [figures[0] for figures in subject.figures("persons")]
    telling = [
        line
        for line in subject.shape.lines(subject.field)
        if len(line) > 1 and sum(persons[index] > 0 for index in line) == 1
    ]
    return Mask(index for line in telling for index in line)


def contributors(subject: Subject) -> Mask:
    """Cells in which few persons have another value than zero, or than a lowest or highest one of most.

    Such a mean tells how many they are: of a disease as 0 and 1, of a score that nearly all fulfil.
    """
    return _where(0 < persons < subject.rules.min_count for (persons,) in subject.figures("contributors"))


def dominance(subject: Subject) -> Mask:
    """Cells in which the n largest contributors hold at least the share that the (n, k) rule names."""
    limits = subject.rules.shares

    def dominated(magnitude: float, largest: float, second: float) -> bool:
        held = {1: Fraction(largest), 2: Fraction(largest) + Fraction(second)}
        return magnitude > 0 and any(held[n] >= share * Fraction(magnitude) for n, share in limits.items())

    return _where(dominated(*figures) for figures in subject.figures("magnitude", "largest", "second"))


def p_percent(subject: Subject) -> Mask:
    """Cells where the second contributor could estimate the largest to within p of its value."""
    p = fraction(subject.rules.p_percent)

    def estimated(magnitude: float, largest: float, second: float) -> bool:
        rest = Fraction(magnitude) - Fraction(largest) - Fraction(second)
        # Of `worst` totals the shares are rounded up, and may come to more than all.
        return magnitude > 0 and max(rest, Fraction(0)) < p * Fraction(largest)

    return _where(estimated(*figures) for figures in subject.figures("magnitude", "largest", "second"))


def all_same(subject: Subject) -> Mask:
    """Cells in which all values are the same: the mean is everybody's value."""
    return _where(constant == 1 for (constant,) in subject.figures("constant"))


def degrees_of_freedom(subject: Subject) -> Mask:
    """Cells with too few persons beyond the one whose value the mean gives away."""
    return _where(0 < persons < subject.rules.min_dof + 1 for (persons,) in subject.figures("persons"))


def spread(subject: Subject) -> Mask:
    """Cells in which one person makes up the share of the (1, k) rule in the squared deviations."""
    limit = subject.rules.shares.get(1, Fraction(1))
    return _where(Fraction(share) >= limit > 0 for (share,) in subject.figures("spread"))


def model_cells(subject: Subject) -> Mask:
    """Sums of a model that hold a small cell of a table of indicators; zeros too, where they are merged."""
    rules = subject.rules
    return _where(
        0 < persons < rules.min_count or (rules.zeros == "merge" and not inhabited)
        for persons, inhabited in subject.figures("cells", "inhabited")
    )


def parameters(subject: Subject) -> Mask:
    """Every cell of a model with too many parameters for the persons of its smaller outcome group."""
    most = fraction(subject.rules.parameters_per_person)
    return _where(most * Fraction(each) < 1 for (each,) in subject.figures("stratum"))


def network(subject: Subject) -> Mask:
    """Every cell of a network with more than one weight for ten persons, whatever a policy only records."""
    weights = subject.shape.weights
    return _where(10 * weights > persons > 0 for (persons,) in subject.figures("persons"))


def model_dof(subject: Subject) -> Mask:
    """Every cell of a model that leaves too few degrees of freedom."""
    return _where(left < subject.rules.min_dof for (left,) in subject.figures("residual"))


def model_by_people(subject: Subject) -> Mask:
    """Every cell, where the policy lets people look at every model."""
    return _where(subject.rules.models == "review" for _ in subject.cells)


def secondary(subject: Subject) -> Mask:
    """Cells that are hidden because others, or earlier releases, would give small groups away with them."""
    outlook = subject.outlook
    return Mask() if outlook is None or outlook.masks is None else outlook.masks[subject.field.name]


def memory(subject: Subject) -> Mask:
    """Every cell, when a small group can be worked out whatever is hidden."""
    outlook = subject.outlook
    return _where(outlook is not None and outlook.masks is None for _ in subject.cells)


def membership(subject: Subject) -> Mask:
    """Every cell, when so many traits of few persons would be told that they betray who is among them."""
    outlook = subject.outlook
    return _where(outlook is not None and outlook.exposed for _ in subject.cells)


def model_counts(subject: Subject) -> Mask:
    """Every cell of a model, where counts are rounded: its sums hold n and the table of its indicators."""
    return _where(subject.rules.rounding != "none" for _ in subject.cells)


def banned(subject: Subject) -> Mask:
    """Every cell: a minimum or maximum is one person's value."""
    return _where(True for _ in subject.cells)


def _where(failing: Iterable[bool]) -> Mask:
    return Mask(index for index, fails in enumerate(failing) if fails)

"""From a formula to the columns of a design, by the dictionary: levels, coding, bounds, names.

Categories are coded as R does by default (treatment contrasts; the first level is the reference). A
category of a term gets all its levels where the term without it is not in the model (Chambers and
Hastie 1992, section 2.4.1), and so does the first category of a model without an intercept. A basis
gives several columns, numbered as in R.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import cast

from fedcli.errors import fault, meant
from fedcli.language.formula import Basis, Formula, Product, Variable, parse
from fedcli.language.splines import LEGENDRE, splines
from fedcli.model.dataset import NUMERIC, Dictionary, Level
from fedcli.model.terms import MAX_FACTORS, MAX_NAME, MAX_TERMS, Design, Factor, Spline, Term, Transform
from fedcli.statistics.basis import value

INTERCEPT = "(Intercept)"
Bounds = tuple[float, float]


def design(text: str, dictionary: Dictionary, where: str, offset: str | None = None) -> Design:
    """The design of a formula.

    Raises:
        InvalidFile: Q-FORMULA, Q-COLUMN, Q-USE, Q-LEVELS; Q-BOUNDS for a number without bounds.
    """
    formula = parse(text, where)
    terms = _limited(formula, dictionary, where)
    shift = _offset(offset, dictionary, where) if offset else None
    outcome = _outcome(formula.outcome, formula.intercept, dictionary, where)
    return Design(outcome=outcome, terms=terms, offset=shift)


def choosing(text: str, dictionary: Dictionary, where: str, reference: Level | None) -> Design:
    """The design of a formula whose outcome has several levels; the first, if no other, is the reference.

    Raises:
        InvalidFile: as for `design`; Q-LEVELS without levels, Q-LEVEL for what is none of them.
    """
    formula = parse(text, where)
    outcome, terms = formula.outcome, _limited(formula, dictionary, where)
    levels = _levels_of(outcome, dictionary, where)
    compared = levels[0] if reference is None else reference
    if not any(_is(level, compared) for level in levels):
        have = [_told(level) for level in levels]
        close = meant(_told(compared), have)
        raise fault("Q-LEVEL", level=compared, column=outcome.column, have=", ".join(have), meant=close)
    told = Term(name=outcome.column, factors=(Factor(column=outcome.column, level=compared),))
    others = tuple(level for level in levels if not _is(level, compared))
    if not others or len(others) * len(terms) > MAX_TERMS:
        reason = f"with so many levels it has more than {MAX_TERMS} columns" if others else "it has one level"
        raise fault("Q-FORMULA", reason=reason, where=where)
    return Design(outcome=told, terms=terms, choices=others)


def _levels_of(outcome: Variable, dictionary: Dictionary, where: str) -> tuple[Level, ...]:
    column = dictionary.column(outcome.column)
    if column.sensitivity == "identifier" or "model" not in column.use:
        raise fault("Q-USE", column=outcome.column, use="model")
    if not (outcome.plain or outcome.category):
        raise fault("Q-FORMULA", reason="an outcome of levels is a column, not a function of it", where=where)
    if not column.categories:
        raise fault("Q-LEVELS", column=outcome.column)
    return column.categories


def _is(one: Level, other: Level) -> bool:
    """The same level: true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _limited(formula: Formula, dictionary: Dictionary, where: str) -> tuple[Term, ...]:
    terms = tuple(_terms(formula, dictionary, where))
    if len(terms) > MAX_TERMS or any(len(term.factors) > MAX_FACTORS for term in terms):
        raise fault("Q-FORMULA", reason=f"it has more than {MAX_TERMS} columns", where=where)
    return terms


def _terms(formula: Formula, dictionary: Dictionary, where: str) -> Iterator[Term]:
    known = {frozenset(term) for term in formula.terms} | {frozenset[Variable]()}
    whole = None if formula.intercept else _first_category(formula, dictionary, where)
    if formula.intercept:
        yield Term(name=INTERCEPT)
    for term in formula.terms:
        there = known - {frozenset()} if term == whole else known
        coded = [_coded(variable, term, there, dictionary, where) for variable in term]
        for chosen in product(*reversed(coded)):  # as in R, the first variable runs fastest
            yield _term(list(chosen[::-1]), formula.intercept, where)


def _first_category(formula: Formula, dictionary: Dictionary, where: str) -> Product | None:
    """The term that takes the intercept's place where there is none: the first category alone."""
    alone = (term for term in formula.terms if len(term) == 1)
    return next((term for term in alone if _is_category(term[0], dictionary, where)), None)


#: One way in which a variable enters a column: its name there, the factor, and its bounds.
Part = tuple[str, Factor, Bounds]


def _coded(
    variable: Variable, term: Product, known: set[frozenset[Variable]], dictionary: Dictionary, where: str
) -> list[Part]:
    if not _is_category(variable, dictionary, where):
        numbers = _based if variable.basis else _alone
        return numbers(variable, dictionary, where)
    levels = dictionary.columns[variable.column].categories
    if not levels:
        raise fault("Q-LEVELS", column=variable.column)
    contrasts = frozenset(term) - {variable} in known
    label = f"C({variable.column})" if variable.category else variable.column
    return [
        (f"{label}{_told(level)}", Factor(column=variable.column, level=level), (0.0, 1.0))
        for level in (levels[1:] if contrasts else levels)
    ]


def _told(level: object) -> str:
    return str(level).upper() if isinstance(level, bool) else str(level)


def _is_category(variable: Variable, dictionary: Dictionary, where: str) -> bool:
    column = dictionary.column(variable.column)
    if column.sensitivity == "identifier" or "model" not in column.use:
        raise fault("Q-USE", column=variable.column, use="model")
    numeric = column.type in NUMERIC
    if not numeric and not (variable.plain or variable.category):
        raise fault("Q-TYPE", column=variable.column, type=column.type, wanted="a number", where=where)
    return variable.category or not numeric


def _alone(variable: Variable, dictionary: Dictionary, where: str) -> list[Part]:
    return [_number(variable, dictionary, where)]


def _bounds(variable: Variable, dictionary: Dictionary, where: str) -> Bounds:
    column = dictionary.columns[variable.column]
    if column.range is None:
        raise fault("Q-BOUNDS", column=variable.column, where=where)
    low, high = (float(end) for end in column.range)
    return _applied(variable, low, high, where)


def _number(variable: Variable, dictionary: Dictionary, where: str) -> Part:
    low, high = _bounds(variable, dictionary, where)
    factor = Factor(
        column=variable.column,
        function=cast("Transform | None", variable.function),
        centre=variable.centre,
        scale=variable.scale,
        power=variable.power,
    )
    return _name(variable), factor, (low, high)


def _based(variable: Variable, dictionary: Dictionary, where: str) -> list[Part]:
    """The columns of a basis."""
    basis = cast("Basis", variable.basis)
    bounds = _bounds(variable, dictionary, where)
    parts = _polynomials if basis.kind == "poly" else _splines
    found = parts(variable, basis, bounds, where)
    name = _based_name(variable, basis)
    return [
        (f"{name}{at}" if len(found) > 1 else name, factor, ends)
        for at, (factor, ends) in enumerate(found, start=1)
    ]


def _polynomials(variable: Variable, basis: Basis, bounds: Bounds, where: str) -> list[tuple[Factor, Bounds]]:
    """Legendre polynomials on the bounds, each of which stays from -1 to 1."""
    low, high = bounds
    if low == high:
        raise fault("Q-FORMULA", reason=f"{variable.column} has one value only", where=where)
    factor = Factor(
        column=variable.column,
        function=cast("Transform | None", variable.function),
        centre=(low + high) / 2,
        scale=(high - low) / 2,
    )
    return [(factor.model_copy(update={"polynomial": one}), (-1.0, 1.0)) for one in LEGENDRE[: basis.degree]]


def _splines(variable: Variable, basis: Basis, bounds: Bounds, where: str) -> list[tuple[Factor, Bounds]]:
    found = splines(basis, bounds, where)
    return [(Factor(column=variable.column, spline=one), _reach(one, bounds)) for one in found]


def _reach(spline: Spline, bounds: Bounds) -> Bounds:
    """A spline stays within its weights between its ends (de Boor 1978, chapter XI); beyond, it runs off."""
    ends = list(spline.weights)
    if (spline.knots[0], spline.knots[-1]) != bounds:
        import numpy as np

        ends += value(Factor(column="x", spline=spline), np.array(bounds)).tolist()
    return min(ends), max(ends)


def _based_name(variable: Variable, basis: Basis) -> str:
    if basis.kind == "poly":
        return f"legendre({_name(variable)}, {basis.degree})"
    ends = [
        f"{name} = {end:.15g}"
        for name, end in (("lower", basis.lower), ("upper", basis.upper))
        if end is not None
    ]
    told = [variable.column, *(f"{knot:.15g}" for knot in basis.knots), *ends]
    return f"{basis.kind}({', '.join(told)})"


def _applied(variable: Variable, low: float, high: float, where: str) -> Bounds:
    """The bounds of a transformed column: each function grows, and a power is of both ends and zero."""
    least = {"log": 0.0, "log1p": -1.0, "sqrt": 0.0}.get(variable.function or "")
    if least is not None and (low < least or (low == least and variable.function != "sqrt")):
        raise fault("Q-DOMAIN", column=variable.column, transform=variable.function, low=low, where=where)
    grow = {"log": math.log, "log1p": math.log1p, "sqrt": math.sqrt}.get(variable.function or "", float)
    ends = [(grow(end) - variable.centre) / variable.scale for end in (low, high)]
    if variable.power == 1:
        return ends[0], ends[1]
    raised = [end**variable.power for end in ends]
    inner = 0.0 if variable.power % 2 == 0 and ends[0] < 0 < ends[1] else min(raised)
    return inner, max(raised)


def _name(variable: Variable) -> str:
    name = f"{variable.function}({variable.column})" if variable.function else variable.column
    if (variable.centre, variable.scale) != (0.0, 1.0):
        name = f"scale({name}, {variable.centre:g}, {variable.scale:g})"
    return f"pow({name}, {variable.power})" if variable.power > 1 else name


def _term(parts: list[Part], intercept: bool, where: str) -> Term:
    """The product of some parts, centred and scaled by its public bounds where that can be undone."""
    low, high = 1.0, 1.0
    for _, _, (least, most) in parts:
        ends = (low * least, low * most, high * least, high * most)
        low, high = min(ends), max(ends)
    factors = tuple(factor for _, factor, _ in parts)
    name = ":".join(told for told, _, _ in parts)
    if len(name) > MAX_NAME:
        raise fault(
            "Q-FORMULA", reason=f"the name of a column has more than {MAX_NAME} characters", where=where
        )
    if all(factor.level is not None for factor in factors):
        return Term(name=name, factors=factors)
    centre = (low + high) / 2 if intercept else 0.0
    scale = (high - low) / 2 if intercept else max(abs(low), abs(high))
    return Term(name=name, factors=factors, centre=centre, scale=scale or 1.0)


def _outcome(variable: Variable, intercept: bool, dictionary: Dictionary, where: str) -> Term:
    """The outcome: a number within its bounds, or 1 for the last of two levels."""
    if variable.basis:
        raise fault("Q-FORMULA", reason=f"{variable.basis.kind}() cannot be the outcome", where=where)
    if _is_category(variable, dictionary, where):
        levels = dictionary.columns[variable.column].categories
        if len(levels) != 2:
            raise fault("Q-OUTCOME", column=variable.column, where=where)
        return Term(name=variable.column, factors=(Factor(column=variable.column, level=levels[1]),))
    return _term([_number(variable, dictionary, where)], intercept, where)


def _offset(text: str, dictionary: Dictionary, where: str) -> Factor:
    terms = parse(f"y ~ {text}", where).terms
    alone = terms[0][0] if [len(term) for term in terms] == [1] else None
    if alone is None or alone.basis or _is_category(alone, dictionary, where):
        raise fault("Q-FORMULA", reason="an offset is one column or a function of it", where=where)
    return _number(alone, dictionary, where)[1]


def weighing(name: str, dictionary: Dictionary, where: str) -> Factor:
    """A column of prior weights: numbers that the dictionary bounds from zero on."""
    column = dictionary.column(name)
    if column.sensitivity == "identifier" or "model" not in column.use:
        raise fault("Q-USE", column=name, use="model")
    if column.type not in NUMERIC or column.range is None or float(column.range[0]) < 0:
        raise fault("Q-WEIGHTS", column=name, where=where)
    return Factor(column=name)

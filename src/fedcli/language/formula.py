"""What a researcher writes after `formula =`, parsed into terms by a closed grammar; never evaluated.

    formula := value "~" sum
    sum     := ["-"] item (("+" | "-") item)*     item := product (":" joins tighter than "*")
    value   := NAME | log(value) | log1p(value) | sqrt(value) | scale(value, CENTRE, SCALE)
             | pow(value, 2..4) | poly(NAME or function, 1..4) | C(NAME) | 0 | 1
             | bs(NAME, KNOT, ...) | ns(NAME, KNOT, ...)   the ends: lower = END, upper = END, last

`a*b` is `a + b + a:b`, `(a + b)^2` all products of at most two, `- x` takes a term away and `0` or
`- 1` the intercept, as in R (Chambers and Hastie 1992, Statistical Models in S, section 2.4).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import NamedTuple, NoReturn

from fedcli.errors import fault
from fedcli.model.terms import MAX_DEGREE, MAX_KNOTS

MAX_LENGTH = 2000
MAX_DEPTH = 20
_TOKEN = re.compile(r"\s*(?:([A-Za-z][A-Za-z0-9_.]*)|(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)|([~+\-*:^(),=]))")
FUNCTIONS = ("log", "log1p", "sqrt")
SPLINES = ("bs", "ns")
KNOWN = (*FUNCTIONS, "scale", "pow", "poly", *SPLINES, "C")


class Basis(NamedTuple):
    """Several columns made of one: `bs` and `ns` with inner knots and ends, `poly` with a degree."""

    kind: str
    knots: tuple[float, ...] = ()
    lower: float | None = None
    upper: float | None = None
    degree: int = 0


@dataclass(frozen=True)
class Variable:
    """A column as a formula uses it: transformed, raised, spread over a basis, or as a category."""

    column: str
    function: str | None = None
    centre: float = 0.0
    scale: float = 1.0
    power: int = 1
    category: bool = False
    basis: Basis | None = None

    @property
    def number(self) -> bool:
        """Whether it is one number that can still be scaled or raised."""
        return self.power == 1 and not self.category and self.basis is None

    @property
    def plain(self) -> bool:
        """Whether it is the column itself."""
        return self == Variable(self.column)


#: The variables whose product a term is, in the order of their first appearance; none: the intercept.
Product = tuple[Variable, ...]


class Formula(NamedTuple):
    """An outcome, the terms in R's order (by degree, then as written), and whether there is an intercept."""

    outcome: Variable
    terms: tuple[Product, ...]
    intercept: bool


def parse(text: str, where: str) -> Formula:
    """A formula as terms.

    Raises:
        InvalidFile: Q-FORMULA naming what the grammar does not have.
    """
    return _Parser(_tokens(text, where), where).formula()


def _refuse(reason: str, where: str) -> NoReturn:
    raise fault("Q-FORMULA", reason=reason, where=where)


def _tokens(text: str, where: str) -> list[str]:
    if len(text) > MAX_LENGTH:
        _refuse(f"it is longer than {MAX_LENGTH} characters", where)
    tokens, place = [], 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None:
            _refuse("it has a character that formulas do not have", where)
        tokens.append(found[0].strip())
        place = found.end()
    return tokens


Sum = dict[frozenset[Variable], Product]


class _Parser:
    """Recursive descent; each method reads one rule of the grammar."""

    def __init__(self, tokens: list[str], where: str) -> None:
        self._tokens = tokens
        self._where = where
        self._depth = 0

    def formula(self) -> Formula:
        outcome = self._value()
        self._expect("~")
        if isinstance(outcome, int):
            _refuse("before ~ stands the outcome", self._where)
        terms, intercept = self._sum()
        if self._tokens:
            _refuse(f"{self._tokens[0]!r} cannot stand there", self._where)
        ordered = sorted((product for product in terms.values() if product), key=len)
        if any(outcome.column == variable.column for product in ordered for variable in product):
            _refuse("the outcome explains itself", self._where)
        if not ordered and not intercept:
            _refuse("it has no term", self._where)
        return Formula(outcome, tuple(ordered), intercept)

    def _sum(self) -> tuple[Sum, bool]:
        self._enter()
        terms: Sum = {}
        intercept, sign = True, "+"
        if self._peek() == "-":
            sign = self._next()
        while True:
            part, constant = self._product()
            if constant is not None:
                intercept = (constant == 1) == (sign == "+")
            elif sign == "+":
                terms |= {key: product for key, product in part.items() if key not in terms}
            else:
                terms = {key: product for key, product in terms.items() if key not in part}
            if self._peek() not in ("+", "-"):
                self._depth -= 1
                return terms, intercept
            sign = self._next()

    def _product(self) -> tuple[Sum, int | None]:
        """`a*b*c`: all products of the factors; or a constant alone."""
        total, constant = self._interaction()
        while self._peek() == "*":
            self._next()
            right, other = self._interaction()
            if constant is not None or other is not None:
                _refuse("a constant cannot be a factor", self._where)
            total = total | right | _joined(total, right)
        return total, constant

    def _interaction(self) -> tuple[Sum, int | None]:
        total, constant = self._power()
        while self._peek() == ":":
            self._next()
            right, other = self._power()
            if constant is not None or other is not None:
                _refuse("a constant cannot be a factor", self._where)
            total = _joined(total, right)
        return total, constant

    def _power(self) -> tuple[Sum, int | None]:
        base, constant = self._atom()
        if self._peek() != "^":
            return base, constant
        self._next()
        degree = self._number(whole=True)
        if constant is not None or not 1 <= degree <= 4:
            _refuse("^ takes a sum in brackets and a number from 1 to 4", self._where)
        total: Sum = {}
        for size in range(1, int(degree) + 1):
            for chosen in combinations(base.values(), size):
                part: Sum = {frozenset(chosen[0]): chosen[0]}
                for product in chosen[1:]:
                    part = _joined(part, {frozenset(product): product})
                total = total | part
        return total, None

    def _atom(self) -> tuple[Sum, int | None]:
        if self._peek() == "(":
            self._next()
            terms, intercept = self._sum()
            self._expect(")")
            if not intercept:
                _refuse("the intercept is taken away outside of brackets", self._where)
            return terms, None
        value = self._value()
        if isinstance(value, int):
            return {}, value
        return {frozenset((value,)): (value,)}, None

    def _value(self) -> Variable | int:
        token = self._next()
        if token in ("0", "1"):
            return int(token)
        if not token[:1].isalpha():
            _refuse(f"{token!r} is no column", self._where)
        if self._peek() != "(":
            return Variable(token)
        self._next()
        value = self._called(token)
        self._expect(")")
        return value

    def _called(self, name: str) -> Variable:
        self._enter()
        inner = self._value()
        if isinstance(inner, int):
            _refuse(f"{name}() is of a column", self._where)
        self._depth -= 1
        if name == "C" and inner.plain:
            return replace(inner, category=True)
        if name in FUNCTIONS and inner.plain:
            return replace(inner, function=name)
        if name == "scale" and inner.number:
            return self._scaled(inner)
        if name == "pow" and inner.number:
            return replace(inner, power=self._degree("pow takes a power", 2))
        if name == "poly" and inner == Variable(inner.column, inner.function):
            return replace(inner, basis=Basis("poly", degree=self._degree("poly takes a degree", 1)))
        if name in SPLINES and inner.plain:
            return replace(inner, basis=self._spline(name))
        _refuse(self._unknown(name), self._where)

    def _unknown(self, name: str) -> str:
        if name not in KNOWN:
            return f"there is no {name}(); there are {', '.join(f'{one}()' for one in KNOWN)}"
        if name in ("C", *SPLINES):
            return f"{name}() is of a column itself"
        return f"{name}() is not of what stands in it"

    def _degree(self, told: str, least: int) -> int:
        self._expect(",")
        degree = self._number(whole=True)
        if not least <= degree <= MAX_DEGREE:
            _refuse(f"{told} from {least} to {MAX_DEGREE}", self._where)
        return int(degree)

    def _spline(self, kind: str) -> Basis:
        """The knots one after the other, then the ends by name."""
        knots: list[float] = []
        ends: dict[str, float] = {}
        while self._peek() == ",":
            self._next()
            if self._peek()[:1].isalpha():
                self._end(kind, ends)
            elif ends:
                _refuse(f"the knots of {kind}() stand before its ends", self._where)
            else:
                knots.append(self._number())
        if any(left >= right for left, right in pairwise(knots)) or len(knots) > MAX_KNOTS:
            _refuse(f"{kind}() takes up to {MAX_KNOTS} knots, from small to large", self._where)
        return Basis(kind, tuple(knots), ends.get("lower"), ends.get("upper"))

    def _end(self, kind: str, ends: dict[str, float]) -> None:
        name = self._next()
        if name not in ("lower", "upper") or name in ends:
            _refuse(
                f"{name!r} is nothing that {kind}() takes: knots are numbers that you give, then lower = and "
                "upper = the ends",
                self._where,
            )
        self._expect("=")
        ends[name] = self._number()

    def _scaled(self, inner: Variable) -> Variable:
        self._expect(",")
        centre = self._number()
        self._expect(",")
        scale = self._number()
        if scale <= 0:
            _refuse("a scale is above zero", self._where)
        return replace(inner, centre=centre, scale=scale)

    def _number(self, whole: bool = False) -> float:
        sign = -1.0 if self._peek() == "-" and self._next() else 1.0
        token = self._next()
        if not token[:1].isdigit() or (whole and not token.isdigit()) or not math.isfinite(float(token)):
            _refuse(f"{token!r} is no {'whole ' if whole else ''}number", self._where)
        return sign * float(token)

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            _refuse("it is nested too deeply", self._where)

    def _peek(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def _next(self) -> str:
        if not self._tokens:
            _refuse("it ends too soon", self._where)
        return self._tokens.pop(0)

    def _expect(self, token: str) -> None:
        found = self._tokens.pop(0) if self._tokens else ""
        if found != token:
            _refuse(f"{token!r} is missing {f'before {found!r}' if found else 'at the end'}", self._where)


def _joined(left: Sum, right: Sum) -> Sum:
    """Every product of a term of each; a variable counts once."""
    found: Sum = {}
    for one in left.values():
        for other in right.values():
            product = (*one, *(variable for variable in other if variable not in one))
            found.setdefault(frozenset(product), product)
    return found

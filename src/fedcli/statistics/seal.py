"""Sealed shapes: an exact aggregate cannot be printed, copied or written by accident.

Sealing stops accidents, not an adversary inside the process. These are plain slotted classes on
purpose: `dataclasses.asdict`, `vars` and JSON encoders would read the fields of anything richer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, NoReturn, TypeVar, final

from fedcli.errors import fault
from fedcli.statistics.bundle import Bundle
from fedcli.statistics.evidence import Evidence
from fedcli.statistics.forms import Form, Noisy, Together, noiseless
from fedcli.statistics.shape import Shape

S = TypeVar("S", bound=Shape)


class Sealed(Generic[S]):
    """What an analytic's site step returns: a shape in one of its two forms, or its outline."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} sealed>"

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return repr(self)

    def __reduce_ex__(self, _: Any) -> NoReturn:
        raise TypeError("a sealed shape cannot be copied or pickled")

    def __copy__(self) -> NoReturn:
        raise TypeError("a sealed shape cannot be copied or pickled")

    def __deepcopy__(self, _: Any) -> NoReturn:
        raise TypeError("a sealed shape cannot be copied or pickled")

    def __iter__(self) -> NoReturn:
        raise TypeError("a sealed shape cannot be read")


@final
class Exact(Sealed[S]):
    """A true aggregate with the evidence that the gate's checks need."""

    __slots__ = ("__evidence", "__shape")

    def __init__(self, shape: S, evidence: Evidence) -> None:
        self.__shape = shape
        self.__evidence = evidence

    @staticmethod
    def together(parts: Mapping[str, Exact[Any]]) -> Exact[Bundle]:
        """Several parts of one answer, sealed as one."""
        shapes = {name: part.__shape for name, part in parts.items()}
        return Exact(Bundle(shapes), Evidence.together({name: one.__evidence for name, one in parts.items()}))

    def unseal_for_the_gate(self) -> tuple[S, Evidence]:
        """The gate's door; a test holds that nothing else in fedcli goes through it."""
        return self.__shape, self.__evidence


@final
class Bounded(Sealed[S]):
    """An integer vector over clamped, contribution-bounded persons, for calibrated noise.

    `form` is public: it says how far one person can move the vector, and what shape a noisy one tells of.
    Rows are opened in the exact mode or in this one, never both.
    """

    __slots__ = ("__vector", "form")

    def __init__(self, form: Form, vector: tuple[int, ...]) -> None:
        if len(vector) != form.size or not all(type(one) is int for one in vector):
            raise fault("B-SHAPE", kind=form.kind)  # a float would depend on the order of the rows
        self.form = form
        self.__vector = vector

    @staticmethod
    def together(parts: Mapping[str, Bounded[Any]]) -> Bounded[Bundle]:
        """Several parts of one answer as one vector, in the finest steps of any."""
        form = Together({name: part.form for name, part in parts.items()})
        whole = [
            number * (form.unit // part.form.unit) for part in parts.values() for number in part.__vector
        ]
        return Bounded(form, tuple(whole))

    def unseal_for_noise(self) -> tuple[Form, tuple[int, ...]]:
        """The door of the noise; a test holds that only the gate goes through it."""
        return self.form, self.__vector


@final
class Outline(Sealed[S]):
    """The shape that an answer will have, with every cell zero: it follows from public facts."""

    __slots__ = ("shape",)

    def __init__(self, shape: S) -> None:
        self.shape = shape


def bundled(parts: Mapping[str, Sealed[Any]]) -> Sealed[Bundle]:
    """Parts under their names as one answer in the same form, which stays sealed.

    Raises:
        Bug: B-SHAPE where the parts are not all exact, all bounded, or all outlines.
    """
    exact = {name: part for name, part in parts.items() if isinstance(part, Exact)}
    bounded = {name: part for name, part in parts.items() if isinstance(part, Bounded)}
    outlines = {name: part.shape for name, part in parts.items() if isinstance(part, Outline)}
    forms = {name: shape.form for name, shape in outlines.items() if isinstance(shape, Noisy)}
    if len(exact) == len(parts) > 0:
        return Exact.together(exact)
    if len(bounded) == len(parts) > 0:
        return Bounded.together(bounded)
    if len(forms) == len(parts) > 0:
        return Outline(noiseless(Together(forms)))  # type: ignore[arg-type]
    if len(outlines) == len(parts) > 0 and not forms:
        return Outline(Bundle(outlines))
    raise fault("B-SHAPE", kind=Bundle.kind)

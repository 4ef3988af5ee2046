"""Sealed shapes: an exact aggregate cannot be printed, copied or written by accident.

Sealing stops accidents, not an adversary inside the process. These are plain slotted classes on
purpose: `dataclasses.asdict`, `vars` and JSON encoders would read the fields of anything richer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, NoReturn, TypeVar, final

from fedcli.errors import fault
from fedcli.statistics.bundle import Bundle
from fedcli.statistics.evidence import Evidence
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

    Adding or removing one person moves `vector` by at most `l1` and `l2` in those norms; `decode`
    turns a noisy vector into a shape. Rows are opened in the exact mode or in this one, never both.
    """

    __slots__ = ("__decode", "__vector", "l1", "l2")

    def __init__(
        self, vector: tuple[int, ...], l1: int, l2: float, decode: Callable[[tuple[int, ...]], S]
    ) -> None:
        self.__vector = vector
        self.__decode = decode
        self.l1 = l1
        self.l2 = l2

    def unseal_for_noise(self) -> tuple[tuple[int, ...], Callable[[tuple[int, ...]], S]]:
        """The door of the noise mechanism, which does not exist yet: nothing goes through it."""
        return self.__vector, self.__decode


@final
class Outline(Sealed[S]):
    """The shape that an answer will have, with every cell zero: it follows from public facts."""

    __slots__ = ("shape",)

    def __init__(self, shape: S) -> None:
        self.shape = shape


def bundled(parts: Mapping[str, Sealed[Any]]) -> Sealed[Bundle]:
    """Parts under their names as one answer in the same form, which stays sealed.

    Raises:
        Bug: B-SHAPE where the parts are not all exact, or all outlines.
    """
    exact = {name: part for name, part in parts.items() if isinstance(part, Exact)}
    outlines = {name: part.shape for name, part in parts.items() if isinstance(part, Outline)}
    if len(exact) == len(parts) > 0:
        return Exact.together(exact)
    if len(outlines) == len(parts) > 0:
        return Outline(Bundle(outlines))
    raise fault("B-SHAPE", kind=Bundle.kind)

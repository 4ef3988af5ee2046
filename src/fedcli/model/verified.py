"""`Verified`: something whose signature, signer and binding were checked, with who vouched for it."""

from __future__ import annotations

from typing import Any, Generic, Self, TypeVar, final

from fedcli.model.identifiers import Digest, Name

T = TypeVar("T")


@final
class Verified(Generic[T]):
    """A value together with the names of those whose signatures on it were verified.

    `envelope` is the digest of the file as it was sent, `subject` of what its statement is about.
    """

    __slots__ = ("_envelope", "_signers", "_subject", "_value")
    _value: T
    _signers: tuple[Name, ...]
    _envelope: Digest
    _subject: Digest

    def __init__(self, *_: Any) -> None:
        raise TypeError("only verification makes a Verified")

    @classmethod
    def mint(cls, value: T, signers: tuple[Name, ...], envelope: Digest, subject: Digest) -> Self:
        """For `trust` alone; a test holds that nobody else calls it."""
        made = object.__new__(cls)
        made._value, made._signers, made._envelope, made._subject = value, signers, envelope, subject
        return made

    @property
    def value(self) -> T:
        """What was verified."""
        return self._value

    @property
    def signers(self) -> tuple[Name, ...]:
        """Who vouched for it."""
        return self._signers

    @property
    def envelope(self) -> Digest:
        """Which file it came in."""
        return self._envelope

    @property
    def subject(self) -> Digest:
        """What it is about: a second file, another document, or itself."""
        return self._subject

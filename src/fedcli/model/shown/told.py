"""What an answer of a command is to whoever shows it, and the plain records among the answers.

A record holds what fedcli tells of itself. Nobody else wrote that, so nothing is validated, and the
library that validates is not loaded for it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from fedcli.errors import Outcome


class Told(ABC):
    """The answer of a command, and how the command ends with it."""

    @property
    def outcome(self) -> Outcome:
        """DONE, unless what is told says otherwise."""
        return Outcome.DONE

    @property
    def decided_by(self) -> str:
        """The code that goes with the outcome, if there is one."""
        return ""

    @property
    def cautions(self) -> tuple[str, ...]:
        """What whoever reads the answer must know of it, and would not look for in it."""
        return ()

    @property
    def aloud(self) -> Told | None:
        """What is told although quiet is wanted: all that was asked for, unless an answer says less."""
        return self

    @abstractmethod
    def json_value(self) -> Any:
        """The answer as a JSON value; what is not set is left out."""


@dataclass(frozen=True)
class Record(Told):
    """A plain answer; its fields are what programs read, and of them its JSON Schema is made."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "strict": True}

    def json_value(self) -> Any:
        """The fields by name."""
        return asdict(self, dict_factory=_set)


def _set(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in fields if value is not None}

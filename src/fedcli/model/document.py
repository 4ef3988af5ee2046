"""What may cross a boundary: frozen, strict documents with a JSON Schema and no unknown keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from fedcli.errors import fault
from fedcli.files.canonical import canonical, digest

_SHOWN = 3


class Document(BaseModel):
    """A noun that can travel. It cannot be changed, and an invalid one cannot be built."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        hide_input_in_errors=True,
        allow_inf_nan=False,
        serialize_by_alias=True,
        validate_by_name=True,
    )

    @classmethod
    def read(cls, value: Any, where: str) -> Self:
        """The document of a parsed JSON value, or F-SCHEMA naming every place that does not fit."""
        try:
            return cls.model_validate_json(canonical(value))
        except ValidationError as error:
            raise fault("F-SCHEMA", where=where, problems=_told(cls, error)) from None

    def json_value(self) -> Any:
        """The document as a JSON value; what is not set is left out."""
        return self.model_dump(mode="json", exclude_none=True)

    def canonical(self) -> bytes:
        """RFC 8785 bytes."""
        return canonical(self.json_value())

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical bytes, in hexadecimal."""
        return digest(self.canonical())


def instant(moment: datetime) -> datetime:
    """A moment as documents carry it: UTC, whole seconds."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _told(cls: type[Document], error: ValidationError) -> str:
    problems = [_problem(cls, detail) for detail in error.errors(include_input=False, include_url=False)]
    more = len(problems) - _SHOWN
    return "; ".join(problems[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _problem(cls: type[Document], detail: ErrorDetails) -> str:
    place = ".".join(str(part) for part in detail["loc"]) or "the document"
    if detail["type"] == "extra_forbidden":
        return f"{place}: unknown key{_close(str(detail['loc'][-1]), list(cls.model_fields))}"
    return f"{place}: {detail['msg'].removeprefix('Value error, ')}"


def _close(name: str, known: list[str]) -> str:
    from difflib import get_close_matches  # only a mistake pays for it

    close = get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""

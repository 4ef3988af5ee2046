"""What may cross a boundary: frozen, strict documents with a JSON Schema and no unknown keys."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import Any, Self, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from fedcli.errors import fault, near
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
        defer_build=True,  # a command pays for the forms that it uses, not for all
    )

    @classmethod
    def read(cls, value: Any, where: str) -> Self:
        """The document of a parsed JSON value, or F-SCHEMA naming every place that does not fit."""
        try:
            text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
            return cls.model_validate_json(text, by_alias=True, by_name=False)
        except ValidationError as error:
            raise fault("F-SCHEMA", where=where, problems=_told(cls, error)) from None

    @classmethod
    def made(cls, where: str, **fields: Any) -> Self:
        """The document of facts that people typed, or F-SCHEMA naming what does not fit."""
        try:
            return cls(**fields)
        except ValidationError as error:
            raise fault("F-SCHEMA", where=where, problems=_told(cls, error)) from None

    def json_value(self) -> Any:
        """The document as a JSON value; what is not set is left out."""
        return self.model_dump(mode="json", exclude_none=True)

    def canonical(self) -> bytes:
        """RFC 8785 bytes."""
        return canonical(self.json_value())

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the canonical bytes, in hexadecimal; it is asked for often, and cannot change."""
        return digest(self.canonical())

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other values, which has a digest of its own."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("sha256", None)
        return copied


def instant(moment: datetime) -> datetime:
    """A moment as documents carry it: UTC, whole seconds."""
    return moment.astimezone(UTC).replace(microsecond=0)


def end_of(day: date) -> datetime:
    """The last second of a day: what is good until a day is good on it."""
    return datetime.combine(day, time(23, 59, 59), UTC)


def _told(cls: type[Document], error: ValidationError) -> str:
    details = error.errors(include_input=False, include_url=False)
    more = len(details) - _SHOWN
    problems = [_problem(cls, detail) for detail in details[:_SHOWN]]
    return "; ".join(problems) + (f"; and {more} more" if more > 0 else "")


def _problem(cls: type[Document], detail: ErrorDetails) -> str:
    place = ".".join(str(part) for part in detail["loc"]) or "the document"
    if detail["type"] == "extra_forbidden":
        *path, name = detail["loc"]
        return f"{place}: unknown key{_close(str(name), _keys(cls, path))}"
    if detail["type"] == "union_tag_invalid":
        return f"{place}: {detail['ctx']['discriminator']} must be one of {detail['ctx']['expected_tags']}"
    return f"{place}: {detail['msg'].removeprefix('Value error, ')}"


def _keys(form: type[Document], path: Sequence[str | int]) -> list[str]:
    """The keys of the table at a place; steps through lists, tables of tables and tags are passed over."""
    forms = {form}
    for step in path:
        inner = {found for one in forms for found in _forms(_fields(one).get(str(step)))}
        forms = inner or forms
    return [key for one in forms for key in _fields(one)]


def _fields(form: type[Document]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in form.model_fields.items()}


def _forms(annotation: Any) -> set[type[Document]]:
    if isinstance(annotation, type) and issubclass(annotation, Document):
        return {annotation}
    return {form for part in get_args(annotation) for form in _forms(part)}


def _close(name: str, known: list[str]) -> str:
    close = near(name, known)
    return f" (did you mean {close}?)" if close else ""

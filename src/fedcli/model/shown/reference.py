"""What fedcli tells of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fedcli.model.shown.told import Record


@dataclass(frozen=True)
class AnalyticShown(Record):
    """An analytic: what it answers and which parameters it takes."""

    name: str
    version: int
    about: str
    description: str
    parameters: dict[str, str]
    example: str

    @property
    def analysis(self) -> tuple[str, ...]:
        """An analysis to put into a query; ids are names, which have no underscore."""
        own = (f'id = "{self.name.replace("_", "-")}"', f'analytic = "{self.name}"')
        return ("[[analysis]]", *own, *self.example.splitlines())


@dataclass(frozen=True)
class AnalyticsShown(Record):
    """All analytics."""

    analytics: tuple[AnalyticShown, ...]


@dataclass(frozen=True)
class SchemaShown(Record):
    """A JSON Schema."""

    name: str
    schema: dict[str, Any]


@dataclass(frozen=True)
class SchemasShown(Record):
    """All schemas: of files, each with what it is, and of the answers of commands."""

    files: dict[str, str]
    answers: tuple[str, ...]


@dataclass(frozen=True)
class CodeShown(Record):
    """A code of the catalogue."""

    code: str
    status: str
    exit: int
    message: str
    fix: str
    why: str
    data_dependent: bool


@dataclass(frozen=True)
class CodesShown(Record):
    """All codes."""

    codes: tuple[CodeShown, ...]


@dataclass(frozen=True)
class SettingShown(Record):
    """A setting, and where its value is from."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True)
class ConfigShown(Record):
    """All settings."""

    settings: tuple[SettingShown, ...]


@dataclass(frozen=True)
class TextShown(Record):
    """A file to edit: a drafted dictionary, a query's template."""

    text: str
    path: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TopicShown(Record):
    """A page of help."""

    topic: str
    about: str
    text: str


@dataclass(frozen=True)
class TopicsShown(Record):
    """All topics of help, each with what it is about."""

    topics: dict[str, str]

"""What fedcli tells of itself."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from fedcli.model.document import Document
from fedcli.model.identifiers import AnalyticName, Code
from fedcli.model.shown.base import Shown


class AnalyticShown(Shown):
    """An analytic: what it answers and which parameters it takes."""

    name: AnalyticName
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


class AnalyticsShown(Shown):
    """All analytics."""

    analytics: tuple[AnalyticShown, ...]


class SchemaShown(Shown):
    """A JSON Schema."""

    name: str
    schema_: Annotated[dict[str, Any], Field(alias="schema")]


class SchemasShown(Shown):
    """All schemas: of files, each with what it is, and of the answers of commands."""

    files: dict[str, str]
    answers: tuple[str, ...]


class CodeShown(Shown):
    """A code of the catalogue."""

    code: Code
    status: str
    exit: int
    message: str
    fix: str
    why: str
    data_dependent: bool


class CodesShown(Shown):
    """All codes."""

    codes: tuple[CodeShown, ...]


class SettingShown(Document):
    """A setting, and where its value is from."""

    name: str
    value: str
    origin: str


class ConfigShown(Shown):
    """All settings."""

    settings: tuple[SettingShown, ...]


class TextShown(Shown):
    """A file to edit: a drafted dictionary, a query's template."""

    text: str
    path: str | None = None
    notes: tuple[str, ...] = ()


class TopicShown(Shown):
    """A page of help."""

    topic: str
    about: str
    text: str


class TopicsShown(Shown):
    """All topics of help, each with what it is about."""

    topics: dict[str, str]

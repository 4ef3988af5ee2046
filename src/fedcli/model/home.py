"""A participant's own folder, and the desk at which one command acts in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from fedcli.model.document import Document
from fedcli.model.identifiers import Digest, Line, Name

Part: TypeAlias = Literal["federation", "site", "researcher"]


class HomeFile(Document):
    """`fedcli.toml`: who lives here, and where the exchange is (relative to the folder)."""

    schema_: Annotated[Literal["fedcli/home/1"], Field(alias="schema")] = "fedcli/home/1"
    role: Part
    name: Name
    organisation: Line
    exchange: Line
    pin: Digest | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """A home and where things lie in it."""

    path: Path
    file: HomeFile

    @property
    def exchange(self) -> Path:
        """The folder of the exchange."""
        return (self.path / Path(self.file.exchange).expanduser()).resolve()

    @property
    def database(self) -> Path:
        """The site database."""
        return self.path / "state" / "site.db"

    @property
    def seen(self) -> Path:
        """What this home remembers of the federation."""
        return self.path / "state" / "trust.json"

    @property
    def memory_key(self) -> Path:
        """The key to what the site keeps for its vault alone."""
        return self.path / "keys" / "memory.key"

    def key(self, name: Name) -> Path:
        """The key file of a person or of the home itself."""
        return self.path / "keys" / f"{name}.key.json"

    def card(self, name: Name) -> Path:
        """The card to hand over for enrolment."""
        return self.path / "keys" / f"{name}.card.json"


@dataclass(frozen=True, slots=True)
class Desk:
    """One command's place to act: a home, one time for all of it, and who acts.

    `passphrase` asks for the pass-phrase of a key when its file needs one.
    """

    home: Home
    now: datetime
    actor: Name
    passphrase: Callable[[Name], str]

"""A participant's own folder, and the desk at which one command acts in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from fedcli.errors import FedcliError
from fedcli.model.document import Document
from fedcli.model.identifiers import Digest, Line, Name
from fedcli.model.schedule import Schedule

Part: TypeAlias = Literal["federation", "site", "researcher"]
MIRROR = "exchange"
_HOST_KEY = r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,2}$"


class SftpFile(Document):
    """How an exchange behind SFTP is entered: its pinned host key (`ssh-ed25519 AAAA…`), and a key file."""

    host_key: Annotated[str, StringConstraints(pattern=_HOST_KEY, max_length=2000)] | None = None
    key_file: Line = "keys/sftp.key"


class S3File(Document):
    """How an object store is reached; `credentials` names a file with the mode 0600.

    Without one they are those of the environment. `plain_http` is for a store behind a closed network.
    """

    endpoint: Line
    region: Line = "us-east-1"
    credentials: Line | None = None
    plain_http: bool = False


class Secrets(Document):
    """What an object store is entered with: the file that `credentials` names."""

    schema_: Annotated[Literal["fedcli/credentials/1"], Field(alias="schema")] = "fedcli/credentials/1"
    access_key_id: Line
    secret_access_key: Line
    session_token: Annotated[str, StringConstraints(min_length=1, max_length=4000)] | None = None


class HomeFile(Document):
    """`fedcli.toml`: who lives here, where the exchange is, and when a site runs.

    The exchange is a folder, relative to this one, or an address.
    """

    schema_: Annotated[Literal["fedcli/home/1"], Field(alias="schema")] = "fedcli/home/1"
    role: Part
    name: Name
    organisation: Line
    exchange: Line
    pin: Digest | None = None
    sftp: SftpFile | None = None
    s3: S3File | None = None
    schedule: Schedule | None = None


@dataclass(slots=True)
class Post:
    """What one command knows of a far exchange.

    `variable` reads the environment, for credentials. `there` are the names in one's own folder at the
    exchange; None before anything was fetched. `alarms` are told when the command has done its work. Who
    `stays` works with the mirror as it is.
    """

    variable: Callable[[str], str | None] = lambda _: None
    there: frozenset[str] | None = None
    stays: bool = False
    alarms: list[FedcliError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Home:
    """A home and where things lie in it."""

    path: Path
    file: HomeFile
    post: Post = field(default_factory=Post, compare=False)

    @property
    def is_far(self) -> bool:
        """Whether the exchange has an address, so that the home has a mirror of it."""
        return "://" in self.file.exchange

    @property
    def exchange(self) -> Path:
        """The folder of the exchange; of a far one, the mirror."""
        if self.is_far:
            return self.path / MIRROR
        return (self.path / Path(self.file.exchange).expanduser()).resolve()

    @property
    def folder_name(self) -> str:
        """The one folder of the exchange that this home writes."""
        return "federation" if self.file.role == "federation" else self.file.name

    @property
    def database(self) -> Path:
        """The site database."""
        return self.path / "state" / "site.db"

    @property
    def run_lock(self) -> Path:
        """What one run of a site at a time holds."""
        return self.path / "state" / "run.lock"

    @property
    def heartbeat(self) -> Path:
        """What a run says of itself, for monitoring."""
        return self.path / "state" / "heartbeat.json"

    @property
    def run_log(self) -> Path:
        """One line for each event of the runs."""
        return self.path / "state" / "run.log.jsonl"

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

"""What is told of homes, keys, the federation and datasets."""

from __future__ import annotations

from typing import Literal

from fedcli.errors import Outcome
from fedcli.model.dataset import Dictionary
from fedcli.model.document import Document
from fedcli.model.federation import RootDraft
from fedcli.model.home import Part
from fedcli.model.identifiers import Code, Count, Digest, Name
from fedcli.model.optouts import OptOuts
from fedcli.model.policy import Policy, Role
from fedcli.model.schedule import Schedule
from fedcli.model.shown.base import Shown


class HomeMade(Shown):
    """A home that was made, or was there before."""

    role: Part
    name: Name
    home: str
    card: str | None = None
    new: bool


class KeyShown(Shown):
    """A key of this home."""

    name: Name
    roles: tuple[Role, ...]
    organisation: str
    protected: bool
    signing_key: str
    sealing_key: str
    card: str
    new: bool = False


class KeysShown(Shown):
    """All keys of this home."""

    keys: tuple[KeyShown, ...]


class KeyRevoked(Shown):
    """A key that was put out of use here."""

    name: Name
    file: str


class ScheduleFile(Document):
    """A file to install."""

    name: str
    text: str


class ScheduleShown(Shown):
    """What cron or systemd is told; `known` says that the settings have the same schedule."""

    form: Literal["cron", "systemd"]
    schedule: Schedule
    known: bool
    files: tuple[ScheduleFile, ...]
    folder: str | None = None

    @property
    def cautions(self) -> tuple[str, ...]:
        """A schedule that nobody knows of is not watched."""
        [(key, value)] = self.schedule.json_value().items()
        told = (
            f'with [schedule] {key} = "{value}" in fedcli.toml "fedcli doctor" would tell when no run comes'
        )
        return () if self.known else (told,)


class RootChanged(Shown):
    """A change of the next root."""

    version: int
    changed: tuple[str, ...]
    new: bool


class RootSigned(Shown):
    """How far the next root is; `published` once it is in the exchange."""

    version: int
    digest: Digest
    signers: tuple[str, ...]
    threshold: int
    published: bool
    new: bool


class FederationShown(Shown):
    """The root that counts now with its signers and the pin; or the draft of the first one."""

    root: RootDraft
    signers: tuple[Name, ...] = ()
    digest: Digest | None = None
    pin: Digest | None = None


class ProblemShown(Document):
    """What of a dataset does not meet the dictionary: column and number of rows, never a value."""

    code: Code
    column: str | None = None
    rows: Count | None = None
    message: str


class DatasetShown(Shown):
    """A dataset that a site holds, with its last snapshot."""

    name: Name
    files: tuple[str, ...]
    table: str | None = None
    dictionary_version: int
    snapshot: Name
    rows: Count
    persons: Count
    opt_outs: OptOuts | None = None
    problems: tuple[ProblemShown, ...] = ()
    new: bool = False

    @property
    def outcome(self) -> Outcome:
        """DATA where the dictionary is not met."""
        return Outcome.DATA if self.problems else Outcome.DONE

    @property
    def decided_by(self) -> str:
        """The first problem's."""
        return self.problems[0].code if self.problems else ""


class DatasetsShown(Shown):
    """All datasets of a site."""

    datasets: tuple[DatasetShown, ...]


class Looked(Document):
    """One thing that was looked at, and what to do where it is not well."""

    what: str
    state: Literal["ok", "warn", "fail"]
    told: str
    fix: str | None = None


class DoctorShown(Shown):
    """How a home is, and the program in it."""

    looked: tuple[Looked, ...]

    @property
    def outcome(self) -> Outcome:
        """FINDINGS where something is not well."""
        return Outcome.FINDINGS if any(one.state != "ok" for one in self.looked) else Outcome.DONE


class SelftestShown(DoctorShown):
    """What was tried of the installed program on this machine."""


class MockFile(Document):
    """One site's mock rows."""

    site: Name
    file: str
    rows: Count
    persons: Count


class MockShown(Shown):
    """Mock data that were made from a dictionary alone, or were there before."""

    dataset: Name
    dictionary_version: int
    folder: str
    sites: tuple[MockFile, ...]
    new: bool


class DictionaryShown(Shown):
    """A dataset's dictionary."""

    dictionary: Dictionary
    digest: Digest
    opt_outs: OptOuts | None = None


class PolicyShown(Shown):
    """A policy as it is in force, with what a person should know of it."""

    policy: Policy
    digest: Digest
    floor: bool
    warnings: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """FINDINGS where there is something to look at."""
        return Outcome.FINDINGS if self.warnings else Outcome.DONE

"""A folder that is mounted now and then, such as a network share, as a far exchange."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from fedcli.errors import FedcliError, UsageFault, fault
from fedcli.exchange import names
from fedcli.exchange.address import Address
from fedcli.exchange.carrier import Held
from fedcli.files.reader import read_some
from fedcli.files.writer import write_once


class SharedFolder:
    """Carries files to and from a folder of this machine, which others write to as well."""

    def __init__(self, at: Address) -> None:
        self._at, self._folder = at.url, Path(at.path)
        if not self._folder.is_dir():
            raise fault("X-DOWN", exchange=at.url)

    def folders(self) -> list[str]:
        """The names of all folders at the top; links are none."""
        return [entry.name for entry in self._entries("") if entry.is_dir(follow_symlinks=False)]

    def listed(self, participant: str) -> Iterator[tuple[str, Held]]:
        """The files below a participant's folder."""
        for entry in self._entries(participant):
            name = f"{participant}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if names.is_folder(name):
                    yield from self.listed(name)
                continue
            held = self._held(entry)
            if held is not None:
                yield name, held

    def read(self, name: str, limit: int) -> bytes | None:
        """A file's first bytes, one more than `limit` where it has more; None where there is none."""
        try:
            return read_some(self._folder / name, limit + 1)
        except UsageFault:
            return None
        except FedcliError:
            raise fault("X-STRANGE", name=name, reason="it cannot be read as a plain file") from None

    def create(self, name: str, data: bytes) -> bool:
        """Put a whole file at a name that is not taken; not where the folder was, when it is not mounted."""
        if not self._folder.is_dir():
            raise fault("X-DOWN", exchange=self._at)
        if os.path.lexists(self._folder / name):
            return False
        try:
            write_once(self._folder / name, data)
        except UsageFault:
            return False
        except FedcliError:
            raise fault("X-FULL", exchange=self._at, name=name) from None
        return True

    def close(self) -> None:
        """Nothing is held."""

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            return list(os.scandir(self._folder / folder))
        except FileNotFoundError:
            return []
        except OSError:
            raise fault("X-DOWN", exchange=self._at) from None

    def _held(self, entry: os.DirEntry[str]) -> Held | None:
        try:
            found = entry.stat(follow_symlinks=False)
        except OSError:
            return None
        return Held(found.st_size if stat.S_ISREG(found.st_mode) else -1, int(found.st_mtime))

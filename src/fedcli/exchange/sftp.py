"""An exchange behind SFTP (draft-ietf-secsh-filexfer-02), at a server whose key is pinned.

A file is uploaded under a dot name beside its own, made durable, and then renamed: in this version of the
protocol a rename never replaces a name. So nobody sees a part of a file, and nobody's file is lost.
"""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import paramiko
from paramiko.sftp import CMD_EXTENDED, SFTPError

from fedcli.errors import fault
from fedcli.exchange import names
from fedcli.exchange.address import Address
from fedcli.exchange.carrier import MOST_NAMES, PATIENCE, VISIT, Held

_CHUNK = 2**18
_HOME = "/~"
_KEYS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
_MUTE = logging.getLogger("paramiko")
_MUTE.addHandler(logging.NullHandler())
_MUTE.propagate = False  # its messages tell of the inside of servers


class Sftp:
    """Carries files to and from a folder of an SFTP server."""

    def __init__(self, at: Address, pin: str | None, key: bytes) -> None:
        """Enter a server with a private key (OpenSSH's form), if it shows the pinned host key.

        Raises:
            Untrusted: X-HOST-KEY, before anything but a greeting was said.
            Refused: X-NO-PIN.
            Busy: X-AUTH, X-DOWN.
        """
        self._at = at
        self._until = time.monotonic() + VISIT
        self._root = at.path.removeprefix("/") if at.path.startswith(_HOME) else at.path
        self._root = self._root.replace("~", ".", 1) if at.path.startswith(_HOME) else self._root or "/"
        self._client = paramiko.SSHClient()
        try:
            with self._reached():
                self._enter(pin, _private(at, key))
                self._sftp: Any = self._client.open_sftp()
                self._sftp.get_channel().settimeout(PATIENCE)
        except BaseException:
            self._client.close()
            raise

    def _enter(self, pin: str | None, key: Any) -> None:
        at = self._at
        self._client.set_missing_host_key_policy(_NoPin(at))
        if pin is not None:
            pinned = _public(at, pin)
            name = at.host if at.port == paramiko.config.SSH_PORT else f"[{at.host}]:{at.port}"
            self._client.get_host_keys().add(name, pinned.get_name(), pinned)
        try:
            self._client.connect(
                at.host,
                at.port,
                at.user,
                pkey=key,
                allow_agent=False,
                look_for_keys=False,
                timeout=PATIENCE,
                banner_timeout=PATIENCE,
                auth_timeout=PATIENCE,
                channel_timeout=PATIENCE,
            )
        except paramiko.BadHostKeyException as error:
            raise fault(
                "X-HOST-KEY", exchange=at.url, seen=_told(error.key), pinned=_told(error.expected_key)
            ) from None

    def folders(self) -> list[str]:
        """The names of all folders at the top; links are none."""
        return [one.filename for one in self._entries("") if stat.S_ISDIR(one.st_mode or 0)]

    def listed(self, participant: str) -> Iterator[tuple[str, Held]]:
        """The files below a participant's folder."""
        for entry in self._entries(participant):
            name = f"{participant}/{entry.filename}"
            if stat.S_ISDIR(entry.st_mode or 0):
                if names.is_folder(name):
                    yield from self.listed(name)
                continue
            plain = stat.S_ISREG(entry.st_mode or 0) and entry.st_size is not None
            yield name, Held(entry.st_size if plain else -1, entry.st_mtime or 0)

    def read(self, name: str, limit: int) -> bytes | None:
        """A file's first bytes, one more than `limit` where it has more; None where there is none."""
        data = bytearray()
        with self._reached():
            try:
                if not stat.S_ISREG(self._sftp.lstat(self._path(name)).st_mode or 0):
                    raise fault("X-STRANGE", name=name, reason="it is no plain file")
                with self._sftp.open(self._path(name), "rb", _CHUNK) as file:
                    while len(data) <= limit and (part := file.read(min(_CHUNK, limit + 1 - len(data)))):
                        data += part
                        self._check_time()
            except FileNotFoundError:
                return None
            except PermissionError:
                raise fault("X-STRANGE", name=name, reason="this home may not read it") from None
        return bytes(data)

    def create(self, name: str, data: bytes) -> bool:
        """Put a whole file at a name that is not taken."""
        folder, _, last = name.rpartition("/")
        temporary = self._path(f"{folder}/.{last}.{secrets.token_hex(8)}.part")
        with self._reached():
            try:
                self._make(folder)
                self._upload(temporary, data)
                return self._settled(temporary, name)
            except OSError as error:
                if isinstance(error, TimeoutError) or not self._answers():
                    raise
                with suppress(OSError):
                    self._sftp.remove(temporary)
                raise fault("X-FULL", exchange=self._at.url, name=name) from None

    def close(self) -> None:
        """End the session."""
        self._client.close()

    def _upload(self, temporary: str, data: bytes) -> None:
        with self._sftp.open(temporary, "wbx") as file:
            file.set_pipelined(True)
            for start in range(0, len(data), _CHUNK):
                file.write(data[start : start + _CHUNK])
                self._check_time()
            file.flush()
            with suppress(OSError):  # a server that does not know the extension says so
                self._sftp._request(CMD_EXTENDED, "fsync@openssh.com", file.handle)
        if self._sftp.lstat(temporary).st_size != len(data):
            raise OSError

    def _settled(self, temporary: str, name: str) -> bool:
        """Give an uploaded file its name; False where somebody has it, and the upload is taken back."""
        if self._is_there(name):
            self._sftp.remove(temporary)
            return False
        try:
            self._sftp.rename(temporary, self._path(name))
        except OSError:
            if not self._is_there(name):
                raise
            self._sftp.remove(temporary)
            return False
        return True

    def _is_there(self, name: str) -> bool:
        try:
            self._sftp.lstat(self._path(name))
        except FileNotFoundError:
            return False
        return True

    def _make(self, folder: str) -> None:
        """Make a folder below the exchange, and those above it."""
        steps = folder.split("/")
        for place in range(1, len(steps) + 1):
            part = "/".join(steps[:place])
            if not self._is_there(part):
                try:
                    self._sftp.mkdir(self._path(part))
                except OSError:
                    if not self._is_there(part):  # another process of this home may have made it
                        raise

    def _entries(self, folder: str) -> list[Any]:
        """What is in a folder, of which no more is asked for than one participant can have.

        It is read to its end before another folder is: answers that were asked for ahead would get lost.
        """
        found: list[Any] = []
        with self._reached():
            try:
                for entry in self._sftp.listdir_iter(self._path(folder), read_aheads=2):
                    self._check_time()
                    if len(found) >= MOST_NAMES:
                        raise fault("X-STRANGE", name=folder, reason="it holds more names than fedcli takes")
                    found.append(entry)
            except FileNotFoundError:
                if folder == "":
                    raise
            except UnicodeDecodeError:
                raise fault("X-STRANGE", name=folder, reason="it holds a name that is no text") from None
        return found

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}".rstrip("/") or "/"

    def _answers(self) -> bool:
        """Whether the server is still there, so that what it said was about a file."""
        try:
            self._sftp.stat(self._path(""))
        except (OSError, EOFError, SFTPError, paramiko.SSHException):
            return False
        return True

    def _check_time(self) -> None:
        if time.monotonic() > self._until:
            raise TimeoutError

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Whatever goes wrong on the way is an outage, and told without the words of the library."""
        try:
            yield
        except paramiko.AuthenticationException:
            raise fault("X-AUTH", exchange=self._at.url) from None
        except (paramiko.SSHException, SFTPError, EOFError, OSError):
            raise fault("X-DOWN", exchange=self._at.url) from None


class _NoPin:
    """Trusts nobody: tells the fingerprint that was seen, and ends."""

    def __init__(self, at: Address) -> None:
        self._at = at

    def missing_host_key(self, client: object, hostname: object, key: Any) -> None:
        """Raise X-NO-PIN."""
        del client, hostname
        raise fault(
            "X-NO-PIN", exchange=self._at.url, seen=_told(key), host=self._at.host, port=self._at.port
        )


def _told(key: Any) -> str:
    """A host key as ssh-keygen shows it: its kind, and the SHA-256 of it."""
    print_of = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return f"{key.get_name()} SHA256:{print_of}"


def _public(at: Address, pin: str) -> Any:
    kind, _, text = pin.partition(" ")
    try:
        return paramiko.PKey.from_type_string(kind, base64.b64decode(text, validate=True))
    except (ValueError, paramiko.SSHException, paramiko.pkey.UnknownKeyType):
        raise fault("X-URL", exchange=at.url, reason="[sftp] host_key is no host key") from None


def _private(at: Address, key: bytes) -> Any:
    """A private key without a pass-phrase, of whatever kind it is."""
    for kind in _KEYS:
        with suppress(paramiko.SSHException, ValueError, UnicodeDecodeError):
            return kind.from_private_key(io.StringIO(key.decode("ascii")))
    raise fault(
        "X-CREDENTIALS",
        exchange=at.url,
        remedy="let [sftp] key_file name a private key without a pass-phrase: ssh-keygen -t ed25519 -N ''",
    )

"""A real SSH server that serves one folder by SFTP, as OpenSSH would: `python -m tests.exchange.sftp_server`.

It takes one user with one key, and lets that user do what the folder allows. Renaming does not replace,
posix-rename does. Links are shown as links and followed when opened.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import paramiko
from paramiko import SFTP_FAILURE, SFTP_OK, SFTPAttributes, SFTPServer

USER = "post"


class Door(paramiko.ServerInterface):
    """Lets one key in."""

    def __init__(self, allowed: str) -> None:
        self.allowed = allowed

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: Any) -> int:
        known = username == USER and key.get_base64() == self.allowed
        return paramiko.AUTH_SUCCESSFUL if known else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_UNKNOWN_CHANNEL_TYPE


class Handle(paramiko.SFTPHandle):
    """An open file."""

    def stat(self) -> Any:
        return SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


class Folder(paramiko.SFTPServerInterface):
    """One folder of this machine."""

    root = Path()

    def _at(self, path: str) -> Path:
        return Path(f"{self.root}{self.canonicalize(path)}")

    def list_folder(self, path: str) -> Any:
        with _told() as told:
            return [SFTPAttributes.from_stat(os.lstat(e.path), e.name) for e in os.scandir(self._at(path))]
        return told.code

    def stat(self, path: str) -> Any:
        with _told() as told:
            return SFTPAttributes.from_stat(self._at(path).stat())
        return told.code

    def lstat(self, path: str) -> Any:
        with _told() as told:
            return SFTPAttributes.from_stat(self._at(path).lstat())
        return told.code

    def open(self, path: str, flags: int, attr: Any) -> Any:
        with _told() as told:
            descriptor = os.open(self._at(path), flags, 0o644)
            handle = Handle(flags)
            handle.filename = path
            handle.readfile = handle.writefile = os.fdopen(
                descriptor, "rb+" if flags & (os.O_RDWR | os.O_WRONLY) == os.O_RDWR else _way(flags)
            )
            return handle
        return told.code

    def remove(self, path: str) -> int:
        with _told() as told:
            self._at(path).unlink()
        return told.code

    def rename(self, oldpath: str, newpath: str) -> int:
        """As OpenSSH does it: a link, which fails where the name is taken, and then the old name goes."""
        with _told() as told:
            os.link(self._at(oldpath), self._at(newpath))
            self._at(oldpath).unlink()
        return told.code

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        with _told() as told:
            self._at(oldpath).replace(self._at(newpath))
        return told.code

    def mkdir(self, path: str, attr: Any) -> int:
        with _told() as told:
            self._at(path).mkdir()
        return told.code


def _way(flags: int) -> str:
    return "wb" if flags & os.O_WRONLY else "rb"


class _told:
    """The code of what went wrong in a block, which ends there."""

    code = SFTP_OK

    def __enter__(self) -> _told:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if isinstance(error, FileExistsError):
            self.code = SFTP_FAILURE
        elif isinstance(error, OSError):
            self.code = SFTPServer.convert_errno(error.errno)
        return isinstance(error, OSError)


def serve(root: Path, host_key: Path, allowed: str) -> None:
    """Serve on a free port, which is printed, until the end of the input."""
    Folder.root = root
    key = paramiko.Ed25519Key.from_private_key_file(str(host_key))
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    while True:
        connection, _ = listener.accept()
        transport = paramiko.Transport(connection)
        transport.add_server_key(key)
        transport.set_subsystem_handler("sftp", SFTPServer, Folder)
        threading.Thread(target=_start, args=(transport, Door(allowed)), daemon=True).start()


def _start(transport: paramiko.Transport, door: Door) -> None:
    try:
        transport.start_server(server=door)
    except (paramiko.SSHException, EOFError, OSError):  # who came has gone again
        transport.close()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])

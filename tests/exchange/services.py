"""The exchanges of the contract: a folder, SFTP servers and an object store, each behind a gate."""

from __future__ import annotations

import http.client
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from fedcli.exchange.carrier import Carrier
from fedcli.model.home import Home, HomeFile, Post, S3File, SftpFile
from fedcli.workflows.entering import opened
from tests.exchange.gate import Gate
from tests.exchange.sftp_server import USER

PROJECT = Path(__file__).parents[2]
SSHD = os.environ.get("FEDCLI_SSHD") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
BUCKET = "exchange"


@dataclass
class Service:
    """An exchange that runs: how a home names it, and what somebody with access to its machine can do."""

    url: str
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    secret: Path | None = None

    def file(self, name: str = "north", role: str = "site") -> HomeFile:
        """The settings of a participant whose exchange this is."""
        return HomeFile(
            role=role,  # type: ignore[arg-type]
            name=name,
            organisation="x",
            exchange=self.url,
            sftp=SftpFile(**self.tables["sftp"]) if "sftp" in self.tables else None,
            s3=S3File(**self.tables["s3"]) if "s3" in self.tables else None,
        )

    def home(self, folder: Path, name: str = "north", role: str = "site") -> Home:
        """A home with that, and its key."""
        self.furnish(folder)
        return Home(folder, self.file(name, role), Post(self.environ.get))

    def furnish(self, folder: Path) -> None:
        """Give a home the key with which it enters."""
        (folder / "keys").mkdir(parents=True, exist_ok=True)
        if self.secret is not None:
            shutil.copy(self.secret, folder / "keys" / "sftp.key")
            (folder / "keys" / "sftp.key").chmod(0o600)

    @contextmanager
    def carrier(self, folder: Path, name: str = "north") -> Iterator[Carrier]:
        """The way to it, entered as a home does."""
        with opened(self.home(folder, name)) as carrier:
            yield carrier

    def stop(self) -> None:
        raise NotImplementedError

    def start(self) -> None:
        raise NotImplementedError

    def plant(self, name: str, data: bytes) -> None:
        """Write past every rule."""
        raise NotImplementedError

    def files(self) -> dict[str, bytes]:
        """All that is there, under whatever name."""
        raise NotImplementedError

    def remove(self, name: str) -> None:
        raise NotImplementedError


@dataclass
class OnDisk(Service):
    """One whose files lie in a folder of this machine."""

    root: Path = Path()
    gate: Gate | None = None

    def stop(self) -> None:
        if self.gate:
            self.gate.shut()
        else:
            self.root.rename(self.root.with_name("away"))

    def start(self) -> None:
        if self.gate:
            self.gate.open()
        else:
            self.root.with_name("away").rename(self.root)

    def plant(self, name: str, data: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        owner = self.root.stat()
        for one in (path, *path.parents):
            if self.root in one.parents:
                os.chown(one, owner.st_uid, owner.st_gid)

    def files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }

    def remove(self, name: str) -> None:
        (self.root / name).unlink()


@dataclass
class InStore(Service):
    """One whose files are objects."""

    prefix: str = ""
    server: int = 0
    gate: Gate | None = None

    def stop(self) -> None:
        assert self.gate
        self.gate.shut()

    def start(self) -> None:
        assert self.gate
        self.gate.open()

    def plant(self, name: str, data: bytes) -> None:
        assert ask(self.server, "PUT", f"/{BUCKET}/{quote(f'{self.prefix}/{name}')}", data)[0] == 200

    def remove(self, name: str) -> None:
        assert ask(self.server, "DELETE", f"/{BUCKET}/{quote(f'{self.prefix}/{name}')}")[0] == 204

    def files(self) -> dict[str, bytes]:
        listed = ask(self.server, "GET", f"/{BUCKET}?list-type=2&encoding-type=url&prefix={self.prefix}/")[1]
        names = [unquote(name) for name in re.findall(r"<Key>(.*?)</Key>", listed.decode())]
        return {
            name.removeprefix(f"{self.prefix}/"): ask(self.server, "GET", f"/{BUCKET}/{quote(name)}")[1]
            for name in sorted(names)
        }


def ask(
    port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """One request to an object store, past the library."""
    signed = (
        "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    )
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, {"Authorization": signed, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@contextmanager
def served(*line: str) -> Iterator[int]:
    """A server in a process of its own, which prints its port and ends with its input."""
    process = subprocess.Popen(
        [sys.executable, "-m", *line], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT
    )
    assert process.stdout and process.stdin
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


@dataclass
class SshServer:
    """An SFTP server: its port, the folder that it serves, its host key, and the key that it lets in."""

    port: int
    folder: Path
    pin: str
    secret: Path
    user: str = USER
    below: str = ""

    def service(self, name: str) -> OnDisk:
        """A fresh exchange there."""
        gate = Gate(self.port)
        (self.folder / name).mkdir()
        os.chown(self.folder / name, self.folder.stat().st_uid, self.folder.stat().st_gid)
        return OnDisk(
            f"sftp://{self.user}@127.0.0.1:{gate.port}{self.below}/{name}",
            {"sftp": {"host_key": self.pin}},
            secret=self.secret,
            root=self.folder / name,
            gate=gate,
        )


def key_pair(path: Path) -> str:
    """A new key in a file, readable by its owner alone; its public half."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return " ".join(path.with_name(f"{path.name}.pub").read_text().split()[:2])


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """Paramiko's server."""
    pin, allowed = key_pair(folder / "host"), key_pair(folder / "client")
    served_folder = folder / "served"
    served_folder.mkdir()
    line = ("tests.exchange.sftp_server", str(served_folder), str(folder / "host"), allowed.split()[1])
    with served(*line) as port:
        yield SshServer(port, served_folder, pin, folder / "client")


@contextmanager
def open_ssh(folder: Path) -> Iterator[SshServer]:
    """OpenSSH's server, which does not run as root: it would want an account of its own."""
    assert SSHD
    pin, allowed = key_pair(folder / "host"), key_pair(folder / "client")
    who = pwd.getpwuid(os.getuid() or pwd.getpwnam("nobody").pw_uid)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": folder / "host",
        "AuthorizedKeysFile": folder / "allowed",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "yes",
        "Subsystem": "sftp internal-sftp",
        "ForceCommand": "internal-sftp",
    }
    (folder / "allowed").write_text(f"{allowed}\n")
    (folder / "config").write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
    (folder / "served").mkdir()
    for path in (folder, *folder.iterdir()):
        os.chown(path, who.pw_uid, who.pw_gid)
    drop = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": ()} if os.getuid() == 0 else {}
    process = subprocess.Popen(
        [SSHD, "-D", "-e", "-f", str(folder / "config")], stderr=subprocess.PIPE, **drop
    )
    assert process.stderr
    try:
        told = process.stderr.readline().decode()
        if "Server listening" not in told:
            pytest.skip(f"sshd does not start here: {told.strip()}")
        yield SshServer(port, folder / "served", pin, folder / "client", who.pw_name, str(folder / "served"))
    finally:
        process.kill()
        process.wait(10)
        process.stderr.close()


@contextmanager
def s3_server(*more: str) -> Iterator[int]:
    """Moto's server, with an empty bucket; its port."""
    with served("tests.exchange.s3_server", *more) as port:
        assert ask(port, "PUT", f"/{BUCKET}")[0] == 200
        yield port


def in_store(port: int, name: str) -> InStore:
    """A fresh exchange in the bucket."""
    gate = Gate(port)
    return InStore(
        f"s3://{BUCKET}/{name}",
        {"s3": {"endpoint": f"http://127.0.0.1:{gate.port}"}},
        {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s"},
        prefix=name,
        server=port,
        gate=gate,
    )


def on_disk(folder: Path) -> OnDisk:
    """A fresh folder that is mounted now and then."""
    root = folder / "mounted"
    root.mkdir(parents=True)
    return OnDisk(f"file://{root}", root=root)

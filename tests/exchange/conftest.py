"""Servers that live as long as the tests of a process, and a fresh exchange at each of them."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange.services import (
    SSHD,
    Service,
    SshServer,
    in_store,
    on_disk,
    open_ssh,
    s3_server,
    ssh_server,
)

_NUMBER = itertools.count(1)


@pytest.fixture(scope="session")
def sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    """An SFTP server."""
    with ssh_server(tmp_path_factory.mktemp("sftp")) as server:
        yield server


@pytest.fixture(scope="session")
def openssh() -> Iterator[SshServer]:
    """OpenSSH's SFTP server, whose folder whoever it runs as can reach."""
    if SSHD is None:
        pytest.skip("OpenSSH's server is not installed (or name it in FEDCLI_SSHD)")
    folder = Path(tempfile.mkdtemp(prefix="fedcli-sshd-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        with open_ssh(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def s3() -> Iterator[int]:
    """The port of an object store."""
    with s3_server() as port:
        yield port


@pytest.fixture(params=["folder", "sftp", "openssh", "s3"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A fresh exchange of each kind."""
    kind, name = request.param, f"e{next(_NUMBER)}"
    if kind == "folder":
        yield on_disk(tmp_path)
        return
    server = request.getfixturevalue(kind)
    made = in_store(server, name) if kind == "s3" else server.service(name)
    yield made
    made.stop()

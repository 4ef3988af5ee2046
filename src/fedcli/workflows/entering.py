"""Entering a far exchange: by the kind of its address, with the key or credentials that the home names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fedcli.errors import fault
from fedcli.exchange.address import Address, parse
from fedcli.exchange.carrier import Carrier
from fedcli.files.reader import mode, read
from fedcli.files.strict import parse_toml
from fedcli.model.home import Home, S3File, Secrets, SftpFile

_ENVIRONMENT = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@contextmanager
def opened(home: Home) -> Iterator[Carrier]:
    """The way to a far exchange."""
    carrier = _open(home, parse(home.file.exchange))
    try:
        yield carrier
    finally:
        carrier.close()


def check_address(exchange: str) -> None:
    """Raise X-URL for an address that no exchange can have; a folder is none."""
    if "://" in exchange:
        parse(exchange)


def _open(home: Home, at: Address) -> Carrier:
    """The carrier of a kind of address; its library is loaded now, and by nobody else."""
    if at.kind == "file":
        from fedcli.exchange.shared import SharedFolder

        return SharedFolder(at)
    return _sftp(home, at) if at.kind == "sftp" else _object_store(home, at)


def _sftp(home: Home, at: Address) -> Carrier:
    reached = home.file.sftp or SftpFile()
    try:
        from fedcli.exchange.sftp import Sftp
    except ModuleNotFoundError:
        raise fault("X-EXTRA", kind="sftp", package="paramiko") from None
    return Sftp(at, reached.host_key, _private(home, at, reached.key_file))


def _private(home: Home, at: Address, file: str) -> bytes:
    if not (home.path / file).is_file():
        raise fault(
            "X-CREDENTIALS",
            exchange=at.url,
            remedy=f"ssh-keygen -t ed25519 -N '' -f {file}, and give the public half to who runs the server",
        )
    return _secret(home, file)


def _object_store(home: Home, at: Address) -> Carrier:
    if home.file.s3 is None:
        raise fault("X-URL", exchange=at.url, reason="fedcli.toml has no [s3] with an endpoint")
    try:
        from fedcli.exchange.object_store import ObjectStore
    except ModuleNotFoundError:
        raise fault("X-EXTRA", kind="s3", package="obstore") from None
    return ObjectStore(at, home.file.s3, _credentials(home, at, home.file.s3))


def _credentials(home: Home, at: Address, reached: S3File) -> Secrets:
    """The credentials of the file that is named, else of the environment."""
    if reached.credentials is not None:
        path = home.path / reached.credentials
        return Secrets.read(parse_toml(_secret(home, reached.credentials), str(path)), str(path))
    name, secret, token = map(home.post.variable, _ENVIRONMENT)
    if name is None or secret is None:
        raise fault(
            "X-CREDENTIALS",
            exchange=at.url,
            remedy='let [s3] credentials name a file of the form "fedcli schema credentials", '
            "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        )
    where = "the environment"
    return Secrets.made(where, access_key_id=name, secret_access_key=secret, session_token=token)


def _secret(home: Home, file: str) -> bytes:
    """A file that only its owner may read, or K-MODE."""
    path = home.path / file
    if path.exists() and mode(path) & 0o077:
        raise fault("K-MODE", path=path)
    return read(path, 2**16)

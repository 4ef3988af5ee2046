"""Addresses of far exchanges: `file:///folder`, `sftp://user@host:port/path`, `s3://bucket/prefix`."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from fedcli.errors import fault

KINDS = ("file", "sftp", "s3")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|[0-9A-Fa-f:]{2,39}")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_STEP = re.compile(r"[A-Za-z0-9_~][A-Za-z0-9_.~ -]*")
_SSH = 22
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Address(NamedTuple):
    """Where a far exchange is; `host` is the bucket of an object store, `path` has no slash at its end."""

    url: str
    kind: str
    host: str
    path: str
    user: str = ""
    port: int = _SSH


def parse(url: str) -> Address:
    """The address that a text is.

    Raises:
        InvalidFile: X-URL, also for a password: what is in an address is shown in messages.
    """
    try:
        found = urlsplit(url)
        port = found.port or _SSH
    except ValueError:
        raise fault("X-URL", exchange="the address", reason="it cannot be read") from None
    if found.password is not None:
        raise fault("X-URL", exchange=f"{found.scheme}://…", reason="it holds a password")
    if not url.isprintable():
        raise fault("X-URL", exchange=f"{found.scheme}://…", reason="it has signs that nobody sees")
    for reason, wrong in _faults(found):
        if wrong:
            raise fault("X-URL", exchange=url, reason=reason)
    return Address(
        url, found.scheme, found.hostname or "", found.path.rstrip("/"), found.username or "", port
    )


def check_endpoint(endpoint: str, plain: bool) -> None:
    """Raise X-URL unless a store is reached with encryption, or is on this machine, or may be plain."""
    found = urlsplit(endpoint)
    if found.scheme not in ("http", "https") or not found.hostname or found.username is not None:
        raise fault("X-URL", exchange="[s3] endpoint", reason="it is no https:// address")
    if found.scheme == "http" and not plain and found.hostname not in _LOOPBACK:
        raise fault("X-URL", exchange=endpoint, reason="http:// is not encrypted")


def _faults(found: SplitResult) -> list[tuple[str, bool]]:
    """What can be wrong with an address, and whether it is."""
    host, user, steps = found.hostname or "", found.username or "", found.path.split("/")[1:]
    usual = all(_STEP.fullmatch(step) for step in steps if step)
    return [
        (f"{found.scheme or 'nothing'} is no kind of exchange", found.scheme not in KINDS),
        ("it has a question mark or a hash", bool(found.query or found.fragment)),
        ("its path has a step that is no plain name", not usual),
        ("a folder begins with file:///", found.scheme == "file" and (host != "" or not any(steps))),
        ("it names no user", found.scheme == "sftp" and not _USER.fullmatch(user)),
        ("it names no host", found.scheme == "sftp" and not _HOST.fullmatch(host)),
        ("it names no bucket", found.scheme == "s3" and not _BUCKET.fullmatch(host)),
        ("a bucket has no user", found.scheme == "s3" and found.netloc != host),
    ]

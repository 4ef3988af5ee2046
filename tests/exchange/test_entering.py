"""Entering a far exchange: whom a home trusts, how it proves who it is, and what it refuses to try."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fedcli.errors import FedcliError, Outcome
from fedcli.exchange.address import check_endpoint, parse
from fedcli.model.home import Home, HomeFile, Post, S3File
from fedcli.workflows.entering import opened
from tests.exchange.services import BUCKET, OnDisk, SshServer, in_store, key_pair
from tests.world import World


@pytest.fixture
def there(sftp: SshServer, tmp_path: Path) -> OnDisk:
    """An exchange at the SFTP server."""
    return sftp.service(f"entering-{tmp_path.name}")


def entered(home: Home) -> FedcliError | None:
    """The failure of entering an exchange."""
    try:
        with opened(home) as carrier:
            carrier.folders()
    except FedcliError as error:
        return error
    return None


def failed(home: Home) -> tuple[str, Outcome] | None:
    error = entered(home)
    return (error.code, error.outcome) if error else None


class TestHostKey:
    """A server is trusted because its key was pinned, and for nothing else."""

    def test_the_pinned_one(self, there: OnDisk, tmp_path: Path) -> None:
        assert failed(there.home(tmp_path)) is None

    def test_without_a_pin_the_fingerprint_is_told(
        self, there: OnDisk, sftp: SshServer, tmp_path: Path
    ) -> None:
        """As ssh-keygen prints it; nobody is let in because he was there first."""
        there.tables = {}
        error = entered(there.home(tmp_path))
        assert error is not None
        assert (error.code, error.outcome) == ("X-NO-PIN", Outcome.REFUSED)
        public = sftp.secret.with_name("host.pub")
        line = ["ssh-keygen", "-l", "-f", str(public)]
        told = subprocess.run(line, capture_output=True, text=True, check=True).stdout
        assert told.split()[1] in error.what
        assert "ssh-keyscan -p" in error.fix

    def test_another_key(self, there: OnDisk, tmp_path: Path) -> None:
        """Told before anything was said to the server."""
        there.tables = {"sftp": {"host_key": key_pair(tmp_path / "other")}}
        error = entered(there.home(tmp_path))
        assert error is not None
        assert (error.code, error.outcome) == ("X-HOST-KEY", Outcome.INTEGRITY)
        assert error.what.count("SHA256:") == 2

    def test_a_key_of_another_kind(self, there: OnDisk, tmp_path: Path) -> None:
        line = ["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", str(tmp_path / "other")]
        subprocess.run(line, check=True)
        pin = " ".join((tmp_path / "other.pub").read_text().split()[:2])
        there.tables = {"sftp": {"host_key": pin}}
        assert failed(there.home(tmp_path)) in (
            ("X-HOST-KEY", Outcome.INTEGRITY),
            ("X-DOWN", Outcome.BUSY),  # the server has no key of this kind to show
        )

    def test_a_pin_that_is_none(self, there: OnDisk, tmp_path: Path) -> None:
        there.tables = {"sftp": {"host_key": "ssh-ed25519 AAAA"}}
        assert failed(there.home(tmp_path)) == ("X-URL", Outcome.INVALID)


class TestOwnKey:
    """The key with which a home enters."""

    def test_a_key_that_the_server_does_not_know(self, there: OnDisk, tmp_path: Path) -> None:
        key_pair(tmp_path / "stranger")
        there.secret = tmp_path / "stranger"
        assert failed(there.home(tmp_path)) == ("X-AUTH", Outcome.BUSY)

    def test_a_key_that_others_may_read(self, there: OnDisk, tmp_path: Path) -> None:
        home = there.home(tmp_path)
        (tmp_path / "keys" / "sftp.key").chmod(0o640)
        assert failed(home) == ("K-MODE", Outcome.INTEGRITY)

    def test_no_key(self, there: OnDisk, tmp_path: Path) -> None:
        home = there.home(tmp_path)
        (tmp_path / "keys" / "sftp.key").unlink()
        error = entered(home)
        assert error is not None
        assert error.code == "X-CREDENTIALS"
        assert "ssh-keygen" in error.fix

    def test_a_key_behind_a_pass_phrase(self, there: OnDisk, tmp_path: Path) -> None:
        home = there.home(tmp_path)
        line = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "secret", "-f", str(tmp_path / "keys" / "sftp.key")]
        subprocess.run(line, check=True, capture_output=True)
        assert failed(home) == ("X-CREDENTIALS", Outcome.REFUSED)


class TestObjectStore:
    """Credentials come from a file of one's own or from the environment."""

    def test_no_credentials(self, s3: int, tmp_path: Path) -> None:
        service = in_store(s3, "entering")
        service.environ = {"AWS_ACCESS_KEY_ID": "a"}
        assert failed(service.home(tmp_path)) == ("X-CREDENTIALS", Outcome.REFUSED)

    def test_a_file_of_credentials(self, s3: int, tmp_path: Path) -> None:
        service = in_store(s3, "entering")
        service.environ = {}
        service.tables["s3"]["credentials"] = "keys/s3.toml"
        home = service.home(tmp_path)
        file = tmp_path / "keys" / "s3.toml"
        file.write_text('schema = "fedcli/credentials/1"\naccess_key_id = "a"\nsecret_access_key = "s"\n')
        file.chmod(0o644)
        assert failed(home) == ("K-MODE", Outcome.INTEGRITY)
        file.chmod(0o600)
        assert failed(home) is None

    def test_the_environment_decides_nothing_else(
        self, s3: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What the library would read by itself leads nowhere else and switches nothing off."""
        service = in_store(s3, "entering")
        for name, value in {
            "AWS_ENDPOINT": "http://127.0.0.1:1",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_BUCKET": "elsewhere",
            "AWS_CONDITIONAL_PUT": "disabled",
            "AWS_SKIP_SIGNATURE": "true",
            "AWS_PROFILE": "other",
        }.items():
            monkeypatch.setenv(name, value)
        name = f"north/policy/{'001' if tmp_path else ''}.json"
        with service.carrier(tmp_path) as carrier:
            assert carrier.create(name, b"1")
            assert not carrier.create(name, b"2")
        assert service.files()[name] == b"1"

    def test_without_encryption(self) -> None:
        """Only on this machine, or where the settings say so."""
        check_endpoint("https://s3.example.org", plain=False)
        check_endpoint("http://127.0.0.1:9000", plain=False)
        check_endpoint("http://s3.internal", plain=True)
        for endpoint in (
            "http://s3.example.org",
            "http://127.0.0.1.example.org",
            "ftp://x",
            "https://a:b@x",
            "",
        ):
            with pytest.raises(FedcliError, match="X-URL"):
                check_endpoint(endpoint, plain=False)

    def test_a_bucket_without_settings(self, tmp_path: Path) -> None:
        file = HomeFile(role="site", name="north", organisation="x", exchange=f"s3://{BUCKET}/x")
        assert failed(Home(tmp_path, file)) == ("X-URL", Outcome.INVALID)

    def test_nobody_answers(self, tmp_path: Path) -> None:
        file = HomeFile(
            role="site",
            name="north",
            organisation="x",
            exchange=f"s3://{BUCKET}",
            s3=S3File(endpoint="http://127.0.0.1:9"),
        )
        known = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s"}
        assert failed(Home(tmp_path, file, Post(known.get))) == ("X-DOWN", Outcome.BUSY)


@pytest.mark.parametrize(
    "url",
    [
        "sftp://host/path",
        "sftp://user:secret@host/path",
        "sftp://user@host/../path",
        "sftp://user@host:port/path",
        "sftp://user@-oProxyCommand=x/path",
        "sftp://us er@host/path",
        "sftp://user@host/a\nb",
        "sftp://user@host/path?x=1",
        "s3://UPPER/x",
        "s3://a@bucket/x",
        "s3://bucket/a/../b",
        "s3://",
        "file://host/folder",
        "file:///",
        "ftp://host/path",
        "://x",
        "sftp://[::1/path",
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    """They are refused with a reason, and a password in one is not repeated."""
    with pytest.raises(FedcliError, match="X-URL") as refused:
        parse(url)
    assert "secret" not in refused.value.what


def test_addresses() -> None:
    """What their parts are."""
    assert parse("sftp://north@host.example.org:2222/cardio/net/")[1:] == (
        "sftp",
        "host.example.org",
        "/cardio/net",
        "north",
        2222,
    )
    assert parse("sftp://north@host/~/cardio").path == "/~/cardio"
    assert parse("s3://bucket/a/b")[1:4] == ("s3", "bucket", "/a/b")
    assert parse("file:///mnt/shared/").path == "/mnt/shared"


@pytest.mark.parametrize(("kind", "package"), [("sftp", "paramiko"), ("s3", "obstore")])
def test_an_extra_that_is_missing(
    kind: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has not installed it is told what to install; 3, because the settings ask for it."""
    urls = {"sftp": "sftp://a@127.0.0.1/x", "s3": "s3://bucket/x"}
    reached = S3File(endpoint="http://127.0.0.1:9")
    file = HomeFile(role="site", name="north", organisation="x", exchange=urls[kind], s3=reached)
    (tmp_path / "keys").mkdir()
    for module in [
        one for one in sys.modules if one.split(".")[0] == package or one.startswith("fedcli.exchange.")
    ]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    error = entered(Home(tmp_path, file))
    assert error is not None
    assert (error.code, error.outcome.exit_code) == ("X-EXTRA", 3)
    assert f"fedcli[{kind}]" in error.fix


def test_init_refuses_what_is_no_address(tmp_path: Path) -> None:
    """Nothing is made for one."""
    world = World(tmp_path)
    ended = world.cli("init", "site", "north", "--exchange", "sftp://a:b@host/x", "--format", "json")
    assert (ended.exit, ended.document["code"]) == (3, "X-URL")
    assert list(tmp_path.iterdir()) == []
    assert (
        world.cli("init", "site", "north", "--dir", tmp_path / "n", "--exchange", "sftp://a@host/x").exit == 0
    )
    shown = world.ok("config", "show", "--format", "json", home="n").data["settings"]
    assert {one["value"] for one in shown if one["name"] == "exchange"} == {"sftp://a@host/x"}
    ended = world.cli("exchange", "sync", "--format", "json", home="n")
    assert (ended.exit, ended.document["code"]) == (4, "X-CREDENTIALS")

"""What is published of fedcli itself: built of one commit, the same wherever it is built, and signed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests import pages

VENV = Path(sys.prefix)

pytestmark = pytest.mark.skipif(
    not (pages.PROJECT / ".git").exists() or not shutil.which("openssl"),
    reason="a release is of a commit, and OpenSSL signs it",
)


def did(words: Sequence[object], cwd: Path, umask: int = 0o022) -> subprocess.CompletedProcess[str]:
    """A command and how it ended; git looks at no settings of this machine."""
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
    line = [str(word) for word in words]
    return subprocess.run(
        line, cwd=cwd, env=environ, umask=umask, check=False, capture_output=True, text=True
    )


def key(folder: Path, name: str) -> Path:
    """A key pair; the private file, beside which the public one lies."""
    path = folder / f"{name}.key"
    did(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], folder)
    did(["openssl", "pkey", "-in", path, "-pubout", "-out", path.with_suffix(".pub")], folder)
    return path


def clone(folder: Path) -> Path:
    """The last commit of the project, elsewhere."""
    assert did(["git", "clone", "-q", pages.PROJECT, folder], folder.parent).returncode == 0
    return folder


def make(folder: Path, signer: Path | str, umask: int = 0o022) -> subprocess.CompletedProcess[str]:
    """`make release` with this environment, of which nothing is made anew."""
    old = [part for name in (".runtime", ".dev") for part in ("-o", VENV / name)]
    return did(["make", *old, "release", f"VENV={VENV}", f"RELEASE_KEY={signer}"], folder, umask)


def holds(folder: Path, public: Path) -> bool:
    """Whether the signature and all digests hold, by the two commands of operations.md."""
    signed = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin"]
    signed += ["-in", "SHA256SUMS", "-sigfile", "SHA256SUMS.sig"]
    known = ["sha256sum", "-c", "--quiet", "--strict", "SHA256SUMS"]
    return all(did(words, folder).returncode == 0 for words in (signed, known))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A release, and the public key that it is signed for."""
    folder = tmp_path_factory.mktemp("release")
    signer = key(folder, "maintainers")
    done = make(clone(folder / "one"), signer)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "one" / "dist" / "release", signer.with_suffix(".pub")


def test_what_is_in_it(made: tuple[Path, Path]) -> None:
    """All that an installation without an index needs, besides the packages of others; and no key."""
    folder, public = made
    names = {path.name for path in folder.iterdir()}
    locks = {"requirements.lock", "requirements-exchange.lock"}
    [wheel] = folder.glob("fedcli-*-py3-none-any.whl")
    [source] = folder.glob("fedcli-*.tar.gz")
    assert names == {wheel.name, source.name, *locks, "sbom.cdx.json", "SHA256SUMS", "SHA256SUMS.sig"}
    assert len((folder / "SHA256SUMS").read_text().splitlines()) == len(names) - 2
    with zipfile.ZipFile(wheel) as one, tarfile.open(source) as other:
        inside = [*one.namelist(), *other.getnames()]
    assert {"fedcli/app.py", "fedcli/assets/configs/policies/standard.toml"} <= set(inside)
    assert not [name for name in inside if name.endswith((".key", ".key.json", ".pyc", ".db"))]
    assert holds(folder, public)


def test_it_is_the_same_wherever_it_is_built(made: tuple[Path, Path], tmp_path: Path) -> None:
    """Another folder, another mask of the shell, another signer: the same bytes but for the signature."""
    folder, public = made
    done = make(clone(tmp_path / "another place"), key(tmp_path, "another"), umask=0o077)
    assert done.returncode == 0, done.stdout + done.stderr
    again = tmp_path / "another place" / "dist" / "release"
    assert (again / "SHA256SUMS").read_bytes() == (folder / "SHA256SUMS").read_bytes()
    assert not holds(again, public)
    assert holds(again, tmp_path / "another.pub")


@pytest.mark.parametrize("name", ["fedcli-*.whl", "fedcli-*.tar.gz", "*.lock", "sbom.cdx.json", "SHA256SUMS"])
def test_a_changed_file_is_noticed(made: tuple[Path, Path], tmp_path: Path, name: str) -> None:
    """One byte of any of them."""
    folder, public = made
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    assert holds(copy, public)
    path = next(copy.glob(name))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert not holds(copy, public)


def test_of_a_commit_with_a_key(made: tuple[Path, Path], tmp_path: Path) -> None:
    """What is not committed is not published, and nothing is published unsigned."""
    folder = clone(tmp_path / "one")
    done = make(folder, "")
    assert done.returncode == 2
    assert "RELEASE_KEY" in done.stderr
    (folder / "src" / "fedcli" / "more.py").write_text("")
    done = make(folder, made[1].with_suffix(".key"))
    assert done.returncode == 2
    assert "commit first" in done.stderr
    assert not (folder / "dist" / "release").exists()

"""The cage: what a process can do before it, and can no longer do in it; and that it looks whether it holds.

Each child is a process of its own, because what is given up stays given up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fedcli.engine import landlock
from fedcli.model.vault import Mocking, Places, Request, places
from fedcli.workflows import caged
from fedcli.workflows.vault import Vault
from tests.laws.datasets import dictionary_of
from tests.uncaged import Open

WHOLE = landlock.version() >= landlock.WHOLE and not caged.probed().missing
whole = pytest.mark.skipif(not WHOLE, reason="this machine offers no whole cage (Linux 6.12, namespaces)")


def child(program: str, *words: object) -> Any:
    """What a program in a fresh interpreter tells as JSON."""
    line = [sys.executable, "-c", program, *map(str, words)]
    done = subprocess.run(line, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


PROBED = """
import json, sys
from fedcli.engine.cage import Cage, shut
from fedcli.engine.probes import probes
from fedcli.model.vault import Places
shut()
if sys.argv[2] == "in":
    Cage(Places(), 512)
print(json.dumps(probes(sys.argv[1])))
"""
#: What the test's own user may do, or not, whether there is a cage or none.
FILES = {
    "read a file of the system",
    "list a folder",
    "read a file beside the data",
    "write into a file",
    "make a file",
    "make a folder",
    "make a link",
    "rename a file",
    "start a program",
    "listen for others",
    "signal its parent",
}


@whole
def test_what_a_vault_cannot_do() -> None:
    """No file beside its task's, no program, no network, no signal, no dump, no more memory."""
    found = caged.probed()
    assert found.missing == ()
    assert len(found.refused) >= 15
    assert [act for act, refused in found.refused.items() if not refused] == []


def test_outside_it_can(tmp_path: Path) -> None:
    """The control: the same acts, tried by the same user in the same folder, are no failures of their own."""
    (tmp_path / "beside").write_text("x")
    found = child(PROBED, tmp_path, "out")
    assert {act for act, refused in found.items() if not refused} >= FILES


TASK = """
import json, os, sys
from pathlib import Path
from fedcli.engine.cage import Cage, shut
from fedcli.model.vault import Places
shut()
Cage(Places((sys.argv[1],), (sys.argv[2],) if sys.argv[2:] else ()), 512)
def may(act):
    try:
        act()
    except OSError:
        return False
    return True
folder, data = Path(sys.argv[-1]), Path(sys.argv[1])
print(json.dumps([
    may(data.read_bytes), may(lambda: data.write_bytes(b"")), may(lambda: os.truncate(data, 0)),
    may(lambda: data.with_name("beside").read_bytes()),
    may(lambda: (folder / "made").write_bytes(b"x")), may(lambda: (folder / "made").read_bytes()),
]))
"""


@whole
def test_a_task_has_its_files(tmp_path: Path) -> None:
    """It reads its data and cannot write them; it writes to the folder that it is given, and reads that."""
    (tmp_path / "data").write_bytes(b"1")
    (tmp_path / "beside").write_bytes(b"2")
    folder = tmp_path / "folder"
    folder.mkdir()
    assert child(TASK, tmp_path / "data", folder) == [True, False, False, False, True, True]
    assert child(TASK, tmp_path / "data") == [True, False, False, False, False, False]
    assert (tmp_path / "data").read_bytes() == b"1"


GIVEN_UP = """
import json, os, resource, sys
from fedcli.engine import cage
cage.shut()
network = os.readlink("/proc/self/ns/net")
cage._renounce()
lines = dict(line.split(chr(9), 1) for line in open("/proc/self/status") if line.startswith("CapEff"))
cage._limit(512, writes=len(sys.argv) > 1)
limits = (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_AS)
hard = [resource.getrlimit(one)[1] for one in limits]
print(json.dumps([network, int(lines["CapEff:"], 16), hard]))
"""


@whole
def test_what_is_given_up() -> None:
    """A network of its own, an administrator's rights but two, and limits that stay."""
    network, rights, (core, size, memory) = child(GIVEN_UP)
    assert network != str(Path("/proc/self/ns/net").readlink())
    assert rights & ~0b110 == 0
    assert (core, size) == (0, 0)
    assert 1024 * 10**6 < memory < 2**40
    assert child(GIVEN_UP, "writes")[2][1] != 0


THREADED = """
import threading, time
from fedcli.engine.cage import Cage
from fedcli.errors import FedcliError
from fedcli.model.vault import Places
threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
"""
BLIND = """
from fedcli.engine import landlock
from fedcli.engine.cage import Cage
from fedcli.errors import FedcliError
from fedcli.model.vault import Places
landlock.confine = lambda reads, writes: True
"""
FAILING = (
    BLIND
    + """
def confine(reads, writes):
    raise OSError(22, "the kernel says no")
landlock.confine = confine
"""
)
REFUSED = """
try:
    Cage(Places(), 512)
except FedcliError as error:
    print(f'["{error.code}", "{error.facts["wall"]}"]')
"""


@whole
@pytest.mark.parametrize(
    ("program", "wall"),
    [(THREADED, "threads"), (BLIND, "landlock"), (FAILING, "landlock")],
    ids=["a thread runs", "nothing was given up", "the kernel fails"],
)
def test_a_cage_that_does_not_hold_is_not_used(program: str, wall: str) -> None:
    """A thread would stay outside; and what was given up is looked at."""
    assert child(program + REFUSED) == ["V-CAGE", wall]


def test_where_the_kernel_has_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the interface nothing is given up, and it is said."""
    monkeypatch.setattr(landlock, "_call", lambda *_: -1)
    assert landlock.version() == 0
    assert not landlock.confine([], [])


DATA = Mocking(dictionary=dictionary_of("visits", True, None), rows=3, site=1, path="/nowhere/mock.parquet")


@pytest.mark.parametrize(("sandbox", "ended"), [("required", "V-SANDBOX"), ("available", "D-ENGINE")])
def test_a_vault_with_a_wall_missing(sandbox: Any, ended: str, tmp_path: Path) -> None:
    """It does no task where the policy requires all of them, whatever the signer has looked at.

    The task itself ends too, as its folder is a file, so that no machine can have it.
    """
    (tmp_path / "file").write_bytes(b"")
    task = DATA.model_copy(update={"path": str(tmp_path / "file" / "mock.parquet")})

    class Leaking(Open):
        def __init__(self, *_: object) -> None:
            self.missing = ("network",)

    reply = Vault(Leaking).answer(Request(task=task, memory_mb=512, sandbox=sandbox))
    assert reply.fault == ended


def test_places() -> None:
    """What a task may touch follows from it; a folder that is written to may be read."""
    assert places(DATA) == Places(writes=("/nowhere",))
    wide = Places(reads=("/a/1",), writes=("/b",))
    assert wide.hold(Places(reads=("/a/1", "/b/2")))
    assert not wide.hold(Places(reads=("/a/2",)))
    assert not wide.hold(Places(writes=("/a",)))

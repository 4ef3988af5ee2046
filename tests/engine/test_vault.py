"""The door of the vault: a child that hangs, dies, talks too much or says nothing is ended by a code.

The children are `python -m code`, the interpreter's own console: it runs what it is sent, so that a
request can misbehave in any way that a vault could.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from fedcli.engine import vault
from fedcli.engine.vault import Alone, ask
from fedcli.errors import Bug, DataFault, FedcliError

CONSOLE = "code"
SHORT, LONG = 1.5, 30.0


def code_of(program: str, deadline: float = LONG) -> str:
    """The code that a misbehaving child ends with."""
    with pytest.raises(FedcliError) as caught:
        ask(Alone(CONSOLE), program.encode() + b"\n", deadline)
    assert isinstance(caught.value, DataFault | Bug)
    assert caught.value.data_dependent
    return caught.value.code


def is_gone(process: int) -> bool:
    """Whether a process ended; a zombie that nobody has waited for did."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return True
    return state in "ZX"


def assert_gone(process: int) -> None:
    """A killed process may take a moment to be seen as such."""
    for _ in range(100):
        if is_gone(process):
            return
        time.sleep(0.02)
    raise AssertionError(f"{process} is still there")


def test_an_answer_is_given_whole() -> None:
    """What the child writes is what is returned."""
    reply = ask(Alone(CONSOLE), b"import sys; _ = sys.stdout.write('x' * 200000)\n", LONG)
    assert reply.count(b"x") == 200_000


def test_a_large_request_is_taken_while_the_child_answers() -> None:
    """Neither side waits for the other with a full pipe."""
    program = "# a comment, to fill the pipe\n" * 5_000 + "a = 1\n" + "print(a)\n"
    assert b"1" in ask(Alone(CONSOLE), program.encode(), LONG)


def test_the_child_has_no_environment_and_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is inherited: no variable, no working directory, no open file, no path to import from."""
    monkeypatch.setenv("SECRET", "4711")
    monkeypatch.setenv("PYTHONPATH", "/tmp/evil")
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    program = (
        "import json, os, sys\n"
        "print(json.dumps([dict(os.environ), os.getcwd(), sorted(map(int, os.listdir('/proc/self/fd'))),"
        " sys.flags.isolated, sys.path[0], os.getpgid(0) == os.getpid(), os.getsid(0) == os.getpid()]))\n"
    )
    reply = ask(Alone(CONSOLE), program.encode(), LONG).decode()
    os.close(reading), os.close(writing)
    line = next(line for line in reply.splitlines() if "[{" in line)
    environment, folder, files, isolated, first, leads, alone = json.loads(line[line.index("[{") :])
    assert {key: value for key, value in environment.items() if key != "LC_CTYPE"} == vault.ENVIRONMENT
    assert (folder, isolated, leads, alone) == ("/", 1, True, True)
    assert first != ""
    assert writing not in files
    assert len(files) <= 4  # the three standard ones, and the listing itself


def test_what_the_child_says_aside_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    """An engine's own message may quote a row."""
    assert (
        code_of("import os, sys; sys.stderr.write('patient 4711'); sys.stderr.flush(); os._exit(3)")
        == "D-DIED"
    )
    assert "4711" not in "".join(capfd.readouterr())


def test_the_deadline_ends_the_child_and_its_children(tmp_path: Path) -> None:
    """The whole process group is killed, not the first process of it alone."""
    told = tmp_path / "processes"
    program = (
        "import os, subprocess, time; "
        "child = subprocess.Popen(['sleep', '60']); "
        f"_ = open({str(told)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}'); time.sleep(60)"
    )
    assert code_of(program, SHORT) == "D-DEADLINE"
    processes = list(map(int, told.read_text().split()))
    assert len(processes) == 2
    for process in processes:
        assert_gone(process)


def test_a_child_that_trickles_meets_the_deadline() -> None:
    """A byte now and then does not buy more time."""
    program = "import time\nwhile True: print('.', flush=True); time.sleep(0.05)\n\n"
    assert code_of(program, SHORT) == "D-DEADLINE"


@pytest.mark.parametrize(
    "program",
    [
        "import os; os._exit(1)",
        "import os; os._exit(137)",
        "import os; os.kill(os.getpid(), 9)",
        "import os; os.kill(os.getpid(), 11)",
        "import os, sys; _ = sys.stdout.write('half an answer'); sys.stdout.flush(); os._exit(1)",
    ],
    ids=["fails", "is killed for memory", "kill -9", "a fault", "fails halfway"],
)
def test_a_dying_child_is_named(program: str) -> None:
    """Half an answer is none."""
    assert code_of(program) == "D-DIED"


def test_a_child_that_says_nothing_has_died() -> None:
    """It ends well, and without an answer."""
    with pytest.raises(DataFault) as caught:
        ask(Alone("string"), b"a request", LONG)
    assert caught.value.code == "D-DIED"


def test_a_child_that_closes_its_mouth_and_stays_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given a moment to end by itself, and no more."""
    monkeypatch.setattr(vault, "_GRACE", 0.3)
    assert code_of("import os, time; os.close(1); time.sleep(60)") == "D-DIED"


def test_an_endless_talker_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message has a size; what is longer is not kept."""
    monkeypatch.setattr(vault, "MAX_REPLY", 100_000)
    assert code_of("import sys\nwhile True: _ = sys.stdout.write('x' * 65536)\n\n") == "V-REPLY"


def test_a_module_that_is_not_there(tmp_path: Path) -> None:
    """Python ends with an error, and the vault has died; the working directory is not searched."""
    (tmp_path / "evil.py").write_text("print('here')")
    with pytest.raises(DataFault) as caught:
        ask(Alone("evil"), b"", LONG)
    assert caught.value.code == "D-DIED"

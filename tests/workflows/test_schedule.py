"""What cron and systemd are told: read back by their own rules, whatever paths are called."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fedcli.errors import FedcliError
from fedcli.workflows import crontab, units
from tests.world import World

ANALYZE = shutil.which("systemd-analyze")
#: Names that a shell, cron or systemd would take for something else.
ODD = [
    "a b",
    "50% off",
    "%h",
    "x\\%y",
    'say "hi"',
    "it's",
    "$HOME",
    "tab\there",
    "Zürich 病院",
    "-dash",
    "a;b",
    "#c",
]
PATHS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1).map(
    "/{}".format
)


def cron_reads(line: str) -> list[str]:
    """The words that a program gets: cron takes the backslash from a percent sign, /bin/sh does the rest."""
    text, escaped = "", False
    for sign in line:
        if escaped:
            text = text[:-1] + "%" if sign == "%" else text + sign
            escaped = False
        elif sign == "%":
            raise AssertionError("cron ends the command here")
        else:
            text, escaped = text + sign, sign == "\\"
    return shlex.split(text)


def systemd_reads(value: str) -> list[str]:
    """The words of a value in double quotes, after C escapes and specifiers."""
    words = re.findall(r'"((?:[^"\\]|\\.)*)"', value)
    assert " ".join(f'"{word}"' for word in words) == value
    assert all("%" not in word.replace("%%", "") for word in words)
    plain = [word.replace("%%", "%").encode() for word in words]
    return [
        re.sub(rb"\\x(..)", lambda found: bytes.fromhex(found[1].decode()), word).decode() for word in plain
    ]


@given(st.lists(PATHS, min_size=1, max_size=3))
@example(["/50% off", "/%h", '/say "hi"'])
def test_cron_reads_what_was_meant(words: list[str]) -> None:
    """Any path but one with a line break, which is refused."""
    if any(sign in word for word in words for sign in "\n\r"):
        with pytest.raises(FedcliError, match="U-CRON"):
            crontab.line(words)
        return
    line = crontab.line(words)
    assert "\n" not in line
    assert cron_reads(line) == words


@given(st.lists(PATHS, min_size=1, max_size=3))
@example(["/50% off", "/%h", '/say "hi"'])
def test_systemd_reads_what_was_meant(words: list[str]) -> None:
    """Any path, on one line."""
    line = units.command(words)
    assert "\n" not in line
    read = systemd_reads(line)
    if read[0] == ":/bin/sh" and words[0] != "/bin/sh":
        assert read[1:3] == ["-c", 'exec "$0" "$@"']
        assert read[3:] == words
    else:
        assert read == [f":{words[0]}", *words[1:]]


@pytest.mark.parametrize("odd", [*ODD, "line\nbreak"])
def test_a_program_is_started_under_its_odd_name(tmp_path: Path, odd: str) -> None:
    """By cron's shell, and where systemd would not, by a shell that systemd starts."""
    program = tmp_path / odd
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    first, *rest = systemd_reads(units.command([str(program), "a $b", "c"]))
    ended = subprocess.run([first[1:], *rest], capture_output=True, text=True, check=True)
    assert ended.stdout == "a $b\nc\n"


def needs(folder: str, **more: object) -> units.Needs:
    """What a site needs whose folders are called so."""
    given = units.Needs(
        site="north",
        user="root",
        words=(f"{folder}/fedcli", "--home", f"{folder}/home", "run"),
        program=f"{folder}/fedcli",
        home=f"{folder}/home",
        posts=f"{folder}/exchange/north",
        exchange=f"{folder}/exchange",
        data=(f"{folder}/data",),
        memory_mb=4000,
        network=False,
        passphrase=None,
    )
    return given._replace(**more)  # type: ignore[arg-type]


@pytest.mark.skipif(ANALYZE is None, reason="there is no systemd-analyze on this machine")
@pytest.mark.parametrize("odd", ["plain", "50% of $HOME Zürich 病院", " ".join(ODD), "line\nbreak"])
def test_systemd_accepts_them(tmp_path: Path, odd: str) -> None:
    """`systemd-analyze verify` finds the program under its odd name, and nothing to say of the units."""
    folder = tmp_path / odd
    folder.mkdir()
    (folder / "fedcli").write_text("#!/bin/sh\n")
    (folder / "fedcli").chmod(0o755)
    told = needs(str(folder), passphrase="/etc/fedcli/north.passphrase")
    ends = _verified(tmp_path, told)
    assert ends == (0, "")
    (folder / "fedcli").unlink()
    if not set(odd) & set("\"'\\\n\t"):  # else a shell starts it, which is there
        code, text = _verified(tmp_path, told)
        assert (code == 0, "not executable" in text) == (False, True)


def _verified(folder: Path, told: units.Needs) -> tuple[int, str]:
    from fedcli.model.schedule import Schedule

    files = [folder / "fedcli-north.service", folder / "fedcli-north.timer"]
    files[0].write_text(units.service(told))
    found = (0, "")
    for schedule in (Schedule(at="02:30"), Schedule(every="15 min")):
        files[1].write_text(units.timer("north", schedule))
        line = [str(ANALYZE), "verify", "--man=no", *map(str, files)]
        ended = subprocess.run(line, capture_output=True, text=True, check=False)
        found = max(found, (ended.returncode, ended.stdout + ended.stderr))
    return found


@pytest.mark.skipif(ANALYZE is None, reason="there is no systemd-analyze on this machine")
def test_how_exposed_a_service_is(tmp_path: Path) -> None:
    """systemd's own measure, from 0 to 10: at most 1.2, and "OK" in its words; the guide tells it."""
    file = tmp_path / "fedcli-north.service"
    file.write_text(units.service(needs("/srv/fedcli", user="fedcli")))
    line = [str(ANALYZE), "security", "--offline=true", "--threshold=12", "--no-pager", str(file)]
    assert subprocess.run(line, capture_output=True, check=False).returncode == 0


def test_what_a_service_may(tmp_path: Path) -> None:
    """It writes into its home and its folder of the exchange; the network is there when it is needed."""
    alone, remote = units.service(needs("/srv")), units.service(needs("/srv", network=True))
    assert 'ReadWritePaths="/srv/home" "-/srv/exchange/north"' in alone
    assert 'ReadOnlyPaths="-/srv/data"' in alone
    assert "PrivateNetwork=yes" in alone
    assert "PrivateNetwork" not in remote
    assert "RestrictAddressFamilies=AF_UNIX\n" in alone
    assert "MemoryMax=6000M" in alone
    assert "LoadCredential" not in alone
    for kept in ("RestrictNamespaces=user net", "landlock_restrict_self", "=capset", "KillMode=mixed"):
        assert kept in alone


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/srv/x", {"ProtectHome=yes", "PrivateTmp=yes"}),
        ("/home/x", {"ProtectHome=read-only", "PrivateTmp=yes"}),
        ("/root", {"ProtectHome=read-only", "PrivateTmp=yes"}),
        ("/tmp/x", {"ProtectHome=yes", "PrivateTmp=no"}),
        ("/homework", {"ProtectHome=yes", "PrivateTmp=yes"}),
    ],
)
def test_what_is_needed_is_not_hidden(folder: str, expected: set[str]) -> None:
    """A site that lies in a home folder or in a temporary one is still found."""
    assert expected <= set(units.service(needs(folder)).splitlines())


@pytest.mark.parametrize(
    ("words", "times"),
    [
        (["--every", "15 min"], "*/15 * * * *"),
        (["--every", "60 min"], "7 */1 * * *"),
        (["--every", "6 hours"], "7 */6 * * *"),
        (["--every", "1 day"], "7 0 * * *"),
        (["--at", "02:05"], "5 2 * * *"),
        ([], "*/15 * * * *"),
    ],
)
def test_a_crontab(world: World, words: list[str], times: str) -> None:
    """Absolute paths, quiet, and a time that cron has."""
    told = world.ok("schedule", "show", "--cron", *words, home="north")
    last = told.out.splitlines()[-1]
    assert last.startswith(f"{times}  /")
    read = cron_reads(last.removeprefix(times))
    assert read[-5:] == ["--home", str(world.folder / "north"), "run", "--pending", "--quiet"]
    assert "CRON_TZ=UTC" in told.out.splitlines()
    assert "doctor" in told.err


@pytest.mark.parametrize("every", ["7 min", "45 min", "90 min", "5 hours", "2 days", "1441 min"])
def test_what_cron_cannot_say(world: World, every: str) -> None:
    """What does not divide an hour or a day is refused, and systemd takes it."""
    ended = world.cli("schedule", "show", "--cron", "--every", every, home="north")
    assert (ended.exit, "U-CRON" in ended.err) == (2, True)
    number, unit = every.split()
    told = world.ok("schedule", "show", "--systemd", "--every", every, home="north").out
    assert f"OnUnitActiveSec={number}{unit[: 3 if unit == 'min' else 1]}\n" in told


def test_a_schedule_of_the_settings(world: World) -> None:
    """Without an option the settings count, and nothing is left to say."""
    path = world.folder / "north" / "fedcli.toml"
    path.write_text(path.read_text() + '[schedule]\nat = "02:30"\n')
    told = world.ok("schedule", "show", "--systemd", "--max-runtime", "3 hours", home="north")
    assert "OnCalendar=*-*-* 02:30:00 UTC\nPersistent=yes\n" in told.out
    assert '"--max-runtime" "3 hours"\n' in told.out
    assert told.err == ""


def test_files_to_install(world: World) -> None:
    """With -o they are written too, as they are shown; the answer names them."""
    folder = world.folder / "units"
    line = ("schedule", "show", "--systemd", "-o", str(folder), "--format", "json")
    files = world.ok(*line, home="north").data["files"]
    assert {one["name"]: one["text"] for one in files} == {
        path.name: path.read_text() for path in folder.iterdir()
    }
    assert sorted(path.name for path in folder.iterdir()) == ["fedcli-north.service", "fedcli-north.timer"]


def test_data_in_a_glob(world: World) -> None:
    """Of a glob the folder above it is what must be read."""
    from fedcli.workflows.scheduling import _above

    assert _above(Path("/data/2026-*/cohort.parquet")) == "/data"
    assert _above(world.folder / "north") == str(world.folder / "north")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--cron", "--systemd"],
        ["--cron", "--every", "1 day", "--at", "02:30"],
        ["--cron", "--at", "2:30"],
    ],
)
def test_what_is_not_said_clearly(world: World, words: list[str]) -> None:
    """One form, one time."""
    assert world.cli("schedule", "show", *words, home="north").exit in (2, 3)


def test_only_sites_run(world: World) -> None:
    """A researcher has nothing to schedule."""
    assert world.cli("schedule", "show", "--cron", home="researcher").exit == 2

"""systemd units: a service that is let do what a run needs, and a timer that starts it.

Every path is written by the rules of systemd.syntax(7): in double quotes, with C escapes, and percent signs
doubled. See systemd.exec(5) for each setting.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

from fedcli.model.identifiers import Name
from fedcli.model.schedule import Schedule

_HOMES = ("/home", "/root", "/run/user")
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - the places that PrivateTmp hides
_SHELL = ("/bin/sh", "-c", 'exec "$0" "$@"')
_UNSAFE = "\"'\\\x7f"
#: What systemd calls the units of a length of time.
_UNITS = {"min": "min", "hour": "h", "hours": "h", "day": "d", "days": "d"}


class Needs(NamedTuple):
    """What a run of a site needs of its machine."""

    site: Name
    user: str
    words: tuple[str, ...]
    program: str
    home: str
    posts: str
    exchange: str
    data: tuple[str, ...]
    memory_mb: int
    network: bool
    passphrase: str | None

    @property
    def paths(self) -> tuple[str, ...]:
        """Every place that it looks at."""
        return (self.program, self.home, self.exchange, *self.data)


def service(needs: Needs) -> str:
    """The service: one run, in a room of its own.

    A request to stop goes to the run alone, which ends its vault and rolls back; what is left after that is
    killed. Who runs out of memory is the vault, and the run tells it. Nothing of it is swapped to a disk.
    Folders of the exchange are made for others to read, so that the file mask stays as it is.
    """
    families = "AF_UNIX AF_INET AF_INET6" if needs.network else "AF_UNIX"
    alone = [] if needs.network else ["PrivateNetwork=yes", "IPAddressDeny=any"]
    return _text(
        "[Unit]",
        f"Description=Answer what was approved at the site {needs.site} (fedcli)",
        f"RequiresMountsFor={_paths(needs.home)}",
        *(["Wants=network-online.target", "After=network-online.target"] if needs.network else []),
        "",
        "[Service]",
        "Type=oneshot",
        f"User={needs.user}",
        f"ExecStart={command(needs.words)}",
        "# 8: a query waits for people or for the next run. 75: another run, or the exchange is down.",
        "SuccessExitStatus=8 75",
        "WorkingDirectory=/",
        *_passphrase(needs),
        "",
        "KillMode=mixed",
        "TimeoutStopSec=60",
        "OOMPolicy=continue",
        f"MemoryMax={needs.memory_mb * 5 // 4 + 1000}M",
        "MemorySwapMax=0",
        "LimitCORE=0",
        "",
        "ProtectSystem=strict",
        f"ReadWritePaths={_paths(needs.home, '-' + needs.posts)}",
        *([f"ReadOnlyPaths={_paths(*('-' + one for one in needs.data))}"] if needs.data else []),
        f"ProtectHome={'read-only' if _within(needs, _HOMES) else 'yes'}",
        f"PrivateTmp={'no' if _within(needs, _TEMPORARY) else 'yes'}",
        *alone,
        f"RestrictAddressFamilies={families}",
        *_ROOM,
    )


#: What no run needs. The vault shuts itself in with Landlock and with a user and a network namespace, and
#: gives up the rights that it has in these.
_ROOM = (
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "AmbientCapabilities=",
    "PrivateDevices=yes",
    "PrivateMounts=yes",
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectProc=invisible",
    "KeyringMode=private",
    "LockPersonality=yes",
    "MemoryDenyWriteExecute=yes",
    "RemoveIPC=yes",
    "RestrictNamespaces=user net",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service seccomp",
    "SystemCallFilter=landlock_create_ruleset landlock_add_rule landlock_restrict_self",
    "SystemCallFilter=~@privileged",
    "SystemCallFilter=capset",
    "SystemCallErrorNumber=EPERM",
)


def timer(site: Name, schedule: Schedule) -> str:
    """The timer; a time of day that passed while the machine was off is made up for."""
    when = (
        (f"OnCalendar=*-*-* {schedule.at}:00 UTC", "Persistent=yes")
        if schedule.at is not None
        else ("OnBootSec=2min", f"OnUnitActiveSec={_length(schedule.every or '')}")
    )
    return _text(
        "[Unit]",
        f"Description=The site {site} runs {schedule.words} (fedcli)",
        "",
        "[Timer]",
        *when,
        "",
        "[Install]",
        "WantedBy=timers.target",
    )


def command(words: Sequence[str]) -> str:
    """Words as a command line of a unit; the colon keeps variables from being put in the place of `$`.

    systemd starts no program with a quote, a backslash or a control character in its path; the shell does.
    """
    started = (*_SHELL, *words) if any(sign in _UNSAFE or sign < " " for sign in words[0]) else tuple(words)
    return " ".join(map(quoted, (f":{started[0]}", *started[1:])))


def quoted(word: str) -> str:
    """One word: in double quotes, control characters and bytes that are no text as escapes."""
    escaped = "".join(
        chr(byte) if byte >= 0x80 or (byte >= 0x20 and byte not in b'"\\\x7f') else f"\\x{byte:02x}"
        for byte in os.fsencode(word)
    )
    text = escaped.encode("latin-1").decode("utf-8", "surrogateescape")
    odd = "".join(f"\\x{ord(one) - 0xDC00:02x}" if "\udc80" <= one <= "\udcff" else one for one in text)
    return '"' + odd.replace("%", "%%") + '"'


def _paths(*paths: str) -> str:
    return " ".join(map(quoted, dict.fromkeys(paths)))


def _passphrase(needs: Needs) -> tuple[str, ...]:
    if needs.passphrase is None:
        return ()
    return (
        f"LoadCredential=passphrase:{needs.passphrase}",
        "Environment=FEDCLI_PASSPHRASE_FILE=%d/passphrase",
    )


def _within(needs: Needs, folders: tuple[str, ...]) -> bool:
    """Whether something that is needed lies where a setting would hide it."""
    return any(PurePath(path).is_relative_to(folder) for path in needs.paths for folder in folders)


def _length(every: str) -> str:
    number, unit = every.split()
    return f"{number}{_UNITS[unit]}"


def _text(*lines: str) -> str:
    return "\n".join(lines) + "\n"

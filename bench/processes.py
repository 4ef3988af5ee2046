"""Measuring whole processes: wall time, processor time, and the peak memory of every process of a tree."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

_EVERY = 0.02
#: As on a machine where Python keeps what it has compiled.
_ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
_SHOWN = 60


@dataclass
class Measured:
    """What some processes that ran at the same time took, all that they started included."""

    wall: float
    cpu: float
    peaks: dict[str, int] = field(default_factory=dict)

    @property
    def largest(self) -> int:
        """The peak memory of the largest process, in MB."""
        return max(self.peaks.values(), default=0)


def measure(*lines: Sequence[str]) -> Measured:
    """Run command lines side by side to their ends; each must end well."""
    before, start = _children(), time.perf_counter()
    running = [
        subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=_ENVIRONMENT)
        for line in lines
    ]
    watch = _Watch({one.pid for one in running})
    watch.start()
    ended = [(one.communicate()[1], one.returncode) for one in running]
    wall = time.perf_counter() - start
    watch.stop()
    for said, code in ended:
        if code:
            raise SystemExit(f"exit {code}: {said.decode()}")
    return Measured(wall, _children() - before, watch.peaks)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Watch(threading.Thread):
    """Looks at the peak memory of some processes and their descendants until it is stopped."""

    def __init__(self, roots: set[int]) -> None:
        super().__init__(daemon=True)
        self._roots, self._ended = roots, threading.Event()
        self.peaks: dict[str, int] = {}

    def run(self) -> None:
        """Look again and again."""
        while not self._ended.wait(_EVERY):
            parents = _parents()
            for process in parents:
                if self._below(process, parents):
                    self._look(process)

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        self.join()

    def _below(self, process: int, parents: dict[int, int]) -> bool:
        while process and process not in self._roots:
            process = parents.get(process, 0)
        return process in self._roots

    def _look(self, process: int) -> None:
        try:
            words = Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            status = Path(f"/proc/{process}/status").read_text()
        except OSError:
            return
        peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
        name = f"{_named(words)} [{process}]"
        if words:  # an ended one that nobody has waited for has none
            self.peaks[name] = max(self.peaks.get(name, 0), int(peak) // 1024)


def _parents() -> dict[int, int]:
    """The parent of every process."""
    found = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                told = Path(entry.path, "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            found[int(entry.name)] = int(told[1])
    return found


def _named(words: str) -> str:
    """A command line without where it lies."""
    short = " ".join(Path(word).name if word.startswith("/") else word for word in words.split())
    return short.replace("-I -X utf8 ", "")[:_SHOWN]


def machine() -> dict[str, Any]:
    """What the figures are of."""
    model = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "cores": os.cpu_count(),
        "processor": model[0] if model else "",
        "python": platform.python_version(),
    }


def told(pairs: Sequence[tuple[Measured, Measured]]) -> tuple[float, float, float]:
    """How many times faster the first of each pair was: the least, the middle and the most."""
    ratios = sorted(theirs.wall / ours.wall for ours, theirs in pairs)
    return ratios[0], median(ratios), ratios[-1]

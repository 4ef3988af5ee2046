"""What a command and its children take: wall, CPU, and memory of each process, read off /proc while they run.

The peak is each process's own (`VmHWM`), because what `wait` tells of a child begins with the size of
the process that started it.
"""

from __future__ import annotations

import os
import platform
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

_EVERY = 0.01
_MB = 1024


@dataclass
class Took:
    """Seconds, the largest process in MB, and the peak of each process by what it runs."""

    wall_s: float
    cpu_s: float
    processes: dict[str, float] = field(default_factory=dict)
    tree_mb: float = 0.0

    @property
    def rss_mb(self) -> float:
        """The largest process."""
        return max(self.processes.values(), default=0.0)


def run(*lines: list[str]) -> Took:
    """Run commands side by side to their ends, as installed with their bytecode, with their children.

    Raises:
        RuntimeError: one ended with another status than 0.
    """
    peaks: dict[int, tuple[str, float]] = {}
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    seen: dict[int, float] = {}
    tree, cpu, start = 0.0, 0.0, time.perf_counter()
    running = {}
    for line in lines:
        child = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
        running[child.pid] = (line, child)
    while running:
        for known in list(running):
            pid, status, usage = os.wait4(known, os.WNOHANG)
            if pid:
                cpu += usage.ru_utime + usage.ru_stime
                _check(*running.pop(pid), os.waitstatus_to_exitcode(status))
        tree = max(tree, sum(_see(pid, peaks, seen) for pid in running))
        time.sleep(_EVERY)
    cpu = max(cpu, sum(seen.values()))  # what nobody waited for is only seen
    return Took(time.perf_counter() - start, cpu, _named(peaks), tree)


def _check(line: list[str], child: subprocess.Popen[bytes], code: int) -> None:
    child.returncode = code
    assert child.stderr is not None
    with child.stderr:
        told = child.stderr.read().decode()
    if code:
        raise RuntimeError(f"{line[:4]} ended with {code}: {told}")


def machine() -> dict[str, object]:
    """What the figures are of."""
    told = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in told if line.startswith("model name")]
    return {"cores": os.cpu_count(), "processor": models[0] if models else platform.machine()}


def _named(peaks: dict[int, tuple[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, peak in peaks.values():
        found[name] = max(peak, found.get(name, 0.0))
    return found


def _see(root: int, peaks: dict[int, tuple[str, float]], seen: dict[int, float]) -> float:
    """Note the peak and the time of each process of a tree; what all of them hold now, in MB."""
    total = 0.0
    for pid in _below(root):
        try:
            told = Path(f"/proc/{pid}/status").read_text()
            name = _name(Path(f"/proc/{pid}/cmdline").read_bytes())
            times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        figures = dict(row.split(":", 1) for row in told.splitlines() if row.startswith("Vm"))
        seen[pid] = (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
        if "VmHWM" in figures and name:
            peaks[pid] = (name, int(figures["VmHWM"].split()[0]) / _MB)
            total += int(figures["VmRSS"].split()[0]) / _MB
    return total


def _below(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _below(int(child))
    except OSError:
        pass  # it has just ended
    return found


def _name(line: bytes) -> str:
    """What a process runs: its module or file, or the first words of its code."""
    words = line.decode(errors="replace").split("\0")
    if "-m" in words:
        return words[words.index("-m") + 1]
    return "python -c" if "-c" in words else Path(words[0]).name

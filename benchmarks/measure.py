"""What a command costs: seconds on the clock, seconds of CPU and memory of its whole process tree; and the machine."""

from __future__ import annotations

import os
import platform
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

SAMPLE_SECONDS = 0.05
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Usage:
    """What one run took. ``cpu`` is user plus system time of the command and all its children, in seconds;
    ``peak_bytes`` the largest sum of resident memory over the tree."""

    wall: float
    cpu: float
    peak_bytes: int


class CommandError(Exception):
    """A measured command ended with an error; the text is its output."""


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Usage:
    """Run a command to its end and measure it. Raises CommandError with its output when it fails."""
    started = time.perf_counter()
    with subprocess.Popen(
        command, env=dict(environment or os.environ), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        watch = _MemoryWatch(process.pid)
        output = process.stdout.read() if process.stdout else b""
        _, status, resources = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    peak = watch.stop()
    if process.returncode != 0:
        raise CommandError(f"{' '.join(command)}: exit {process.returncode}\n{output.decode(errors='replace')}")
    return Usage(time.perf_counter() - started, resources.ru_utime + resources.ru_stime, peak)


def middle(usages: Sequence[Usage]) -> Usage:
    """The median of each figure over several runs; of the memory the largest."""
    return Usage(
        median(usage.wall for usage in usages),
        median(usage.cpu for usage in usages),
        max(usage.peak_bytes for usage in usages),
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` (0 to 1) of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def tree_rss(pid: int) -> int:
    """Resident bytes of a process and all its descendants, 0 when it is gone."""
    try:
        own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return 0
    return own + sum(tree_rss(int(child)) for child in children)


def high_water(pid: int) -> int:
    """The most resident bytes that a process itself had so far, 0 when it is gone.

    What ``wait4`` says when it has ended will not do: that is at least what whoever started it had.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def process_cpu(pid: int) -> float:
    """Seconds of CPU that a running process and all its descendants have taken so far, those that ended included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return own + sum(process_cpu(int(child)) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def machine() -> str:
    """The machine in one line: processor, cores, memory, system, Python."""
    model = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    cores = len(os.sched_getaffinity(0))
    system = f"{platform.system()} {platform.release()}"
    return f"{model}, {cores} cores, {memory / 1024**2:.1f} GiB, {system}, Python {platform.python_version()}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


class _MemoryWatch:
    """Samples the memory of a process tree until told to stop."""

    def __init__(self, pid: int) -> None:
        self._pid, self._peak, self._done = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self._peak = max(self._peak, tree_rss(self._pid), high_water(self._pid))

    def stop(self) -> int:
        self._done.set()
        self._thread.join()
        return self._peak

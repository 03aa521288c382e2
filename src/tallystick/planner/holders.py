"""Who holds a lease: a process, by a name that says whether it still lives to those who can know.

A process of this machine that has died is known to be dead at once; of another's, the term of its lease tells.
Containers of one host name are told apart by the namespace in which their processes are numbered.
"""

from __future__ import annotations

import os
import socket
import uuid
from pathlib import Path

_PROC = Path("/proc")
_ENDED = ("Z", "X", "x")


def new_holder() -> str:
    """A name for this process, different each time: host, namespace, number, start, and what makes it unique."""
    return f"{_machine()}:{os.getpid()}:{_started(os.getpid())}:{uuid.uuid4().hex[:8]}"


def may_live(holder: str) -> bool:
    """Whether a holder may still run."""
    machine, pid, started, _ = holder.rsplit(":", 3)
    return machine != _machine() or _started(int(pid)) == started


def _machine() -> str:
    """Where process numbers mean the same: host and namespace."""
    try:
        namespace = (_PROC / "self/ns/pid").stat().st_ino
    except OSError:
        namespace = 0
    return f"{socket.gethostname()}:{namespace}"


def _started(pid: int) -> str:
    """When a process of this machine was started (clock ticks since boot), or "" when there is none, or a zombie."""
    try:
        state, *facts = (_PROC / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in _ENDED else facts[18]

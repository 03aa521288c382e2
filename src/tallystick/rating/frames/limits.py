"""What a process that rates frames may use, and what is said of a frame that it fails on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ScriptLimits:
    """What may be used: by a scope and period, or by the process."""

    cpu_seconds: float = 10.0
    """Per scope and period, by the kernel's count."""
    wall_seconds: float = 60.0
    """Per scope and period, by the clock: the process is killed that has not answered by then."""
    memory_bytes: int = 1024**3
    """Address space of the process."""
    stops: int = 3
    """After so many frames without an end, the others of the file are not tried."""
    kernel: bool = True
    """Whether the kernel must filter the system calls of scripts. False: Python's audit hook alone has to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a scope's points of a period stay with the price that they had."""

    scope_id: str
    period_start: datetime
    period_end: datetime
    by: str
    """The name of the script or module; empty where none can be named."""
    line: int | None
    reason: str

    def __str__(self) -> str:
        who = self.by or "rating in Python"
        where = f", line {self.line}" if self.line is not None else ""
        return f"{who}{where}: {self.reason} (scope {self.scope_id}, period {self.period_start.isoformat()})"

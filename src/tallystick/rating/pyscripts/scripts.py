"""What scripts are, and in which order they run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Script:
    """A script and the half-open interval of period starts that it is for; None is for ever."""

    script_id: str
    name: str
    data: str
    created_at: datetime
    begin: datetime | None = None
    end: datetime | None = None


def in_order(scripts: Iterable[Script]) -> list[Script]:
    """In the order in which they run: as they were made."""
    return sorted(scripts, key=lambda script: (script.created_at, script.script_id))

"""How the planner says what it is doing."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Somebody who watches: a terminal, a log, nobody."""

    def step(self, text: str, done: int, total: int) -> None:
        """``done`` of ``total`` units of the work called ``text`` are finished; 0 of 0 when it cannot be counted."""


class Silent:
    """Nobody watches."""

    def step(self, text: str, done: int, total: int) -> None:
        """Says nothing."""

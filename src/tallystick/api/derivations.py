"""Bringing the tables up to date after a change of rules, behind the answer to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import structlog


class Derivations:
    """One run at a time; what changes before a run has begun is seen by it. Thread-safe."""

    def __init__(self, refresh: Callable[[], object]) -> None:
        self._refresh = refresh
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="derivations")
        self._lock = threading.Lock()
        self._begun = True
        self._last: Future[None] | None = None

    def order(self) -> None:
        """Have the tables follow what was committed before."""
        with self._lock:
            if self._begun:
                self._begun = False
                self._last = self._pool.submit(self._run)

    def wait(self) -> None:
        """Returns when all that was ordered is done."""
        with self._lock:
            last = self._last
        if last is not None:
            last.result()

    def close(self) -> None:
        """Waits for the run that has begun; what was not begun is left to the next start."""
        self._pool.shutdown(cancel_futures=True)

    def _run(self) -> None:
        with self._lock:
            self._begun = True
        try:
            self._refresh()
        except Exception:
            structlog.get_logger("tallystick.api").exception("tables do not follow a change of rules yet")

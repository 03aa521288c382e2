"""Where queries run: as many threads as processors, with a queue of bounded length before them.

The engine releases the interpreter's lock while it works, so threads are enough, and more of them than processors
would only make every query slower.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from tallystick.errors import TallyError

Result = TypeVar("Result")
LONGEST_QUEUE: Final = 256


class OverloadedError(TallyError):
    """Too many questions wait already (HTTP 503)."""


class QueryPool:
    """Runs blocking work off the event loop, first come, first served. Used from one event loop."""

    def __init__(self, workers: int | None = None, longest_queue: int = LONGEST_QUEUE) -> None:
        self._workers = workers or os.cpu_count() or 1
        self._longest_queue = longest_queue
        self._waiting = 0
        self._executor = ThreadPoolExecutor(self._workers, thread_name_prefix="query")

    async def run(self, work: Callable[[], Result]) -> Result:
        """What ``work`` returns or raises. Raises OverloadedError instead of queueing without end."""
        if self._waiting >= self._workers + self._longest_queue:
            raise OverloadedError("The server is busy; ask again in a moment")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Let running work end and drop what waits."""
        self._executor.shutdown(wait=True, cancel_futures=True)

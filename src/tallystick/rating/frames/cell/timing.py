"""A bound on processor time, kept inside the process."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class OutOfTime(BaseException):
    """The time is used up. Not an Exception, so that ``except Exception`` in what is run lets it pass."""


def watch_time() -> None:
    """To be called once, before ``timed``."""
    signal.signal(signal.SIGPROF, _out_of_time)


@contextmanager
def timed(cpu_seconds: float) -> Iterator[None]:
    """Raises OutOfTime in what is run here when it has used so much processor time."""
    try:
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _out_of_time(*_: object) -> None:
    raise OutOfTime

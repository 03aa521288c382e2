"""Child processes that ingest a bill, and die on the way if they are told to."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tallystick.planner import store
from tallystick.planner.home import Home
from tallystick.settings.config import Config, Engine
from tallystick.settings.database import TenantDatabase


def open_home(folder: Path) -> Home:
    return Home(Config(home=folder, engine=Engine(threads=1, memory="300MB")))


def ingest_and_die(folder: Path, bill: Path, fatal: int) -> None:
    """Ingest, but die at the ``fatal``-th effect on the disk."""
    seen = 0

    def effect() -> None:
        nonlocal seen
        seen += 1
        if seen == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            effect()
            result = function(*arguments, **named)
            effect()
            return result

        return wrapped

    plain_write = TenantDatabase.write

    @contextmanager
    def write(self: TenantDatabase) -> Iterator[Any]:
        with plain_write(self) as session:
            yield session
            effect()
        effect()

    Path.replace = around(Path.replace)  # type: ignore[method-assign]
    store.swap = around(store.swap)
    TenantDatabase.write = write  # type: ignore[method-assign]
    open_home(folder).ingest(str(bill))


def ingest(folder: Path, bill: Path) -> None:
    open_home(folder).ingest(str(bill))

"""Child processes that ingest a bill, and die on the way if they are told to."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tallystick.lake.objects import ObjectStorage
from tallystick.planner import store
from tallystick.planner.home import Home
from tallystick.settings.config import Config
from tallystick.settings.database import TenantDatabase

Environment = Mapping[str, str]
"""What the child finds in its environment beside its parent's: the keys of the object store."""


def ingest_and_die(config: Config, environment: Environment, bill: Path, fatal: int) -> None:
    """Ingest, but die at the ``fatal``-th effect on a disk, the database or the object store."""
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
    ObjectStorage._upload = around(ObjectStorage._upload)  # type: ignore[method-assign]
    ingest(config, environment, bill)


def ingest(config: Config, environment: Environment, bill: Path) -> None:
    os.environ.update(environment)
    Home(config).ingest(str(bill))

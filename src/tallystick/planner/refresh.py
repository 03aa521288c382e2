"""After a change of configuration: the tables are derived again, here or by workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallystick.planner.jobs import queue
from tallystick.planner.jobs.broker import send
from tallystick.planner.jobs.queue import PUBLISH, Wanted

if TYPE_CHECKING:
    from tallystick.planner.home import Home


def refresh(home: Home, tenant: str) -> None:
    """Derive what is stale; with a broker, have it planned and leave the rest to workers.

    Raises ConflictError when another process took over.
    """
    if not home.config.broker:
        home.derive(tenant)
        return
    with home.database.of(tenant).write() as session:
        queued = queue.enqueue(session, tenant, Wanted(PUBLISH))
    send(home.broker, [queued])

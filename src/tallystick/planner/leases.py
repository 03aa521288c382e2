"""A lease: the right to do a piece of a tenant's work alone, for a while, under a token that only rises.

Two processes at once are never wrong, only wasteful: parts are named by what they hold and a commit under an older
token is refused. The lease keeps them from computing the same twice.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.errors import ConflictError
from tallystick.settings.database import TenantDatabase
from tallystick.settings.models import Lease

DERIVE, READ = "derive", "read"
"""The lease to commit and publish a tenant's tables; ``derive/SOURCE/YYYY-MM`` is the one to compute a partition, and
``read/DELIVERY`` the one to read a delivery."""
_TERM = timedelta(seconds=60)
_HEARTBEAT_SECONDS = 15.0
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Held:
    """A lease in hand."""

    tenant: str
    name: str
    holder: str
    token: int

    def check(self, session: Session) -> None:
        """Raises ConflictError when somebody else has taken the lease since."""
        lease = session.get_one(Lease, (self.tenant, self.name))
        if lease.token != self.token or lease.holder != self.holder:
            raise ConflictError("another process took over; nothing of this one was published. Run again")


@contextmanager
def lease(
    database: TenantDatabase, name: str, *, waiting: Callable[[str], None], patience: float = 600.0
) -> Iterator[Held]:
    """Hold a lease while the block runs; ``waiting`` is told once who holds it meanwhile.

    Raises ConflictError when it cannot be had within ``patience`` seconds.
    """
    held = _wait(database, name, waiting, patience)
    stop = threading.Event()
    heart = threading.Thread(target=_beat, args=(database, held, stop), daemon=True)
    heart.start()
    try:
        yield held
    finally:
        stop.set()
        heart.join()
        _release(database, held)


def _wait(database: TenantDatabase, name: str, waiting: Callable[[str], None], patience: float) -> Held:
    deadline = time.monotonic() + patience
    told = False
    while True:
        taken = _take(database, name)
        if isinstance(taken, Held):
            return taken
        if not told:
            waiting(taken)
            told = True
        if time.monotonic() > deadline:
            raise ConflictError(f"still held by {taken} after {patience:.0f} s; try again later")
        time.sleep(_POLL_SECONDS)


def _take(database: TenantDatabase, name: str) -> Held | str:
    """Take the lease, or give the name of its holder."""
    with database.write() as session:
        row = session.get(Lease, (database.tenant, name))
        if row is None:
            row = Lease(tenant_id=database.tenant, name=name)
            session.add(row)
        if row.holder is not None and runs(row) and _alive(row.holder):
            return row.holder
        row.holder = f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}:{uuid.uuid4().hex[:8]}"
        row.token += 1
        row.expires_at = clock.now() + _TERM
        return Held(database.tenant, name, row.holder, row.token)


def _beat(database: TenantDatabase, held: Held, stop: threading.Event) -> None:
    while not stop.wait(_HEARTBEAT_SECONDS):
        with database.write() as session:
            row = session.get_one(Lease, (held.tenant, held.name))
            if row.holder == held.holder:
                row.expires_at = clock.now() + _TERM


def _release(database: TenantDatabase, held: Held) -> None:
    with database.write() as session:
        row = session.get_one(Lease, (held.tenant, held.name))
        if row.holder == held.holder:
            row.holder = None
            row.expires_at = None


def runs(row: Lease) -> bool:
    """Whether a lease is held and its term is not over."""
    return row.expires_at is not None and row.expires_at > clock.now()


def _alive(holder: str) -> bool:
    """Whether a holder may still run: one on this machine that has died is known to be dead at once."""
    host, pid, started, _ = holder.rsplit(":", 3)
    return host != socket.gethostname() or _started(int(pid)) == started


def _started(pid: int) -> str:
    """When a process of this machine was started (clock ticks since boot), or "" when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except OSError:
        return ""

"""A lease: the right to do a piece of a tenant's work alone, for a while, under a token that only rises.

Two holders at once are never wrong, only wasteful: parts are named by what they hold and a commit under an older
token is refused. The lease keeps them from computing the same twice. It lasts a minute, and a heart renews it while
its holder lives.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick.errors import ConflictError, UnavailableError
from tallystick.planner import holders
from tallystick.planner.heart import HEART
from tallystick.settings.database import TenantDatabase, moment
from tallystick.settings.models import Lease

DERIVE, READ = "derive", "read"
"""The lease to commit and publish a tenant's tables; ``derive/SOURCE/YYYY-MM`` is the one to compute a partition, and
``read/DELIVERY`` the one to read a delivery."""
TERM = timedelta(seconds=60)
"""How long after its last heartbeat a holder on another machine is taken for dead."""
_POLL_SECONDS = 0.2


class BusyError(ConflictError):
    """Somebody else holds the lease."""


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
    database: TenantDatabase,
    name: str,
    *,
    waiting: Callable[[str], None],
    patience: float = 600.0,
    term: timedelta = TERM,
) -> Iterator[Held]:
    """Hold a lease while the block runs; ``waiting`` is told once who holds it meanwhile.

    Raises BusyError when it cannot be had within ``patience`` seconds; with 0 it is tried once.
    """
    held = _wait(database, name, waiting, patience, term)
    HEART.keep(database, held.name, held.holder, term)
    try:
        yield held
    finally:
        HEART.leave(held.holder)
        _release(database, held)


def running(session: Session, tenant: str) -> dict[str, str]:
    """The holders of a tenant's leases that somebody holds, by the name of the lease."""
    return {row.name: row.holder or "" for row in _held(session, tenant)}


def tokens(session: Session, tenant: str) -> dict[str, int]:
    """The token of each of a tenant's leases that somebody holds, by the name of the lease."""
    return {row.name: row.token for row in _held(session, tenant)}


def _held(session: Session, tenant: str) -> list[Lease]:
    now = moment(session)
    rows = session.scalars(select(Lease).where(Lease.tenant_id == tenant, Lease.holder.is_not(None)))
    return [row for row in rows if _holder(row, now)]


def _wait(
    database: TenantDatabase, name: str, waiting: Callable[[str], None], patience: float, term: timedelta
) -> Held:
    deadline = time.monotonic() + patience
    holder: str | Held = _take(database, name, term)
    told = False
    while not isinstance(holder, Held):
        if not told and patience:
            waiting(holder)
            told = True
        if time.monotonic() >= deadline:
            raise BusyError(f"still held by {holder} after {patience:.0f} s; try again later")
        time.sleep(_POLL_SECONDS)
        holder = _look(database, name) or _take(database, name, term)
    return holder


def _look(database: TenantDatabase, name: str) -> str | None:
    """Who holds the lease, without waiting for writers."""
    with database.read() as session:
        row = session.get(Lease, (database.tenant, name))
        return _holder(row, moment(session)) if row else None


def _take(database: TenantDatabase, name: str, term: timedelta) -> Held | str:
    """Take the lease, or give the name of its holder."""
    with database.write() as session:
        now = moment(session)
        row = session.get(Lease, (database.tenant, name))
        if row is None:
            row = Lease(tenant_id=database.tenant, name=name)
            session.add(row)
        if holder := _holder(row, now):
            return holder
        row.holder = holders.new_holder()
        row.token += 1
        row.expires_at = now + term
        return Held(database.tenant, name, row.holder, row.token)


def _holder(row: Lease, now: datetime) -> str | None:
    """Who holds a lease whose term is not over, unless it is known to be dead."""
    if row.holder is None or row.expires_at is None or row.expires_at <= now or not holders.may_live(row.holder):
        return None
    return row.holder


def _release(database: TenantDatabase, held: Held) -> None:
    """Give the lease back; where the database does not answer it ends by itself."""
    with contextlib.suppress(UnavailableError), database.write() as session:
        row = session.get_one(Lease, (held.tenant, held.name))
        if row.holder == held.holder:
            row.holder = None
            row.expires_at = None

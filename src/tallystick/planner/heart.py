"""The heart of a process: one thread that renews every lease that the process holds."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import update

from tallystick.errors import UnavailableError
from tallystick.settings.database import TenantDatabase, moment
from tallystick.settings.models import Lease

_BEAT_SECONDS = 15.0
_BEATS = 4
"""At least, in the shortest term that is kept."""
_RETRY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Kept:
    database: TenantDatabase
    name: str
    term: timedelta


class Heart:
    """Renews leases every ``seconds`` or several times in a term, and sooner while the database does not answer.

    The thread runs while there is a lease to keep. In a forked child it starts anew with the first lease taken there.
    """

    def __init__(self, seconds: float = _BEAT_SECONDS) -> None:
        self._seconds = seconds
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()
        self._moved = threading.Event()
        self._thread: threading.Thread | None = None

    def keep(self, database: TenantDatabase, name: str, holder: str, term: timedelta) -> None:
        """Renew a lease for another ``term`` again and again, for as long as ``holder`` holds it."""
        with self._lock:
            before = self._pace()
            self._kept[holder] = _Kept(database, name, term)
            if self._thread is None or not self._thread.is_alive():
                self._moved.clear()
                self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
                self._thread.start()
            elif self._pace() < before:
                self._moved.set()  # it may be in a pause that is longer than this term

    def leave(self, holder: str) -> None:
        """Renew a lease no more."""
        with self._lock:
            del self._kept[holder]
            if not self._kept:
                self._moved.set()

    def _run(self) -> None:
        pause = self._pace()
        while not self._ended(pause):
            pause = self._pace() if self._beat() else min(self._pace(), _RETRY_SECONDS)

    def _pace(self) -> float:
        terms = [each.term.total_seconds() for each in list(self._kept.values())]
        return min([self._seconds, *(term / _BEATS for term in terms)])

    def _ended(self, pause: float) -> bool:
        """Waits; whether there is nothing left to keep, after which the next lease starts another thread."""
        self._moved.wait(pause)
        with self._lock:
            self._moved.clear()
            if self._kept:
                return False
            self._thread = None
            return True

    def _beat(self) -> bool:
        """Renew what is kept now; whether every database answered."""
        with self._lock:
            kept = dict(self._kept)
        answered = True
        for database in {each.database for each in kept.values()}:
            mine = {holder: each for holder, each in kept.items() if each.database == database}
            try:
                _renew(database, mine)
            except UnavailableError as error:
                structlog.get_logger("tallystick.leases").warning("leases not renewed", reason=str(error))
                answered = False
        return answered


def _renew(database: TenantDatabase, kept: dict[str, _Kept]) -> None:
    with database.write() as session:
        now = moment(session)
        for holder, each in kept.items():
            of_holder = (Lease.tenant_id == database.tenant, Lease.name == each.name, Lease.holder == holder)
            session.execute(update(Lease).where(*of_holder).values(expires_at=now + each.term))


HEART = Heart()
"""This process's own."""

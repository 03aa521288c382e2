"""Leases: one holder at a time, a token that only rises, taken over from the dead, kept by one heart per process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from servers.postgres import Postgres
from tallystick import clock
from tallystick.errors import ConflictError, UnavailableError
from tallystick.planner import leases
from tallystick.planner.heart import Heart
from tallystick.planner.holders import may_live, new_holder
from tallystick.planner.leases import BusyError, lease, running
from tallystick.settings.config import Config
from tallystick.settings.database import TenantDatabase, moment, open_database
from tallystick.settings.models import Lease

Silent = dict[str, Callable[[str], None]]
SILENT: Silent = {"waiting": lambda _: None}
ELSEWHERE = "elsewhere:1:7:100:abc"


@pytest.fixture
def database(config: Config) -> TenantDatabase:
    return open_database(config).of("t")


def held_elsewhere(database: TenantDatabase, holder: str = ELSEWHERE, seconds: int = 60) -> None:
    with database.write() as session:
        expires = moment(session) + timedelta(seconds=seconds)
        session.merge(Lease(tenant_id="t", name="work", holder=holder, token=7, expires_at=expires))


def eventually(what: Callable[[], bool]) -> None:
    for _ in range(1000):
        if what():
            return
        time.sleep(0.02)
    pytest.fail("did not happen")


def test_the_token_rises_with_every_holder(database: TenantDatabase) -> None:
    tokens = []
    for _ in range(3):
        with lease(database, "work", **SILENT) as held, database.read() as session:
            held.check(session)
            assert running(session, "t") == {"work": held.holder}
            tokens.append(held.token)
    with database.read() as session:
        assert running(session, "t") == {}
    assert tokens == [1, 2, 3]


def test_names_and_tenants_do_not_wait_for_each_other(database: TenantDatabase) -> None:
    other = database.database.of("u")
    august, july = "derive/s1/2026-08", "derive/s1/2026-07"
    with lease(database, august, **SILENT), lease(database, july, **SILENT), lease(other, august, **SILENT) as held:
        with database.read() as session:
            assert set(running(session, "t")) == {august, july}
        assert held.tenant == "u"


def test_who_is_alive_is_waited_for(database: TenantDatabase) -> None:
    held_elsewhere(database)
    told: list[str] = []
    with pytest.raises(BusyError, match="elsewhere"), lease(database, "work", waiting=told.append, patience=0.5):
        pass
    assert told == [ELSEWHERE]


def test_it_can_be_tried_once(database: TenantDatabase) -> None:
    with (
        lease(database, "work", **SILENT),
        pytest.raises(BusyError),
        lease(database, "work", waiting=pytest.fail, patience=0),
    ):
        pass


@pytest.mark.parametrize(
    ("holder", "seconds"), [(ELSEWHERE, -1), ("dead", 60)], ids=["whose term is over", "dead on this machine"]
)
def test_a_lease_is_taken_over(database: TenantDatabase, holder: str, seconds: int) -> None:
    held_elsewhere(database, holder if holder != "dead" else dead_holder(), seconds)
    with lease(database, "work", patience=0, **SILENT) as held:
        assert held.token == 8


def dead_holder() -> str:
    code = "from tallystick.planner.holders import new_holder; print(new_holder())"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_who_was_taken_over_from_is_refused_and_gives_nothing_back(database: TenantDatabase) -> None:
    with lease(database, "work", **SILENT) as held:
        held_elsewhere(database)
        with database.write() as session, pytest.raises(ConflictError, match="took over"):
            held.check(session)
    with database.read() as session:
        assert running(session, "t") == {"work": ELSEWHERE}


def test_one_heart_keeps_every_lease(database: TenantDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "HEART", Heart(seconds=0.01))
    before = threading.active_count()
    names = {f"work-{number}" for number in range(20)}
    held = [lease(database, name, **SILENT) for name in names]
    for each in held:
        each.__enter__()
    assert threading.active_count() == before + 1
    with database.write() as session:
        session.execute(update(Lease).values(expires_at=moment(session) - timedelta(hours=1)))
    eventually(lambda: running_names(database) == names)
    for each in held:
        each.__exit__(None, None, None)
    eventually(lambda: threading.active_count() == before)
    with lease(database, "again", **SILENT):
        assert threading.active_count() == before + 1


def running_names(database: TenantDatabase) -> set[str]:
    with database.read() as session:
        return set(running(session, "t"))


def test_a_heart_does_not_keep_what_another_has_taken(database: TenantDatabase) -> None:
    held_elsewhere(database, seconds=-1)
    mine = Heart(seconds=0.01)
    mine.keep(database, "work", "somebody else", leases.TERM)
    mine.keep(database, "work", ELSEWHERE, timedelta(seconds=30))
    eventually(lambda: running_names(database) == {"work"})
    mine.leave(ELSEWHERE)
    mine.leave("somebody else")
    with database.read() as session:
        row = session.get_one(Lease, ("t", "work"))
        assert row.holder == ELSEWHERE


def test_a_heart_in_a_long_pause_is_woken_by_a_short_term(database: TenantDatabase) -> None:
    mine = Heart(seconds=3600)
    mine.keep(database, "slow", "somebody", timedelta(days=1))
    held_elsewhere(database, seconds=-1)
    mine.keep(database, "work", ELSEWHERE, timedelta(seconds=30))
    eventually(lambda: running_names(database) == {"work"})
    mine.leave("somebody")
    mine.leave(ELSEWHERE)


def test_a_process_of_another_machine_or_container_may_live() -> None:
    mine = new_holder()
    host, namespace, pid, started, unique = mine.rsplit(":", 4)
    assert may_live(mine)
    assert may_live(":".join(("other", namespace, "1", "1", unique)))
    assert may_live(":".join((host, "0", "1", "1", unique)))
    assert not may_live(":".join((host, namespace, pid, f"{started}0", unique)))
    assert pid == str(os.getpid())


def test_the_clock_of_tests_is_that_of_a_file_alone(database: TenantDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLY_NOW", "2001-01-01T00:00:00Z")
    with database.read() as session:
        assert (moment(session) == clock.now()) is (session.get_bind().dialect.name == "sqlite")


@pytest.mark.services
def test_a_lease_outlives_a_server_that_restarts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The heart goes on when the server is back; a lease that cannot be given back then ends by itself."""
    monkeypatch.setattr(leases, "HEART", Heart(seconds=0.01))
    server = Postgres()
    try:
        server.start()
        database = open_database(Config(home=tmp_path, catalog=server.create_database("leases"))).of("t")
        with lease(database, "work", **SILENT) as held:
            server.stop()
            with pytest.raises(UnavailableError), database.read():
                pass
            server.start()
            with database.write() as session:
                held.check(session)
                session.execute(update(Lease).values(expires_at=moment(session) - timedelta(hours=1)))
            eventually(lambda: running_names(database) == {"work"})
            server.stop()
    finally:
        server.close()

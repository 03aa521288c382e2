"""Jobs: the same ledger as in one process, whatever is lost, doubled or late on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bills import cur_line, write_cur, write_report
from inline import InlineBroker, cluster_home, work
from tallystick import clock
from tallystick.errors import (
    ConfigError,
    ConflictError,
    NotFoundError,
    Place,
    RefusedError,
    TallyError,
    UnavailableError,
)
from tallystick.lake.schemas import LEDGER
from tallystick.planner import home as homes
from tallystick.planner.home import Home
from tallystick.planner.jobs import kinds, queue, waiting
from tallystick.planner.jobs.desk import Desk
from tallystick.planner.jobs.queue import COMPUTE, DEAD, DONE, PUBLISH, QUEUED, RUNNING, Policy, Wanted
from tallystick.planner.jobs.scheduler import SCHEDULER, Scheduler, resend
from tallystick.planner.leases import lease
from tallystick.reports.proof import source_totals
from tallystick.settings.models import Job, TagSetting

AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)


@pytest.fixture
def cluster(tmp_path: Path) -> tuple[Home, InlineBroker]:
    return cluster_home(tmp_path / "cluster", attempts=3)


@pytest.fixture
def bill(tmp_path: Path) -> Path:
    return write_cur(tmp_path / "bill.csv.gz", [cur_line(AUGUST, day, UnblendedCost=f"0.{day}") for day in range(1, 9)])


def ledger(home: Home) -> list[tuple[object, ...]]:
    columns = ", ".join(name for name in LEDGER.names() if name != "x_source_id")
    with home.session() as session:
        return session.rows(f"SELECT {columns} FROM ledger ORDER BY ALL")


def states(home: Home) -> dict[str, list[str]]:
    """The states of the jobs of each kind."""
    found: dict[str, list[str]] = {}
    for view in Desk(home, "default").jobs():
        found.setdefault(view.kind, []).append(view.state)
    return found


def test_workers_make_the_ledger_that_one_process_makes(
    cluster: tuple[Home, InlineBroker], home: Home, tmp_path: Path
) -> None:
    days = range(1, 6)
    for month in (AUGUST, SEPTEMBER):
        files = {"a.csv.gz": [cur_line(month, day, UnblendedCost=f"1.{day}", team="shop") for day in days]}
        write_report(tmp_path / "bills", month, "one", files)
    through, broker = cluster
    receipts = through.ingest(str(tmp_path / "bills"), wait=False)
    assert [receipt.outcome for receipt in receipts] == ["received", "received"]
    work(through, broker)
    home.ingest(str(tmp_path / "bills"))
    assert ledger(through) == ledger(home)
    assert through.status().stale_parts == 0
    assert all(check.closes for check in through.reconcile("default", True, source_totals))
    assert {state for found in states(through).values() for state in found} == {DONE}


def test_what_is_delivered_again_is_not_done_again(cluster: tuple[Home, InlineBroker], bill: Path) -> None:
    home, broker = cluster
    home.ingest(str(bill), wait=False)
    work(home, broker)
    release = home.release_id()
    (receipt,) = home.ingest(str(bill), wait=False)
    assert (receipt.outcome, work(home, broker), home.release_id()) == ("unchanged", 0, release)


def test_a_refused_delivery_is_a_job_well_done(cluster: tuple[Home, InlineBroker], tmp_path: Path) -> None:
    home, broker = cluster
    bad = write_cur(tmp_path / "bad.csv", [cur_line(AUGUST, BillingPeriodStartDate="")])
    home.ingest(str(bad), wait=False)
    work(home, broker)
    assert [view.state for view in home.deliveries()] == ["refused"]
    assert states(home)["read"] == [DONE]


def test_every_message_twice_changes_nothing(
    cluster: tuple[Home, InlineBroker], bill: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    through, broker = cluster
    send = broker.send
    monkeypatch.setattr(broker, "send", lambda *message: (send(*message), send(*message)))
    through.ingest(str(bill), wait=False)
    work(through, broker)
    home.ingest(str(bill))
    assert ledger(through) == ledger(home)
    assert through.release_id() == 1


def test_with_the_broker_down_deliveries_are_stored_and_their_jobs_are_sent_later(
    cluster: tuple[Home, InlineBroker], bill: Path
) -> None:
    home, broker = cluster
    broker.down = True
    home.ingest(str(bill), wait=False)
    resend(home)
    assert (states(home), len(broker.messages)) == ({"read": [QUEUED]}, 0)
    broker.down = False
    settle(home, broker)
    assert home.release_id() == 1


def test_messages_that_the_broker_lost_are_sent_again_and_those_that_it_has_are_not(
    cluster: tuple[Home, InlineBroker], bill: Path
) -> None:
    home, broker = cluster
    home.ingest(str(bill), wait=False)
    time.sleep(0.02)
    resend(home)
    assert len(broker.messages) == 1
    broker.messages.clear()
    resend(home)
    assert len(broker.messages) == 1


def settle(home: Home, broker: InlineBroker, rounds: int = 20) -> None:
    """Let the scheduler and a worker take turns."""
    scheduler = Scheduler(home)
    for _ in range(rounds):
        time.sleep(0.02)
        scheduler.tick()
        work(home, broker)


@pytest.mark.parametrize("kind", ["read", "compute", "publish"])
def test_a_job_whose_worker_was_lost_is_done_by_another(
    cluster: tuple[Home, InlineBroker], bill: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker dies when it has done the work and not yet said so."""
    home, broker = cluster
    plain = kinds._KINDS[kind]

    def dying(home: Home, job: Job) -> Any:
        plain(home, job)
        raise KeyboardInterrupt

    monkeypatch.setitem(kinds._KINDS, kind, dying)  # type: ignore[arg-type]
    home.ingest(str(bill), wait=False)
    with pytest.raises(KeyboardInterrupt):
        work(home, broker)
    assert states(home)[kind][-1] == RUNNING
    monkeypatch.setitem(kinds._KINDS, kind, plain)  # type: ignore[arg-type]
    settle(home, broker)
    assert home.release_id() == 1
    assert {state for found in states(home).values() for state in found} == {DONE}


def test_a_job_that_kills_every_worker_is_dead_after_its_attempts(
    cluster: tuple[Home, InlineBroker], bill: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, broker = cluster

    def kill(home: Home, job: Job) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setitem(kinds._KINDS, "read", kill)  # type: ignore[arg-type]
    home.ingest(str(bill), wait=False)
    for _ in range(6):
        with suppress(KeyboardInterrupt):
            work(home, broker)
        time.sleep(0.02)
        Scheduler(home).tick()
    (job,) = Desk(home, "default").jobs(DEAD)
    assert (job.attempts, job.reason) == (3, "its worker was lost")


FAILURES = [
    (UnavailableError("S3 does not answer"), 3),
    (ConflictError("another process took over"), 3),
    (OSError("503 Slow Down"), 3),
    (ValueError("a defect"), 3),
    (ConfigError("there is no such kind"), 1),
]


@pytest.mark.parametrize(("error", "attempts"), FAILURES, ids=lambda value: type(value).__name__)
def test_a_failure_is_tried_again_unless_trying_is_of_no_use(
    cluster: tuple[Home, InlineBroker],
    bill: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    attempts: int,
) -> None:
    home, broker = cluster

    def fail(home: Home, job: Job) -> Any:
        raise error

    with monkeypatch.context() as patch:
        patch.setitem(kinds._KINDS, COMPUTE, fail)  # type: ignore[arg-type]
        home.ingest(str(bill), wait=False)
        settle(home, broker)
    (job,) = Desk(home, "default").jobs(DEAD)
    assert (job.kind, job.attempts) == (COMPUTE, attempts)
    assert str(error) in (job.reason or "")
    assert job.subject == "aws-000000000001 2026-08"
    assert Desk(home, "default").retry() == 1
    settle(home, broker)
    assert (Desk(home, "default").jobs(DEAD), home.release_id()) == ([], 1)


def test_what_has_died_is_not_planned_again_until_something_new_is_delivered(
    cluster: tuple[Home, InlineBroker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, broker = cluster
    calls: list[str] = []

    def fail(home: Home, job: Job) -> Any:
        calls.append(job.subject)
        raise ConfigError("no")

    with monkeypatch.context() as patch:
        patch.setitem(kinds._KINDS, COMPUTE, fail)  # type: ignore[arg-type]
        home.ingest(str(write_cur(tmp_path / "a.csv", [cur_line(AUGUST)])), wait=False)
        work(home, broker)
        for _ in range(3):
            Scheduler(home).tick()
            work(home, broker)
    assert len(calls) == 1
    home.ingest(str(write_cur(tmp_path / "a.csv", [cur_line(AUGUST), cur_line(AUGUST, 2)])), wait=False)
    work(home, broker)
    assert (home.release_id(), Desk(home, "default").jobs(DEAD)) == (1, [])


def test_a_changed_setting_is_planned_by_the_scheduler(cluster: tuple[Home, InlineBroker], bill: Path) -> None:
    home, broker = cluster
    home.ingest(str(bill), wait=False)
    work(home, broker)
    with home.database.of("default").write() as session:
        session.add(TagSetting(tenant_id="default", provider="AWS", key="team", enabled=False, changed_at=clock.now()))
    assert home.status().stale_parts == 1
    Scheduler(home).tick()
    work(home, broker)
    assert (home.status().stale_parts, home.release_id()) == (0, 2)


def test_the_scheduler_polls_what_is_watched_and_takes_in_what_is_new(
    cluster: tuple[Home, InlineBroker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, broker = cluster
    looks: list[str] = []
    plain: Callable[..., Any] = homes.discover
    monkeypatch.setattr(homes, "discover", lambda address, **named: (looks.append(address), plain(address, **named))[1])
    write_cur(tmp_path / "bills" / "august.csv", [cur_line(AUGUST)], version=datetime(2026, 9, 1, tzinfo=UTC))
    desk = Desk(home, "default")
    desk.watch(str(tmp_path / "bills"), kind=None, source_name="mine", every=timedelta(hours=1))
    settle(home, broker, rounds=3)
    assert (home.release_id(), len(looks), states(home)["ingest"]) == (1, 1, [DONE])
    for turn in (1, 2):
        with home.database.of("default").write() as session:
            for watch in session.query(kinds.Watch):
                watch.next_at = clock.now()
        settle(home, broker, rounds=2)
        assert len(looks) == 1, "the same listing is not read again"
        assert len(states(home)["ingest"]) == 1 + turn
    write_cur(tmp_path / "bills" / "september.csv", [cur_line(SEPTEMBER)])
    with home.database.of("default").write() as session:
        for watch in session.query(kinds.Watch):
            watch.next_at = clock.now()
    settle(home, broker, rounds=3)
    assert (len(looks), home.release_id()) == (2, 2)
    desk.unwatch(str(tmp_path / "bills"))
    with pytest.raises(NotFoundError):
        desk.unwatch(str(tmp_path / "bills"))


def test_the_correction_of_a_closed_month_waits_for_what_it_needs(
    cluster: tuple[Home, InlineBroker], home: Home, tmp_path: Path
) -> None:
    through, broker = cluster
    first = write_cur(tmp_path / "1" / "a.csv", [cur_line(AUGUST), cur_line(SEPTEMBER)])
    late = write_cur(tmp_path / "2" / "a.csv", [cur_line(AUGUST), cur_line(AUGUST, 2), cur_line(SEPTEMBER)])
    for each in (through, home):
        each.ingest(str(first), source_name="mine", wait=False)
        work(through, broker)
        each.close_month("default", "mine", AUGUST)
        each.ingest(str(late), source_name="mine", wait=False)
        work(through, broker)
    assert ledger(through) == ledger(home)
    assert any(row[LEDGER.names().index("revision") - 1] for row in ledger(through))


def test_jobs_wait_longer_after_each_failure() -> None:
    policy = Policy(5, timedelta(seconds=10))
    assert [policy.delay(attempts).total_seconds() for attempts in (1, 2, 3)] == [10, 20, 40]


def test_a_queued_job_is_one(cluster: tuple[Home, InlineBroker]) -> None:
    home, _ = cluster
    with home.database.of("default").write() as session:
        first = queue.enqueue(session, "default", Wanted(COMPUTE, "s/2026-08", arguments={"parts": "a"}))
        again = queue.enqueue(session, "default", Wanted(COMPUTE, "s/2026-08", "large", {"parts": "b"}))
        other = queue.enqueue(session, "default", Wanted(PUBLISH))
        assert (first is again, first.queue, first.arguments) == (True, "large", {"parts": "b"})
        assert other.job_id != first.job_id


def test_a_refusal_is_lasting_and_a_conflict_is_not() -> None:
    assert queue.lasting(RefusedError(Place("a.csv"), "torn"))
    assert not queue.lasting(ConflictError("run again"))


def test_who_waits_is_told_of_the_dead_job_that_is_in_the_way(
    cluster: tuple[Home, InlineBroker], bill: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another source's month cannot be computed, so nothing of the tenant is published."""
    home, broker = cluster

    def fail(home: Home, job: Job) -> Any:
        raise ConfigError("no such thing")

    with monkeypatch.context() as patch:
        patch.setitem(kinds._KINDS, COMPUTE, fail)  # type: ignore[arg-type]
        home.ingest(str(bill), source_name="other", wait=False)
        work(home, broker)
    plain = waiting.time.sleep
    monkeypatch.setattr(waiting.time, "sleep", lambda seconds: (work(home, broker), plain(0.01)))
    with pytest.raises(TallyError, match="no such thing"):
        home.ingest(str(write_cur(tmp_path / "mine.csv", [cur_line(SEPTEMBER)])), source_name="mine")
    Desk(home, "default").retry()
    (receipt,) = home.ingest(str(tmp_path / "mine.csv"), source_name="mine")
    assert (receipt.outcome, home.release_id()) == ("unchanged", 1)


def test_a_scheduler_that_stands_by_does_nothing_and_stops_when_told(
    cluster: tuple[Home, InlineBroker], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = cluster
    ticks: list[Scheduler] = []
    monkeypatch.setattr(Scheduler, "tick", ticks.append)
    stop = threading.Event()
    second = threading.Thread(target=Scheduler(home).run, args=(stop,))
    with lease(home.database.of(SCHEDULER), "loop", waiting=lambda _: None):
        second.start()
        time.sleep(0.1)
        stop.set()
        second.join(timeout=30)
        assert (second.is_alive(), ticks) == (False, [])

"""Workers as processes, on real servers: the ledger of one process, whoever dies on the way."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bills import cur_line, write_cur
from servers.postgres import Postgres
from servers.redis import Redis
from servers.seaweedfs import SeaweedFS
from tallystick.lake.history import additions
from tallystick.lake.schemas import LEDGER, TABLES
from tallystick.planner.home import Home
from tallystick.planner.jobs.desk import Desk
from tallystick.planner.jobs.queue import COMPUTE, DEAD, QUEUED, RUNNING
from tallystick.reports.proof import source_totals
from tallystick.settings.config import Config, Engine
from tallystick.settings.sqlite import FILE_NAME
from workers import Crew, until

pytestmark = pytest.mark.services
MONTHS = [date(2026, month, 1) for month in (6, 7, 8)]


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three months, each a file and so a delivery, of enough lines to take a while."""
    folder = tmp_path_factory.mktemp("bills")
    for month in MONTHS:
        lines = [
            cur_line(month, 1 + number % 28, number % 24, ResourceId=f"i-{number % 500}", UnblendedCost=f"0.{number}")
            for number in range(4000)
        ]
        write_cur(folder / f"{month:%Y-%m}" / "cur.csv.gz", lines)
    return folder


@pytest.fixture(scope="module")
def expected(bills: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """The ledger of one process."""
    folder = tmp_path_factory.mktemp("quiet")
    home = Home(Config(home=folder / "home", engine=Engine(threads=1, memory="300MB")))
    home.ingest(str(bills))
    return ledger(home)


def ledger(home: Home) -> list[tuple[object, ...]]:
    columns = ", ".join(name for name in LEDGER.names() if name != "x_source_id")
    with home.session() as session:
        return session.rows(f"SELECT {columns} FROM ledger ORDER BY ALL")


def assert_sound(home: Home, expected: list[tuple[object, ...]]) -> None:
    assert ledger(home) == expected
    assert all(check.closes for check in home.reconcile("default", True, source_totals))
    assert home.status().stale_parts == 0
    for schema in TABLES:
        assert set(additions(home.store("default").tables[schema.name].refresh()).values()) <= {1}, schema.name


@pytest.fixture
def one_machine(redis_server: Redis, tmp_path: Path) -> Iterator[Crew]:
    """Workers beside each other on one home: SQLite, the local disk, and a broker."""
    with Crew(tmp_path / "home", {"TALLY_BROKER": redis_server.address}) as crew:
        yield crew


@pytest.fixture
def cluster(
    redis_server: Redis,
    postgres_server: Postgres,
    s3_server: SeaweedFS,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Crew]:
    """Workers that share a database and a bucket."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    s3_server.create_bucket("workers")
    name = f"w{abs(hash(request.node.name)) % 10**9}"
    settings = {
        "TALLY_BROKER": redis_server.address,
        "TALLY_CATALOG": postgres_server.create_database(name),
        "TALLY_LAKE": f"s3://workers/{name}",
    }
    with Crew(tmp_path / "home", settings) as crew:
        yield crew


@pytest.fixture(params=["one_machine", "cluster"])
def crew(request: pytest.FixtureRequest) -> Crew:
    found: Crew = request.getfixturevalue(request.param)
    return found


def test_two_workers_make_the_ledger_that_one_process_makes(
    crew: Crew, bills: Path, expected: list[tuple[object, ...]]
) -> None:
    crew.start("worker-1", "worker")
    crew.start("worker-2", "worker")
    crew.start("scheduler", "scheduler")
    home = crew.home()
    receipts = home.ingest(str(bills))
    assert {receipt.outcome for receipt in receipts} == {"accepted"}, crew.logs()
    assert_sound(home, expected)


@dataclass(frozen=True)
class Kill:
    """How a worker is killed while it computes."""

    name: str
    blow: Callable[[Crew], None]


def kill_the_machine(crew: Crew) -> None:
    crew.kill("worker-1")
    crew.start("worker-2", "worker")


def kill_the_process_that_computes(crew: Crew) -> None:
    parent = crew.processes["worker-1"].pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)


def stop_between_writes(crew: Crew, name: str) -> None:
    """A process that stops while it writes to SQLite keeps every other from writing: it would be no other machine."""
    settings = crew.folder / FILE_NAME
    while True:
        os.killpg(crew.processes[name].pid, signal.SIGSTOP)
        try:
            if settings.exists():
                with closing(sqlite3.connect(settings, timeout=0.1, isolation_level=None)) as connection:
                    connection.execute("BEGIN IMMEDIATE")
                    connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            os.killpg(crew.processes[name].pid, signal.SIGCONT)
            time.sleep(0.05)
        else:
            return


def stop_the_machine_for_a_while(crew: Crew) -> None:
    """It is taken for dead, and goes on when another has done its work."""
    stop_between_writes(crew, "worker-1")
    crew.start("worker-2", "worker")
    home = crew.home()
    until(lambda: home.release_id() > 0, crew)
    os.killpg(crew.processes["worker-1"].pid, signal.SIGCONT)


KILLS = [
    Kill("machine", kill_the_machine),
    Kill("process", kill_the_process_that_computes),
    Kill("pause", stop_the_machine_for_a_while),
]


@pytest.mark.parametrize("kill", KILLS, ids=lambda kill: kill.name)
def test_a_worker_that_dies_while_it_computes_is_replaced(
    crew: Crew, bills: Path, expected: list[tuple[object, ...]], kill: Kill
) -> None:
    crew.start("worker-1", "worker")
    crew.start("scheduler", "scheduler")
    home = crew.home()
    home.ingest(str(bills), wait=False)
    desk = Desk(home, "default")
    until(lambda: any(job.kind == COMPUTE for job in desk.jobs(RUNNING)), crew)
    kill.blow(crew)
    until(lambda: settled(home), crew)
    assert_sound(home, expected)


def settled(home: Home) -> bool:
    """Everything is published, and nobody does anything."""
    status = home.status()
    return status.release_id > 0 and not status.stale_parts and not (status.jobs["queued"] + status.jobs["running"])


def test_a_broker_that_is_away_and_comes_back_empty_loses_nothing(
    cluster: Crew, redis_server: Redis, bills: Path, expected: list[tuple[object, ...]]
) -> None:
    cluster.start("worker", "worker")
    cluster.start("scheduler", "scheduler")
    home = cluster.home()
    until(lambda: "ready" in cluster.logs() or "begins" in cluster.logs(), cluster)
    redis_server.kill()
    try:
        home.ingest(str(bills), wait=False)
        assert len(Desk(home, "default").jobs(QUEUED)) == len(MONTHS)
    finally:
        redis_server.start()
    until(lambda: any(job.kind == COMPUTE for job in Desk(home, "default").jobs()), cluster)
    redis_server.restart()
    until(lambda: settled(home), cluster)
    assert_sound(home, expected)


def test_a_dead_job_is_listed_with_its_reason_and_can_be_retried(one_machine: Crew, bills: Path) -> None:
    later = bills.with_name("later")
    one_machine.start("worker", "worker")
    one_machine.start("scheduler", "scheduler")
    one_machine.start("standing-by", "scheduler")
    tally(one_machine, "watch", str(later), "--every", "1h")
    home = one_machine.home()
    until(lambda: bool(Desk(home, "default").jobs(DEAD)), one_machine)
    listed = tally(one_machine, "jobs", "--state", "dead")
    assert f"there is no file or folder {later}" in listed
    assert "1 dead" in tally(one_machine, "status")
    later.symlink_to(bills)
    try:
        assert "1 jobs are queued again" in tally(one_machine, "jobs", "retry", "--all")
        until(lambda: settled(home), one_machine)
    finally:
        later.unlink()
    assert "stands by" in one_machine.logs()
    assert tally(one_machine, "jobs", "--state", "dead") == "no dead jobs\n"


def tally(crew: Crew, *arguments: str) -> str:
    """The output of a command."""
    code = "import sys; from tallystick.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=crew.environment, check=True, capture_output=True, text=True).stdout

"""Two workers beside one: eight sources, each of which one thread derives for half a minute, over one Redis.

Each worker computes with one thread of DuckDB. The sources' charges lie ready; from the moment at which the work is
handed over to the release everything counts. Then the tables' snapshots are asked in how many commits each part was
added.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from math import ceil
from pathlib import Path

from sqlalchemy import select

from benchmarks import gen_cur
from benchmarks.commands import BENCH, TALLY, fresh_home
from benchmarks.results import Figure
from benchmarks.sources_ready import Ready
from tallystick.lake.history import additions
from tallystick.lake.schemas import TABLES
from tallystick.planner.home import Home
from tallystick.planner.jobs import queue
from tallystick.planner.jobs.broker import celery_app, send
from tallystick.planner.jobs.planning import partition_of
from tallystick.planner.jobs.queue import COMPUTE, DONE, PUBLISH, Wanted
from tallystick.settings.loading import load_config
from tallystick.settings.models import Job
from tests.servers.redis import Redis

SOURCES = 8
LINES, FEWER_LINES = 1_000_000, 200_000
FEWER_BELOW = 10.0
"""Seconds below which the smaller bill is enough."""
SPARE = 1.5
"""The bill derived alone, when nothing is warm, takes longer than as a part of a source."""
RATIO_TARGET = 0.65
ROOM = "workers"


def measure(seconds: float) -> Iterator[Figure]:
    """The figures for sources that take ``seconds`` each."""
    lines = LINES if seconds >= FEWER_BELOW else FEWER_LINES
    bill = gen_cur.make(BENCH / f"cur-{lines}", lines)
    with fresh_home("workers") as folder, _redis(folder.with_name("workers-redis")) as redis:
        settings = {
            "TALLY_HOME": str(folder),
            "TALLY_BROKER": redis.address,
            "TALLY_ENGINE_THREADS": "1",
            "TALLY_JOBS_MAINTAIN": str(timedelta(days=365).total_seconds()),
        }
        home = Home(load_config(settings))
        ready = Ready.read(home, bill)
        copies = ceil(SPARE * seconds / ready.seconds_to_derive())
        times = {}
        for workers in (1, 2):
            ready.hand_out(f"with-{workers}", SOURCES, copies)
            with _workers(home, settings, workers):
                times[workers] = _time(home, f"with-{workers}")
        shortest = min(_seconds_by_source(home, "with-1").values())
        yield Figure(ROOM, "lines of a source", ready.lines * copies, "")
        yield Figure(ROOM, "the shortest source, derived by one worker", shortest, "s")
        yield Figure(ROOM, f"{SOURCES} sources, one worker", times[1], "s")
        yield Figure(ROOM, f"{SOURCES} sources, two workers", times[2], "s")
        yield Figure(ROOM, "two workers / one", times[2] / times[1], "x", RATIO_TARGET)
        yield Figure(ROOM, "commits that added a part, at most", _most_commits(home), "", 1)


@contextmanager
def _redis(folder: Path) -> Iterator[Redis]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with Redis(folder) as server:
        yield server


@contextmanager
def _workers(home: Home, settings: dict[str, str], count: int) -> Iterator[None]:
    """So many workers of one process each, and a scheduler; all of them are up when the block begins."""
    commands = [["worker", "--concurrency", "1"]] * count + [["scheduler"]]
    processes = [
        subprocess.Popen(
            [TALLY, *command], env=os.environ | settings, stderr=subprocess.DEVNULL, start_new_session=True
        )
        for command in commands
    ]
    try:
        control = celery_app(home.config).control
        while len(control.ping(timeout=1)) < count:
            time.sleep(0.2)
        yield
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _time(home: Home, tenant: str) -> float:
    """Seconds from the work's being handed over to the release."""
    with home.database.of(tenant).write() as session:
        queued = [queue.enqueue(session, tenant, Wanted(PUBLISH))]
    started = time.perf_counter()
    send(home.broker, queued)
    while not home.release_id(tenant):
        time.sleep(0.05)
    return time.perf_counter() - started


def _seconds_by_source(home: Home, tenant: str) -> dict[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    with home.database.of(tenant).read() as session:
        wanted = Job.tenant_id == tenant, Job.kind == COMPUTE, Job.state == DONE
        for job in session.scalars(select(Job).where(*wanted)):
            if job.started_at and job.ended_at:
                found[partition_of(job.subject).source_id] += (job.ended_at - job.started_at).total_seconds()
    return found


def _most_commits(home: Home) -> int:
    """In how many commits the part that was added most often was added."""
    tables = [home.store(f"with-{workers}").tables[schema.name].refresh() for workers in (1, 2) for schema in TABLES]
    return max(max(additions(table).values(), default=0) for table in tables)

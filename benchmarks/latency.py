"""How fast reports answer, over HTTP, from a server of its own: thirteen months of daily costs, a million postings.

Every question is asked once only, so that no answer comes from a cache: the dates of two questions differ by at least a
day. The cached figure asks one question again and again.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlencode

from benchmarks import gen_year
from benchmarks.commands import BENCH, TALLY, environment, fresh_home, tally
from benchmarks.gen_year import Year
from benchmarks.measure import CommandError, percentile, process_cpu, run, tree_rss
from benchmarks.results import Figure

COSTS = "/api/cost-management/v1/reports/aws/costs/"
GROUPS = {"service": "group_by[service]", "account": "group_by[account]", "tag": "group_by[tag:team]"}
QUESTIONS = 40
_WARMING = 8
"""Connections per process after which each of them has probably had one."""
MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Server:
    """A running ``tally serve``."""

    port: int
    pid: int

    def ask(self, path: str) -> float:
        """Milliseconds from the request to the last byte of its answer. Raises CommandError when it is refused."""
        started = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise CommandError(f"{path}: {response.status} {body[:500]!r}")
        return (time.perf_counter() - started) * 1000


@dataclass(frozen=True, slots=True)
class Setup:
    """Over how many postings reports are asked, where they are read, by how many at once, and how many answer those."""

    rows: int
    store: str
    clients: int
    processes: int

    @property
    def room(self) -> str:
        """The heading of the figures."""
        return f"reports on {self.store}, {self.rows:,} postings"

    @property
    def targets(self) -> tuple[float, float]:
        """Milliseconds within which 95 of 100 answers are wanted: with one client, and with all."""
        return (150, 600) if self.store == "duckdb" else (250, 1500)


def measure(setup: Setup) -> Iterator[Figure]:
    """The figures of reports. A PostgreSQL that they need is started, and stopped at the end."""
    with ExitStack() as stack:
        settings = {}
        if setup.store == "postgresql":
            from tests.servers.postgres import Postgres

            server = Postgres()
            stack.callback(server.close)
            server.start()
            settings = {"TALLY_CATALOG": server.create_database("bench"), "TALLY_REPORTS_STORE": "postgresql"}
        stack.enter_context(patch.dict(os.environ, settings))
        yield from _measure(setup)


def _measure(setup: Setup) -> Iterator[Figure]:
    today = date.today()  # noqa: DTZ011 (the server's own day)
    year = gen_year.make(BENCH / f"year-{setup.rows}", today, setup.rows)
    with fresh_home("latency") as home:
        tally(home, "ingest", str(year.folder), "--source", "bench")
        with serving(home) as server:
            yield from _alone(server, year, setup)
        with serving(home, setup.processes) as server:
            yield from _together(server, year, setup)
    helps = [run([TALLY, "--help"]).wall * 1000 for _ in range(10)]
    yield Figure("command line", "tally --help, median", percentile(helps, 0.5), "ms", 300)


def _alone(server: Server, year: Year, setup: Setup) -> Iterator[Figure]:
    """One person asks a server of one process."""
    room = setup.room
    yield Figure(room, "idle server, resident", tree_rss(server.pid) / MIB, "MiB", 250)
    yield Figure(room, "first request after start", server.ask(f"{COSTS}?filter[resolution]=monthly"), "ms", 800)
    for group in GROUPS:
        first = server.ask(_question(year, group, "monthly", 0))
        yield Figure(room, f"by {group}, first question on a release", first, "ms")
    for resolution in ("monthly", "daily"):
        for group in GROUPS:
            yield from _one_client(server, year, setup, group, resolution)
    again = [server.ask(_question(year, "tag", "daily", 0)) for _ in range(QUESTIONS + 1)][1:]
    yield Figure(room, "an answer already given, p95", percentile(again, 0.95), "ms", 20)


def _together(server: Server, year: Year, setup: Setup) -> Iterator[Figure]:
    """Many ask a server of several processes, each of which has had a question of every kind."""
    for group in GROUPS:
        for _ in range(_WARMING * setup.processes):
            server.ask(_question(year, group, "monthly", 0))
    for resolution in ("monthly", "daily"):
        for group in GROUPS:
            yield from _many_clients(server, year, setup, group, resolution)


def _one_client(server: Server, year: Year, setup: Setup, group: str, resolution: str) -> Iterator[Figure]:
    before = process_cpu(server.pid)
    times = [server.ask(_question(year, group, resolution, number)) for number in range(1, QUESTIONS + 1)]
    taken = (process_cpu(server.pid) - before) * 1000 / QUESTIONS
    yield Figure(setup.room, f"by {group}, {resolution}, CPU of the server per answer", taken, "ms")
    yield from _figures(setup.room, f"by {group}, {resolution}, one client", times, setup.targets[0])


def _many_clients(server: Server, year: Year, setup: Setup, group: str, resolution: str) -> Iterator[Figure]:
    numbers = range(QUESTIONS + 1, QUESTIONS * 3 + 1)
    with ThreadPoolExecutor(setup.clients) as clients:
        times = list(clients.map(lambda number: server.ask(_question(year, group, resolution, number)), numbers))
    name = f"by {group}, {resolution}, {setup.clients} clients, {setup.processes} processes"
    yield from _figures(setup.room, name, times, setup.targets[1])


def _figures(room: str, name: str, times: Sequence[float], target: float) -> Iterator[Figure]:
    yield Figure(room, f"{name}, p50", percentile(times, 0.5), "ms")
    yield Figure(room, f"{name}, p95", percentile(times, 0.95), "ms", target)


def _question(year: Year, group: str, resolution: str, number: int) -> str:
    """A question that no other number asks: it leaves out some first and some last days of the thirteen months."""
    query = {
        GROUPS[group]: "*",
        "start_date": year.first + timedelta(days=number % 20),
        "end_date": year.end - timedelta(days=1 + number // 20),
        "filter[resolution]": resolution,
    }
    return f"{COSTS}?{urlencode(query)}"


@contextmanager
def serving(home: Path, processes: int = 1) -> Iterator[Server]:
    """A server of ``home`` that answers, on a port of its own."""
    port = _free_port()
    settings = environment(home, TALLY_RETENTION_REPORT_MONTHS=str(gen_year.MONTHS + 1))
    command = [TALLY, "serve", "--port", str(port), "--processes", str(processes)]
    with subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            server = Server(port, process.pid)
            _await(server, process)
            yield server
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _await(server: Server, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.ask("/healthz")
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise CommandError("tally serve does not answer")

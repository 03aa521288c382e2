"""How fast ``GET /v2/summary`` answers, over HTTP, from a server of its own: a month of a million rated points.

Every question is asked once only, so that no answer can come from a cache: the dates of two questions differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import duckdb

from benchmarks.commands import BENCH, fresh_home, tally
from benchmarks.latency import Server, serving
from benchmarks.measure import percentile, process_cpu
from benchmarks.results import Figure

GROUPS = {"type": "type", "project and type": "project_id,type", "day and type": "time-d,type"}
"""What operators ask for most, each with a target."""
OTHERS = {"flavor": "flavor", "resource": "id", "hour and type": "time,type"}
"""What else can be asked for; no target."""
QUESTIONS = 40
CLIENTS = 8
ONE_CLIENT_MS, MANY_CLIENTS_MS = 100, 400
FIRST = datetime(2026, 10, 1, tzinfo=UTC)


def measure(rows: int) -> Iterator[Figure]:
    """The figures of the summary over so many points."""
    room = f"summary of {rows:,} points"
    with fresh_home("summary") as home:
        tally(home, "ingest", str(_points(rows)), "--as", "points", "--source", "cloudkitty")
        with serving(home) as server:
            for name, groups in (GROUPS | OTHERS).items():
                yield Figure(room, f"by {name}, first question on a release", server.ask(_question(groups, 0)), "ms")
            for name, groups in (GROUPS | OTHERS).items():
                yield from _one_client(server, room, name, groups)
            for name, groups in GROUPS.items():
                yield _many_clients(server, room, name, groups)


def _one_client(server: Server, room: str, name: str, groups: str) -> Iterator[Figure]:
    before = process_cpu(server.pid)
    times = [server.ask(_question(groups, number)) for number in range(1, QUESTIONS + 1)]
    taken = (process_cpu(server.pid) - before) * 1000 / QUESTIONS
    yield Figure(room, f"by {name}, CPU of the server per answer", taken, "ms")
    target = ONE_CLIENT_MS if name in GROUPS else None
    yield Figure(room, f"by {name}, one client, p50", percentile(times, 0.5), "ms")
    yield Figure(room, f"by {name}, one client, p95", percentile(times, 0.95), "ms", target)


def _many_clients(server: Server, room: str, name: str, groups: str) -> Figure:
    questions = [_question(groups, number) for number in range(QUESTIONS + 1, QUESTIONS * 3 + 1)]
    with ThreadPoolExecutor(CLIENTS) as clients:
        times = list(clients.map(server.ask, questions))
    return Figure(room, f"by {name}, {CLIENTS} clients, p95", percentile(times, 0.95), "ms", MANY_CLIENTS_MS)


def _question(groups: str, number: int) -> str:
    """A question that no other number asks: it leaves out some first and some last days of the month."""
    begin = FIRST + timedelta(days=number % 12)
    end = FIRST + timedelta(days=30 - number // 12)
    query = {"begin": begin.isoformat(), "end": end.isoformat(), "groupby": groups, "limit": 10_000}
    return f"/rating/v2/summary?{urlencode(query)}"


def _points(rows: int) -> Path:
    """The file of points, made once."""
    path = BENCH / f"points-{rows}.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        sql = (Path(__file__).parent / "gen_points.sql").read_text().replace("$rows", str(rows))
        duckdb.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
    return path

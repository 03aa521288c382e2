"""From Prometheus to rated points that reports show: 100 scopes of 5 metrics with 100 points an hour, for 72 hours.

Beside it CloudKitty's own worker, for one of these hours. Both are measured in CPU of their own; Prometheus's, which
both ask, is shown for ours.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from benchmarks.commands import BENCH, environment, fresh_home, tally
from benchmarks.measure import process_cpu, run
from benchmarks.results import Figure
from tallystick.planner.home import Home
from tallystick.rating.modules import set_state
from tallystick.rating.rules import mappings, names
from tallystick.settings.loading import load_config
from tallystick.settings.moments import ALWAYS
from tests.servers import environments
from tests.servers.prometheus import Prometheus, Sample, backfill

SCOPES, METRICS, MACHINES, HOURS, FLAVOURS = 100, 5, 20, 72, 10
BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
NOW = BEGIN + timedelta(hours=HOURS + 2)
"""Two periods are waited for."""
STEP = 900
"""Seconds between samples."""
BLOCK = 2
"""Hours of a block of Prometheus."""
TARGET = 1 / 50
NOISE = Decimal("1e-9")
"""CloudKitty's SQLite keeps prices as binary floats."""
ROOM = "collect"
TENANT = "default"
_PROCESS = """
from tallystick.planner.home import Home
from tallystick.planner.metering.processing import process
from tallystick.planner.progress import Silent
from tallystick.settings.loading import load_config

process(Home(load_config()), "default", Silent())
"""


def measure() -> Iterator[Figure]:
    """The figures."""
    with fresh_home("collect") as folder, Prometheus(_samples_ready()) as prometheus:
        home = Home(load_config({"TALLY_HOME": str(folder)}))
        metrics = _configure(folder, prometheus)
        _set_prices(home)
        asked = process_cpu(prometheus.pid)
        ours = run([sys.executable, "-c", _PROCESS], environment(folder, TALLY_NOW=NOW.isoformat()))
        asked = process_cpu(prometheus.pid) - asked
        points, price = _shown(home)
        assert points == SCOPES * METRICS * MACHINES * HOURS, f"{points:,} points"
        per_hour = 1000 * ours.cpu / (SCOPES * HOURS)
        yield Figure(ROOM, "points", points, "")
        yield Figure(ROOM, "collected, rated, stored and shown: CPU per scope and hour", per_hour, "ms")
        yield Figure(ROOM, "collected, rated, stored and shown: in all", ours.wall, "s")
        yield Figure(ROOM, "peak memory", ours.peak_bytes / 2**20, "MiB")
        yield Figure(ROOM, "Prometheus itself: CPU per scope and hour", 1000 * asked / (SCOPES * HOURS), "ms")
        theirs, their_points, their_price = _theirs(prometheus, metrics)
        assert their_points * HOURS == points, f"CloudKitty has {their_points:,} points in an hour"
        assert abs(their_price * HOURS - price) < NOISE, f"CloudKitty has {their_price} in an hour, we {price} in all"
        yield Figure(ROOM, "CloudKitty, storing nothing: CPU per scope and hour", theirs, "ms")
        yield Figure(ROOM, "ours / CloudKitty's", per_hour / theirs, "x", TARGET)


def _samples_ready() -> Path:
    """The folder of a Prometheus with the samples, made once."""
    folder = BENCH / f"prometheus-{SCOPES}x{METRICS}x{MACHINES}x{HOURS}"
    if not folder.exists():
        making = folder.with_suffix(".making")
        shutil.rmtree(making, ignore_errors=True)
        for first in range(0, HOURS + BLOCK, BLOCK):
            backfill(making, _samples(first, first + BLOCK))
        making.rename(folder)
    return folder


def _samples(first: int, last: int) -> Iterator[Sample]:
    begin = int(BEGIN.timestamp())
    for metric in range(METRICS):
        for scope in range(SCOPES):
            for machine in range(MACHINES):
                labels = {"project_id": _scope(scope), "id": f"{scope:03}-{metric}-{machine:02}"}
                labels["flavor"] = f"m{machine % FLAVOURS}"
                for moment in range(begin + first * 3600 + 450, begin + last * 3600, STEP):
                    yield f"metric_{metric}", labels, moment, str(1 + machine)


def _scope(number: int) -> str:
    return f"{number:032x}"


def _configure(home: Path, prometheus: Prometheus) -> Path:
    metrics = home / "metrics.yml"
    entry = "{unit: u, groupby: [id, project_id], metadata: [flavor]}"
    metrics.write_text("metrics:\n" + "".join(f"  metric_{number}: {entry}\n" for number in range(METRICS)))
    conf = home / "cloudkitty.conf"
    conf.write_text(
        f"""
[collect]
collector = prometheus
[fetcher]
backend = source
[fetcher_source]
sources = {",".join(map(_scope, range(SCOPES)))}
[collector_prometheus]
prometheus_url = {prometheus.url}
"""
    )
    tally(home, "import", str(conf), str(metrics))
    return metrics


def _set_prices(home: Home) -> None:
    """A flat price for each metric, and one for each of its flavours."""
    with home.database.of(TENANT).write() as session:
        for number in range(METRICS):
            service = names.create_service(session, TENANT, f"metric_{number}")
            field = names.create_field(session, TENANT, service.service_id, "flavor")
            drafts = [mappings.MappingDraft(cost=Decimal("0.01"), service_id=service.service_id, start=ALWAYS)]
            drafts += [
                mappings.MappingDraft(
                    cost=Decimal(f"0.{flavour + 1:02}"), value=f"m{flavour}", field_id=field.field_id, start=ALWAYS
                )
                for flavour in range(FLAVOURS)
            ]
            for draft in drafts:
                mappings.create_mapping(session, TENANT, draft, "bench", force=True)
        set_state(session, TENANT, "hashmap", enabled=True, at=ALWAYS)


def _shown(home: Home) -> tuple[int, Decimal]:
    """How many points the newest release shows, and what they cost."""
    with home.session(TENANT) as session:
        ((points, cost),) = session.rows("SELECT sum(x_charge_count), sum(effective_cost) FROM ledger")
    return int(points), Decimal(cost)


def _theirs(prometheus: Prometheus, metrics: Path) -> tuple[float, int, Decimal]:
    """CPU milliseconds per scope, points and price of one hour, by CloudKitty's worker."""
    script = str(Path(environments.__file__).with_name("cloudkitty_side") / "collected_hour.py")
    arguments = [prometheus.url, str(metrics), BEGIN.isoformat(), ",".join(map(_scope, range(SCOPES)))]
    python = str(environments.program("cloudkitty", "python"))
    ended = subprocess.run([python, script, *arguments], check=False, text=True, capture_output=True)
    if ended.returncode:
        raise RuntimeError(ended.stderr[-2000:])
    spent, points, price = ended.stdout.split()[-3:]
    return float(spent), int(points), Decimal(price)

"""Hashmap rating beside CloudKitty's own module, from the package index, on the same points and rules in the same run.

Both sides have their points in memory and leave what they rated there; one thread each, in seconds of CPU. Then a large
file of points, from Parquet to Parquet, by its time and memory; and what many rules cost.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from benchmarks.commands import BENCH
from benchmarks.measure import CommandError, run
from benchmarks.rate_hashmap import Rules, rating
from benchmarks.results import Figure
from tallystick.engine.duck import literal
from tallystick.engine.models import hashmap_model
from tests.servers.environments import program

SPEED = Path(__file__).parents[1] / "tests" / "servers" / "cloudkitty_side" / "hashmap_speed.py"
TIMES_BARE, TIMES_WORKER = 10, 500
"""How many times as fast as CloudKitty's module alone, and as its worker."""
MANY_RULES = 1.5
"""What 1,000 mappings may cost, in the time of 20."""
LARGE_SECONDS, LARGE_MEMORY = 30, 1.5 * 2**30
SCOPES_OF_WORKER = 3
"""The worker is slow: so many of the 100 scopes are enough to tell how slow."""


def measure(points: int, large: int, repeat: int) -> Iterator[Figure]:
    """The figures of so many points beside CloudKitty's, and of a large file."""
    folder = BENCH / "rating"
    folder.mkdir(parents=True, exist_ok=True)
    room = f"hashmap, {points:,} points of 100 scopes"
    few, source = _rules(20), _points(folder, points)
    ours = points / _seconds(few, source, repeat)
    theirs = _cloudkitty(folder, source, few)
    yield Figure(room, "points per second of CPU", ours, "")
    yield Figure(room, "points per second of CPU, CloudKitty's module", theirs["bare"], "")
    yield Figure(room, "points per second of CPU, CloudKitty's worker", theirs["worker"], "")
    yield Figure(room, "CloudKitty's module / ours", theirs["bare"] / ours, "x", 1 / TIMES_BARE)
    yield Figure(room, "CloudKitty's worker / ours", theirs["worker"] / ours, "x", 1 / TIMES_WORKER)
    many = points / _seconds(_rules(1000), source, repeat)
    yield Figure(room, "1,000 mappings / 20 mappings", ours / many, "x", MANY_RULES)
    yield from _large(folder, large)


def _large(folder: Path, points: int) -> Iterator[Figure]:
    room = f"hashmap, {points:,} points, Parquet to Parquet"
    rules = folder / "rules.json"
    rules.write_text(json.dumps(_rules(20)))
    target = folder / "rated.parquet"
    source = _points(folder, points)
    usage = run([sys.executable, "-m", "benchmarks.rate_hashmap", str(source), str(rules), str(target), "900MB"])
    target.unlink()
    yield Figure(room, "time", usage.wall, "s", LARGE_SECONDS)
    yield Figure(room, "CPU", usage.cpu, "s")
    yield Figure(room, "memory", usage.peak_bytes / 2**20, "MiB", LARGE_MEMORY / 2**20)


def _points(folder: Path, points: int) -> Path:
    """A file of points, made once."""
    target = folder / f"points-{points}.parquet"
    if not target.exists():
        sql = resources.files("benchmarks").joinpath("gen_metered_points.sql").read_text(encoding="utf-8")
        with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection:
            made = sql.replace("$points", str(points))
            connection.execute(f"COPY ({made}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)")
    return target


def _rules(mappings: int) -> Rules:
    """So many mappings, as an operator of a cloud has them, and five thresholds."""

    def rule(service: str, cost: str, kind: str = "flat", **more: str) -> dict[str, Any]:
        common = {"service": service, "field": None, "kind": kind, "cost": cost, "group": "", "scope": None}
        return common | more

    flavors = mappings - 6
    return {
        "mappings": [
            {"value": None} | one
            for one in (
                *(
                    rule("instance", f"0.{125 + number}", field="flavor_name", value=f"flavor-{number}")
                    for number in range(flavors)
                ),
                rule("volume.size", "0.00032", field="volume_type", value="ssd"),
                rule("volume.size", "0.00011", field="volume_type", value="hdd"),
                rule("volume.size", "0.0007", field="volume_type", value="nvme"),
                rule("image.size", "0.000004"),
                rule("ip.floating", "0.005", group="addresses"),
                rule("network.outgoing.bytes", "0.00009"),
            )
        ],
        "thresholds": [
            rule("network.outgoing.bytes", "0.98", "rate", level="50"),
            rule("network.outgoing.bytes", "0.95", "rate", level="80"),
            rule("volume.size", "0.9", "rate", level="500", group=""),
            rule("instance", "0.02", field="vcpus", level="8", group="licences"),
            rule("instance", "0.05", field="vcpus", level="16", group="licences"),
        ],
    }


def _seconds(rules: Rules, source: Path, repeat: int) -> float:
    """CPU that rating takes, with the points in memory."""
    with rating(rules, threads=1, memory="2GB") as connection:
        connection.execute(f"CREATE TABLE points AS SELECT * FROM read_parquet({literal(str(source))})")
        statement = f"CREATE OR REPLACE TABLE rated AS SELECT x_row_number, price FROM ({hashmap_model().sql})"
        return median(_cpu(lambda: connection.execute(statement)) for _ in range(repeat))


def _cpu(once: Callable[[], object]) -> float:
    started = time.process_time()
    once()
    return time.process_time() - started


def _cloudkitty(folder: Path, source: Path, rules: Rules) -> dict[str, float]:
    """What CloudKitty makes of the same."""
    given, written = folder / "points.json", folder / "rules.json"
    columns = (
        "metric AS service, scope_id AS scope, STRFTIME(period_start, '%Y-%m-%dT%H:%M:%S') AS begin, "
        "CAST(qty AS VARCHAR) AS qty, CAST(groupby AS JSON) AS groupby, CAST(metadata AS JSON) AS metadata"
    )
    with duckdb.connect() as connection:
        select = f"SELECT {columns} FROM read_parquet({literal(str(source))}) ORDER BY scope_id, period_start"
        connection.execute(f"COPY ({select}) TO {literal(str(given))} (FORMAT json)")
    written.write_text(json.dumps(rules))
    command = [str(program("cloudkitty", "python")), "-W", "ignore", str(SPEED), str(written), str(given)]
    ended = subprocess.run([*command, str(SCOPES_OF_WORKER)], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise CommandError(f"{SPEED.name}: {ended.stderr}")
    found: dict[str, float] = json.loads(ended.stdout)
    return found

"""What rating by a script costs, beside CloudKitty's own module on the same points and the same script.

Ours is measured from Parquet file to Parquet file, the process of the scripts included. CloudKitty's is its module
``pyscripts`` as it is installed, over frames that are in memory already: with the script compiled once, and as its
worker uses it, compiled again for every period. All must come to the same prices.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from subprocess import run

import duckdb

from benchmarks.commands import BENCH
from benchmarks.results import Figure
from tallystick.engine.duck import Resources
from tallystick.rating.frames.limits import ScriptLimits
from tallystick.rating.pyscripts.runner import rate
from tallystick.rating.pyscripts.scripts import Script
from tests.servers import environments

HOURS, METRICS = 24, ("image.size", "instance", "volume.size")
PER_SECOND = "points per CPU second"
SCRIPT = """
from decimal import Decimal

PRICES = {"m1.0": Decimal("0.1"), "m1.1": Decimal("0.25"), "m1.2": Decimal("0.5")}
for metric, points in data["usage"].items():
    for point in points:
        if metric == "instance":
            price = PRICES.get(point["metadata"]["flavor_name"], Decimal(1))
            point["rating"]["price"] = point["vol"]["qty"] * price / 3
"""
_POINTS = """
SELECT
  'source' AS x_source_id, DATE '2026-01-05' AS billing_period, 'file' AS x_file_id, 'set' AS x_dimension_set_id,
  'series' AS x_series_id,
  ROW_NUMBER() OVER () AS x_row_number,
  TIMESTAMP '2026-01-05' + to_hours(hour::INT) AS period_start,
  TIMESTAMP '2026-01-05' + to_hours(hour::INT + 1) AS period_end,
  'scope-' || scope AS scope_id, ['image.size', 'instance', 'volume.size'][n % 3 + 1] AS metric, 'GiB' AS unit,
  CAST(n % 7 + 0.5 AS DECIMAL(38, 18)) AS qty, CAST(n % 5 AS DECIMAL(38, 18)) AS price,
  'id-' || n AS resource_id, CAST(NULL AS VARCHAR) AS description,
  MAP {'id': 'id-' || n, 'project_id': 'scope-' || scope, 'user_id': 'user-' || n % 3} AS groupby,
  MAP {'flavor_name': 'm1.' || n % 4, 'vcpus': CAST(n % 8 AS VARCHAR)} AS metadata
FROM range(100) AS scopes(scope), range($hours) AS hours(hour), range($points) AS points(n)
"""


def measure(points: int, repeat: int) -> Iterator[Figure]:
    """The figures of a script over about so many points of a day, in 100 scopes."""
    per_frame = points // (100 * HOURS)
    rows = per_frame * 100 * HOURS
    folder = BENCH / "scripts"
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "points.parquet"
    duckdb.execute(f"COPY ({_POINTS}) TO '{source}'", {"hours": HOURS, "points": per_frame})
    ours, theirs, worker = [], [], []
    for _ in range(repeat):
        ours.append(_cpu(lambda: _rate(source, folder)))
        theirs.append(_reference(per_frame, folder, "once"))
        worker.append(_reference(per_frame, folder, "always"))
    prices = {price for _, price in (*ours, *theirs, *worker)}
    if len(prices) != 1:
        raise SystemExit(f"the prices differ: {sorted(prices)}")
    room = f"a script over {rows:,} points"
    speed, bare = (rows / median(seconds for seconds, _ in taken) for taken in (ours, theirs))
    yield Figure(room, "file to file", speed, PER_SECOND)
    yield Figure(room, "CloudKitty's module, compiled once, in memory", bare, PER_SECOND)
    as_it_runs = rows / median(seconds for seconds, _ in worker)
    yield Figure(room, "CloudKitty's module, compiled for every period, in memory", as_it_runs, PER_SECOND)
    yield Figure(room, "CPU, as a share of CloudKitty's module", 100 * bare / speed, "%", 100)


def _rate(source: Path, folder: Path) -> str:
    target = folder / "rated.parquet"
    script = Script("1", "benchmark", SCRIPT, datetime(2026, 1, 1, tzinfo=UTC))
    problems = rate([script], source, target, ScriptLimits(), Resources(1, "900MB", folder))
    if problems:
        raise SystemExit(str(problems[0]))
    (total,) = duckdb.execute(f"SELECT CAST(SUM(price) AS DECIMAL(38, 8)) FROM '{target}'").fetchall()[0]
    return str(total)


def _cpu(work: Callable[[], str]) -> tuple[float, str]:
    """Seconds of CPU of this process and its ended children, and what the work gives."""
    before = _used()
    given = work()
    return _used() - before, given


def _used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _reference(per_frame: int, folder: Path, compiles: str) -> tuple[float, str]:
    script = folder / "script.py"
    script.write_text(SCRIPT)
    side = Path(environments.__file__).with_name("cloudkitty_side") / "rated_by_script.py"
    command = [
        str(environments.program("cloudkitty", "python")),
        str(side),
        str(script),
        str(per_frame),
        str(HOURS),
        compiles,
    ]
    printed = run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(printed[0]), printed[1]

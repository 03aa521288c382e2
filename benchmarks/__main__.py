"""``make bench``: everything, or the parts that are named.

python -m benchmarks [ingest] [reports] [summary] [steps] [--lines 1000000] [--repeat 5] [--rows 1000000]
python -m benchmarks reports --store postgresql --clients 16
python -m benchmarks seam [--postings 4000000] [--repeat 5]
python -m benchmarks workers [--seconds 30]
python -m benchmarks collect
python -m benchmarks scripts [--points 100000] [--repeat 5]
python -m benchmarks rating [--points 100000] [--large 10000000] [--repeat 5]
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator

from benchmarks import collect, ingest, latency, rating, scripts, seam, steps, summary, workers
from benchmarks.commands import BENCH
from benchmarks.measure import machine
from benchmarks.results import Figure, keep, show

PARTS = ("ingest", "reports", "summary", "steps")
ON_SERVERS = ("seam", "workers", "collect", "scripts", "rating")
"""What starts servers of its own, or makes an environment for another program, when it is named."""


def main() -> None:
    """Measure, show each figure as it comes, then the table; keep it in .bench/results.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, *ON_SERVERS, []], default=[])
    parser.add_argument("--lines", type=int, action="append", help="sizes of the bill (default 1 and 5 million)")
    parser.add_argument("--repeat", type=int, default=5, help="turns, of which the median counts (default 5)")
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="postings of the report benchmarks (default a million)"
    )
    parser.add_argument("--store", choices=["duckdb", "postgresql"], default="duckdb", help="where reports are read")
    parser.add_argument("--clients", type=int, default=8, help="how many ask for reports at once (default 8)")
    cores = os.cpu_count() or 1
    parser.add_argument("--processes", type=int, default=cores, help=f"how many answer those (default {cores})")
    parser.add_argument(
        "--postings", type=int, default=4_000_000, help="postings of the month that Trino sums (default 4 million)"
    )
    parser.add_argument(
        "--seconds", type=float, default=30, help="how long one thread derives a source of the workers (default 30)"
    )
    parser.add_argument("--points", type=int, default=100_000, help="points that are rated (default 100,000)")
    parser.add_argument("--large", type=int, default=10_000_000, help="points of a large file (default 10 million)")
    arguments = parser.parse_args()
    figures = []
    for figure in _measure(arguments):
        print(f"{figure.room}: {figure.name}: {figure.value:,.3g} {figure.unit} {figure.verdict}", flush=True)
        figures.append(figure)
    show(machine(), figures)
    keep(BENCH / "results.json", machine(), figures)


def _measure(arguments: argparse.Namespace) -> Iterator[Figure]:
    parts = arguments.parts or PARTS
    if "ingest" in parts:
        yield from ingest.measure(arguments.lines or [1_000_000, 5_000_000], arguments.repeat)
    if "reports" in parts:
        setup = latency.Setup(arguments.rows, arguments.store, arguments.clients, arguments.processes)
        yield from latency.measure(setup)
    if "summary" in parts:
        yield from summary.measure(arguments.rows)
    if "steps" in parts:
        yield from steps.measure(min(arguments.lines or [1_000_000]))
    if "rating" in parts:
        yield from rating.measure(arguments.points, arguments.large, arguments.repeat)
    if "seam" in parts:
        yield from seam.measure(arguments.postings, arguments.repeat)
    if "workers" in parts:
        yield from workers.measure(arguments.seconds)
    if "collect" in parts:
        yield from collect.measure()
    if "scripts" in parts:
        yield from scripts.measure(arguments.points, arguments.repeat)


if __name__ == "__main__":
    main()

"""Rates a file of points by rules and writes it again, as a process of its own whose memory can be watched.

python -m benchmarks.rate_hashmap points.parquet rules.json rated.parquet memory
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from tallystick.engine.duck import Resources, connect, create_relations, literal
from tallystick.engine.models import hashmap_model
from tallystick.rating.hashmap import Mapping, Threshold, epochs, relations

DAY = date(2026, 10, 1)
Rules = dict[str, list[dict[str, Any]]]


@contextmanager
def rating(rules: Rules, threads: int, memory: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the relations of rules, in which ``points`` is missing yet."""
    mappings = [Mapping(**_typed(rule)) for rule in rules["mappings"]]
    thresholds = [Threshold(**_typed(rule)) for rule in rules["thresholds"]]
    with (
        tempfile.TemporaryDirectory() as spill,
        connect(Resources(threads=threads, memory=memory, spill=Path(spill))) as connection,
    ):
        create_relations(connection, relations(epochs(DAY, [*mappings, *thresholds]), mappings, thresholds))
        yield connection


def _typed(rule: dict[str, Any]) -> dict[str, Any]:
    given = {"group" if name == "group_id" else name: value for name, value in rule.items()}
    amounts = {name: Decimal(given[name]) for name in ("cost", "level") if name in given}
    own = {"group_id": given.pop("group"), "scope_id": given.pop("scope")}
    return {**given, **own, **amounts}


def main() -> None:
    """Rate."""
    source, rules, target, memory = sys.argv[1:]
    with rating(json.loads(Path(rules).read_text()), threads=2, memory=memory) as connection:
        connection.execute(f"CREATE VIEW points AS SELECT * FROM read_parquet({literal(source)})")
        options = "FORMAT parquet, COMPRESSION zstd"
        columns = "x_file_id, x_row_number, scope_id, metric, period_start, qty, price, x_series_id"
        connection.execute(f"COPY (SELECT {columns} FROM ({hashmap_model().sql})) TO {literal(target)} ({options})")


if __name__ == "__main__":
    main()

"""What each step of the derivation costs per million rows on DuckDB, and the bytes that a row takes: docs/scale.md.

The parts of an ingested bill are computed once more, step by step, by the planner's own recipes.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks import gen_cur
from benchmarks.commands import BENCH, fresh_home, tally
from benchmarks.results import Figure
from tallystick.engine.derive import write_part
from tallystick.engine.duck import connect, create_view
from tallystick.lake.schemas import TABLES
from tallystick.lake.tables import current_parts
from tallystick.planner.home import DEFAULT_TENANT, Home
from tallystick.planner.plan import Recipe
from tallystick.planner.store import Store
from tallystick.settings.loading import load_config

MILLION = 1_000_000
NO_KEYS = "SELECT '' AS x_source_id, '' AS kind, '' AS key WHERE false"


def measure(lines: int) -> Iterator[Figure]:
    """The figures of a bill of so many lines."""
    room = f"steps, {lines:,} lines"
    bill = gen_cur.make(BENCH / f"cur-{lines}", lines)
    with fresh_home("steps") as folder:
        usage = tally(folder, "ingest", str(bill), "--source", "bench")
        yield Figure(room, "ingest as a whole, CPU per million lines", usage.cpu * MILLION / lines, "s")
        home = Home(load_config({"TALLY_HOME": str(folder), "TALLY_ENGINE_THREADS": "1"}))
        store = home.store(DEFAULT_TENANT)
        rows = store.row_counts()
        for table in TABLES:
            files = [file for found in current_parts(store.tables[table.name]).values() for file in found]
            size = sum(file.file_size_in_bytes for file in files)
            yield Figure(room, f"{table.name}, rows per million lines", rows[table.name] * MILLION / lines, "")
            yield Figure(room, f"{table.name}, bytes per row", size / max(rows[table.name], 1), "B")
        recipes = home.books(DEFAULT_TENANT).plan.recipes
        taken: Counter[str] = Counter()
        for recipe in recipes:
            taken[recipe.table.name] += _microseconds(home, store, recipe, folder / "again.parquet")
        for name, microseconds in taken.items():
            read = (
                rows["ledger"] if name == "ledger_daily" else rows["charge_sets"] if name == "dimension_sets" else lines
            )
            yield Figure(room, f"{name}, CPU per million rows read", microseconds / max(read, 1), "s")


def _microseconds(home: Home, store: Store, recipe: Recipe, target: Path) -> int:
    """CPU time of one recipe."""
    started = time.process_time()
    with connect(home.resources) as connection, store.reading() as reading:
        for one in recipe.inputs:
            paths = reading.paths(one.table, store.settled(one.table, one.parts))
            create_view(connection, one.view, one.table, store.ids[one.table.name], paths)
        connection.execute(f"CREATE VIEW disabled_keys AS {NO_KEYS}")
        write_part(connection, recipe.model, store.ids[recipe.table.name], target)
    return round((time.process_time() - started) * MILLION)

"""What computing a part by way of the engine costs, beside the same SQL typed into Trino: the daily rollup of a month.

Both read the same files of the ledger and are asked to run in the same way; the typed one inserts into a table that it
has all to itself. Turn by turn, and the medians are compared.
"""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from statistics import median

from benchmarks.commands import BENCH
from benchmarks.results import Figure
from tallystick.engine.derive import write_part
from tallystick.engine.duck import connect, create_view
from tallystick.engine.models import Model, model
from tallystick.engine.trino import StagedInput, TrinoEngine, insertion
from tallystick.lake.parts import Part, Partition
from tallystick.lake.schemas import LEDGER, LEDGER_DAILY
from tallystick.planner.home import Home
from tests.servers.cluster import running

MONTH = Partition("bench", date(2026, 8, 1))
TENANT = "default"
DIRECT = "bench"


@dataclass(frozen=True)
class Seam:
    """A home with a month of postings."""

    home: Home
    part: Part

    @property
    def engine(self) -> TrinoEngine:
        """The cluster's Trino."""
        return TrinoEngine(str(self.home.config.engine.trino))

    def compute(self) -> None:
        """A part, by way of the engine."""
        store = self.home.store(TENANT)
        schemas = {name: table.schema() for name, table in store.tables.items()}
        self.engine.write_part(
            model(LEDGER_DAILY),
            {"ledger": StagedInput(schemas[LEDGER.name], store.uris(LEDGER, self.part))},
            {},
            staging=store.staging,
            target=schemas[LEDGER_DAILY.name],
            folder_uri=store.folder_uri(LEDGER_DAILY, Part(MONTH, uuid.uuid4().hex)),
        )

    def compute_here(self) -> None:
        """The same part on DuckDB, with one thread."""
        store = self.home.store(TENANT)
        with connect(self.home.resources) as connection, store.reading() as reading:
            ids = store.ids
            create_view(connection, "ledger", LEDGER, ids[LEDGER.name], reading.paths(LEDGER, [self.part]))
            with store.writing(LEDGER_DAILY, Part(MONTH, uuid.uuid4().hex)) as target:
                write_part(connection, model(LEDGER_DAILY), ids[LEDGER_DAILY.name], target)

    def prepare_typing(self) -> None:
        """A table to type into, with the columns and the order of the target."""
        self.engine.execute(f"CREATE SCHEMA {DIRECT} WITH (location = '{self.home.config.lake}/{DIRECT}')")
        made = f"CREATE TABLE {DIRECT}.daily WITH (sorted_by = ARRAY['period_start'])"
        self.engine.execute(f"{made} AS SELECT * FROM {TENANT}.{LEDGER_DAILY.name} WITH NO DATA")

    def type_it(self) -> None:
        """The same SQL, into a table."""
        ledger = {"ledger": f"SELECT * FROM {TENANT}.{LEDGER.name}"}
        self.engine.execute(insertion(model(LEDGER_DAILY), f"{DIRECT}.daily", ledger))


def measure(rows: int, repeat: int) -> Iterator[Figure]:
    """The figures for a month of so many postings."""
    folder = BENCH / "cluster" / "seam"
    shutil.rmtree(folder, ignore_errors=True)
    with running(folder, optimised=True) as cluster:
        seam = _delivered(Home(cluster.config(folder / "home")), rows)
        seam.prepare_typing()
        ways = seam.compute, seam.type_it, seam.compute_here
        for way in ways:
            way()  # Java has compiled what both need, and the file is in the cache
        turns = [tuple(map(_seconds, ways)) for _ in range(repeat)]
    computed, typed, here = (median(seconds) for seconds in zip(*turns, strict=True))
    room = f"Trino, a month of {rows:,} postings"
    yield Figure(room, "daily rollup, by way of the engine", computed, "s")
    yield Figure(room, "the same SQL typed into Trino", typed, "s")
    yield Figure(room, "engine / typed", computed / typed, "x", 1.1)
    yield Figure(room, "the same on DuckDB with one thread", here, "s")
    yield Figure(room, "per million postings, Trino with a worker", computed * 1e6 / rows, "s")
    yield Figure(room, "per million postings, DuckDB with one thread", here * 1e6 / rows, "s")
    shutil.rmtree(folder, ignore_errors=True)


def _delivered(home: Home, rows: int) -> Seam:
    """A home whose ledger holds so many postings of one month."""
    store = home.store(TENANT)
    part = Part(MONTH, uuid.uuid4().hex)
    sql = resources.files("benchmarks").joinpath("gen_postings.sql").read_text(encoding="utf-8")
    columns = ", ".join(f"CAST(NULL AS {column.type.value}) AS {column.name}" for column in LEDGER.columns)
    with connect(home.resources) as connection, store.writing(LEDGER, part) as path:
        connection.execute(f"CREATE VIEW postings AS {sql.replace('$rows', str(rows))}")
        select = f"SELECT * FROM postings UNION ALL BY NAME SELECT {columns} WHERE false"
        write_part(connection, Model(LEDGER, select), store.ids[LEDGER.name], Path(path))
    store.commit(LEDGER, [part], 1)
    return Seam(home, part)


def _seconds(once: Callable[[], None]) -> float:
    started = time.perf_counter()
    once()
    return time.perf_counter() - started

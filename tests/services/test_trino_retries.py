"""A worker of Trino dies in the middle of a statement: its tasks are done again, and no row is lost or doubled."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from servers.trino import CONNECTOR, Trino
from services.staged import StagedLake
from tallystick.engine.trino import TrinoEngine
from tallystick.errors import UnavailableError
from tallystick.lake.iceberg import iceberg_schema
from tallystick.lake.schemas import LEDGER_DAILY
from tallystick.lake.staging import NAMESPACE, written

pytestmark = pytest.mark.services

LINES, TIMES = 60_175, 200
"""What lies in ``tpch.tiny.lineitem``, and how often it is read."""
SLOW = f"""
    SELECT l.suppkey AS slot, count(*) AS lines, sum(CAST(l.extendedprice AS DECIMAL(38, 18))) AS price
    FROM bills.tiny.lineitem AS l CROSS JOIN UNNEST(sequence(1, {TIMES})) AS again (n)
    GROUP BY 1
"""


@pytest.fixture(scope="module")
def busy(trino_server: Trino) -> Trino:
    """Trino with something to read."""
    trino_server.create_catalog("bills", {CONNECTOR: "tpch"})
    return trino_server


def running(trino: Trino, tag: str) -> bool:
    """Whether the statement of that tag has tasks that work."""
    rows = trino.query(f"""
        SELECT count(*) FROM system.runtime.tasks JOIN system.runtime.queries USING (query_id)
        WHERE queries.query LIKE '%{tag}%' AND queries.query NOT LIKE '%runtime%' AND processed_input_rows > 0
    """)
    return rows != [[0]]


def test_a_worker_that_dies_loses_and_doubles_nothing(staged_lake: StagedLake, busy: Trino) -> None:
    schema = iceberg_schema(LEDGER_DAILY)
    folder = f"s3://{staged_lake.bucket}/warehouse/acme/ledger_daily/data/s/2026-08-01/{'a' * 40}"
    with staged_lake.staging.writing(schema, folder) as table, ThreadPoolExecutor(1) as pool:
        target = f'"{NAMESPACE}"."{table.name()[-1]}"'
        statement = (
            f"INSERT INTO {target} (x_charge_count, revision, billed_cost) SELECT lines, slot, price FROM ({SLOW})"
        )
        done = pool.submit(staged_lake.engine.execute, statement)
        while not running(busy, table.name()[-1]):
            assert not done.done(), done.result()
        busy.workers[0].kill()
        busy.workers[0].start()
        done.result()
        uris = written(table)
        ((lines, slots, cost),) = staged_lake.engine.execute(
            f"SELECT sum(x_charge_count), count(*), sum(billed_cost) FROM {target}"
        )
    expected = busy.query("SELECT sum(CAST(extendedprice AS DECIMAL(38, 18))) FROM bills.tiny.lineitem")
    assert (lines, slots, uris != []) == (TIMES * LINES, 100, True)
    assert cost == TIMES * Decimal(str(expected[0][0]))


def test_without_repeated_tasks_the_statement_fails_and_says_so(staged_lake: StagedLake, busy: Trino) -> None:
    engine = TrinoEngine(staged_lake.engine.address + "?retry_policy=NONE")
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(engine.execute, SLOW + "/* hopeless */")
        while not running(busy, "hopeless"):
            assert not done.done(), done.result()
        busy.workers[0].restart()
        with pytest.raises(UnavailableError, match=r"^Trino at trino://"):
            done.result()

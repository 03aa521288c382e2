"""Slices of a view: about so many rows each, whole values, every row once; a model gives the same from them."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pytest

from tallystick.engine.models import model
from tallystick.engine.slices import Slicing, slices
from tallystick.lake.schemas import LEDGER, LEDGER_DAILY

FIRST = datetime.fromisoformat("2026-08-01")
CUT = Slicing("given", "day")


@pytest.mark.parametrize(
    ("counts", "rows", "expected"),
    [
        ([], 3, [0]),
        ([1, 1, 1], 3, [3]),
        ([1, 1, 1, 1], 3, [3, 1]),
        ([2, 2, 2], 3, [2, 2, 2]),
        ([9, 1, 1, 9, 1], 3, [9, 2, 9, 1]),
    ],
)
@pytest.mark.parametrize("unknown", [0, 1], ids=["", "with NULL"])
def test_a_slice_is_whole_days_up_to_a_number_of_rows(
    counts: list[int], rows: int, expected: list[int], unknown: int
) -> None:
    days = [FIRST + timedelta(days=day) for day, count in enumerate(counts) for _ in range(count)]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE given (day TIMESTAMP)")
        for day in [*days, *[None] * unknown]:
            connection.execute("INSERT INTO given VALUES (?)", [day])
        found = [connection.execute(select).fetchall() for select in slices(connection, CUT, rows + unknown)]
    assert sum(map(len, found)) == len(days) + unknown
    assert [day for part in found for (day,) in part if day] == days
    if not unknown:
        assert [len(part) for part in found] == expected


def test_the_daily_ledger_is_the_same_from_slices() -> None:
    formula = model(LEDGER_DAILY)
    assert formula.slicing
    ask = "SELECT period_start, billed_cost, x_charge_count FROM"
    with duckdb.connect() as connection:
        columns = ", ".join(f"{column.name} {column.type.value}" for column in LEDGER.columns)
        connection.execute(f"CREATE TABLE ledger ({columns})")
        connection.execute(
            "INSERT INTO ledger BY NAME SELECT 's' AS x_source_id, 'billed' AS entry, 1 AS x_charge_count,"
            " TIMESTAMP '2026-08-01' + to_days((range % 5)::int) AS period_start, range AS billed_cost FROM range(50)"
        )
        whole = connection.execute(f"{ask} ({formula.sql})").fetchall()
        cuts = list(slices(connection, formula.slicing, 15))
        parts = [connection.execute(f"WITH ledger AS ({cut}) {ask} ({formula.sql})").fetchall() for cut in cuts]
    assert [row for part in parts for row in part] == whole
    assert [len(part) for part in parts] == [1, 1, 1, 1, 1]

"""What our statements become in Trino's dialect, beyond what sqlglot knows."""

from __future__ import annotations

import pytest

from tallystick.engine.dialect import order_of, to_trino
from tallystick.engine.models import model
from tallystick.lake.schemas import DIMENSION_SETS, LEDGER, LEDGER_DAILY, TableSchema


@pytest.mark.parametrize(
    ("duckdb", "trino"),
    [
        ("SELECT CAST(a AS TIMESTAMP)", "SELECT CAST(a AS TIMESTAMP(6))"),
        ("SELECT TIMESTAMP '2026-08-01 00:00:00.123456'", "SELECT CAST('2026-08-01 00:00:00.123456' AS TIMESTAMP(6))"),
        ("SELECT ANY_VALUE(a)", "SELECT ARBITRARY(a)"),
        ("WITH a AS NOT MATERIALIZED (SELECT 1) SELECT 2", "WITH a AS ( SELECT 1 ) SELECT 2"),
        ("SELECT MAP_EXTRACT_VALUE(m, k)", "SELECT ELEMENT_AT(m, k)"),
        ("SELECT LIST_REDUCE(a, lambda x, y: x + y, z)", "SELECT REDUCE(a, z, (x, y) -> x + y, reduced -> reduced)"),
        ("-- why\nSELECT 1", "SELECT 1"),
        ("SELECT 'it''s \\n'", "SELECT 'it''s \\n'"),
        ("SELECT CAST(m AS MAP(VARCHAR, VARCHAR))", "SELECT CAST(m AS MAP(VARCHAR, VARCHAR))"),
    ],
)
def test_translation(duckdb: str, trino: str) -> None:
    assert " ".join(to_trino(duckdb).split()) == trino


@pytest.mark.parametrize(
    ("table", "order"),
    [
        (LEDGER, []),
        (LEDGER_DAILY, ["period_start"]),
        (DIMENSION_SETS, ["kind", "key", "value", "dimension_set_id"]),
    ],
    ids=lambda one: one.name if isinstance(one, TableSchema) else "",
)
def test_the_order_of_a_model(table: TableSchema, order: list[str]) -> None:
    assert order_of(model(table).sql) == order

"""What our statements become in Trino's dialect, beyond what sqlglot knows."""

from __future__ import annotations

import pytest

from tallystick.engine.dialect import to_trino


@pytest.mark.parametrize(
    ("duckdb", "trino"),
    [
        ("SELECT CAST(a AS TIMESTAMP)", "SELECT CAST(a AS TIMESTAMP(6))"),
        ("SELECT TIMESTAMP '2026-08-01 00:00:00.123456'", "SELECT CAST('2026-08-01 00:00:00.123456' AS TIMESTAMP(6))"),
        ("SELECT ANY_VALUE(a)", "SELECT ARBITRARY(a)"),
        ("-- why\nSELECT 1", "SELECT 1"),
        ("SELECT 'it''s \\n'", "SELECT 'it''s \\n'"),
        ("SELECT CAST(m AS MAP(VARCHAR, VARCHAR))", "SELECT CAST(m AS MAP(VARCHAR, VARCHAR))"),
    ],
)
def test_translation(duckdb: str, trino: str) -> None:
    assert " ".join(to_trino(duckdb).split()) == trino

"""Every model: a small input and its exact output, and a translation that Trino would parse."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from importlib import resources

import pytest
import sqlglot

from tallystick.engine.dialect import to_trino
from tallystick.engine.models import DERIVED, model
from tallystick.engine.testing import memory_session
from tallystick.lake.schemas import (
    CHARGE_SETS,
    DIMENSION_SETS,
    LEDGER,
    LEDGER_DAILY,
    MEASURES,
    TableSchema,
)

AUGUST = date(2026, 8, 1)
Row = dict[str, object]


def charge(hour: str, cost: str, **columns: object) -> Row:
    return {
        "x_source_id": "s",
        "billing_period": AUGUST,
        "charge_period_start": datetime.fromisoformat(hour),
        "billed_cost": Decimal(cost),
        "billing_currency": "USD",
        **columns,
    }


def run(table: TableSchema, columns: str, **inputs: list[Row]) -> list[tuple[object, ...]]:
    session = memory_session(**inputs)
    session.rows("CREATE TABLE disabled_keys (x_source_id VARCHAR, kind VARCHAR, key VARCHAR)")
    for key in inputs.get("disabled", []):
        session.rows("INSERT INTO disabled_keys VALUES ($x_source_id, $kind, $key)", key)
    return session.rows(f"SELECT {columns} FROM ({model(table).sql}) ORDER BY ALL")


def test_the_ledger_sums_charges_by_utc_day_and_dimension() -> None:
    charges = [
        charge("2026-08-01 00:00", "0.1", service_name="EC2", resource_id="i-1"),
        charge("2026-08-01 23:00", "0.2", service_name="EC2", resource_id="i-1"),
        charge("2026-08-01 23:00", "0.000000000000000001", service_name="EC2", resource_id="i-2"),
        charge("2026-08-02 00:00", "5", service_name="EC2", resource_id="i-1"),
        charge("2026-08-02 00:00", "7", service_name=None, billing_currency="EUR"),
    ]
    columns = (
        "period_start::date, period_end::date, service_name, resource_id, billing_currency, billed_cost, x_charge_count"
    )
    one, two, three = date(2026, 8, 1), date(2026, 8, 2), date(2026, 8, 3)
    assert run(LEDGER, columns, charges=charges) == [
        (one, two, "EC2", "i-1", "USD", Decimal("0.3"), 2),
        (one, two, "EC2", "i-2", "USD", Decimal("1E-18"), 1),
        (two, three, "EC2", "i-1", "USD", Decimal(5), 1),
        (two, three, None, None, "EUR", Decimal(7), 1),
    ]


def test_the_daily_rollup_forgets_resources_and_keeps_every_digit() -> None:
    posting = {
        "x_source_id": "s",
        "billing_period": AUGUST,
        "entry": "billed",
        "revision": 0,
        "period_start": datetime.fromisoformat("2026-08-01"),
        "period_end": datetime.fromisoformat("2026-08-02"),
        "x_charge_count": 3,
    }
    ledger = [
        {**posting, "resource_id": "i-1", "billed_cost": Decimal("99999999999999999999")},
        {**posting, "resource_id": "i-2", "billed_cost": Decimal("0.000000000000000001")},
        {**posting, "resource_id": "i-2", "billed_cost": Decimal(1), "revision": 1},
    ]
    assert run(LEDGER_DAILY, "revision, billed_cost, x_charge_count", ledger=ledger) == [
        (0, Decimal("99999999999999999999.000000000000000001"), 6),
        (1, Decimal(1), 3),
    ]


def test_charge_sets_list_the_pairs_of_every_set_once() -> None:
    charges = [
        charge(
            "2026-08-01", "1", x_dimension_set_id="a", tags={"team": "x", "env": "p"}, x_cost_categories={"cc": "1"}
        ),
        charge(
            "2026-08-01", "1", x_dimension_set_id="a", tags={"team": "x", "env": "p"}, x_cost_categories={"cc": "1"}
        ),
        charge("2026-08-01", "1", x_dimension_set_id="b", tags={"team": "y"}),
        charge("2026-08-01", "1"),
    ]
    assert run(CHARGE_SETS, "dimension_set_id, kind, key, value", charges=charges) == [
        ("a", "category", "cc", "1"),
        ("a", "tag", "env", "p"),
        ("a", "tag", "team", "x"),
        ("b", "tag", "team", "y"),
    ]


def test_a_disabled_key_is_left_out_of_its_own_source_only() -> None:
    pairs = [
        {
            "x_source_id": source,
            "billing_period": AUGUST,
            "dimension_set_id": "a",
            "kind": kind,
            "key": "k",
            "value": "v",
        }
        for source in ("s", "other")
        for kind in ("tag", "category")
        for _twice in range(2)
    ]
    disabled = [{"x_source_id": "s", "kind": "tag", "key": "k"}]
    session = memory_session(charge_sets=pairs)
    session.rows("CREATE TABLE disabled_keys (x_source_id VARCHAR, kind VARCHAR, key VARCHAR)")
    session.rows("INSERT INTO disabled_keys VALUES ($x_source_id, $kind, $key)", disabled[0])
    assert session.rows(f"SELECT x_source_id, kind FROM ({model(DIMENSION_SETS).sql}) ORDER BY ALL") == [
        ("other", "category"),
        ("other", "tag"),
        ("s", "category"),
    ]


@pytest.mark.parametrize("table", DERIVED, ids=lambda table: table.name)
def test_every_model_gives_the_columns_of_its_table_and_travels_to_trino(table: TableSchema) -> None:
    sql = model(table).sql
    select = sqlglot.parse_one(sql, read="duckdb")
    assert set(select.named_selects) == set(table.names())
    translated = to_trino(sql)
    assert sqlglot.parse_one(translated, read="trino").sql("trino", pretty=True) == translated


@pytest.mark.parametrize("name", sorted(one.name for one in resources.files("tallystick.models").iterdir()))
def test_no_model_multiplies_divides_or_averages(name: str) -> None:
    """Products of money go through the kernel that knows about scale: engine/money.py."""
    if name.endswith(".sql"):
        text = resources.files("tallystick.models").joinpath(name).read_text(encoding="utf-8")
        code = re.sub(r"--[^\n]*|'[^']*'", "", text)
        assert not re.search(r"/|(?<!SELECT )(?<!\()\*|\bavg\b", code, re.IGNORECASE)


def test_every_measure_is_summed_as_a_decimal() -> None:
    for table in (LEDGER, LEDGER_DAILY):
        sql = model(table).sql
        assert all(f"CAST(SUM({name}) AS DECIMAL(38, 18)) AS {name}" in sql for name in MEASURES)

"""The epochs of a day and the relations that the model reads."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb

from tallystick.rating.hashmap import Epoch, Mapping, Threshold, epochs, relations

DAY = date(2026, 8, 1)
MIDNIGHT = datetime(2026, 8, 1, tzinfo=UTC)
NOON, NEXT = MIDNIGHT + timedelta(hours=12), MIDNIGHT + timedelta(days=1)


def mapping(**given: object) -> Mapping:
    return Mapping(service="s", cost=Decimal(1), **given)  # type: ignore[arg-type]


def test_a_day_is_cut_where_rules_change() -> None:
    assert epochs(DAY, []) == (Epoch(MIDNIGHT, NEXT),)
    outside = [mapping(start_at=MIDNIGHT, end_at=NEXT), mapping(end_at=MIDNIGHT), mapping(start_at=NEXT)]
    assert epochs(DAY, outside) == (Epoch(MIDNIGHT, NEXT),)
    inside = [mapping(start_at=NOON), Threshold(service="s", level=Decimal(1), cost=Decimal(1), end_at=NOON)]
    assert epochs(DAY, inside) == (Epoch(MIDNIGHT, NOON), Epoch(NOON, NEXT))


def test_an_epoch_has_the_rules_that_count_in_it() -> None:
    rules = [mapping(end_at=NOON, value="a", field="f"), mapping(start_at=NOON, scope_id="x", kind="rate")]
    found = relations(epochs(DAY, rules), rules, [])
    morning, afternoon = MIDNIGHT.replace(tzinfo=None), NOON.replace(tzinfo=None)
    assert duckdb.sql(found["hashmap_rules"]).fetchall() == [
        (morning, "s", 2, "=a", None, "", None, 0, "flat", Decimal(1)),
        (afternoon, "s", 1, "=s", None, "", "x", 0, "rate", Decimal(1)),
    ]
    assert duckdb.sql(found["hashmap_scopes"]).fetchall() == [(afternoon, "s", "x")]
    assert [row[3:] for row in duckdb.sql(found["hashmap_aspects"]).fetchall()] == [(1, "=s"), (2, ":f"), (1, "=s")]


def test_the_later_of_two_rules_of_one_slot_counts() -> None:
    one, other = (
        Threshold(service="s", level=Decimal(level), cost=Decimal(cost)) for level, cost in (("1", 1), ("1.0", 2))
    )
    found = relations(epochs(DAY, []), [], [one, other])
    assert [row[-1] for row in duckdb.sql(found["hashmap_rules"]).fetchall()] == [Decimal(2)]


def test_steps_are_of_all_levels_of_a_service_and_a_scope_has_its_own() -> None:
    thresholds = [
        Threshold(service="s", level=Decimal(level), cost=Decimal(cost), group_id=group, scope_id=scope)
        for level, cost, group, scope in (("5", 1, "g", None), ("10", 2, "h", None), ("5", 3, "g", "x"))
    ]
    found = relations(epochs(DAY, []), [], thresholds)
    columns = "own_scope, group_id, CEIL(from_qty), CEIL(upto_qty), cost"
    assert duckdb.sql(f"SELECT {columns} FROM ({found['hashmap_steps']}) WHERE cost IS NOT NULL").fetchall() == [
        (scope, *row)
        for scope, of_g in (("", 1), ("x", 3))
        for row in [("g", 5, 10, of_g), ("g", 10, 10**20, of_g), ("h", 10, 10**20, 2)]
    ]


def test_costs_keep_every_digit() -> None:
    cost = Decimal("12345678901234567890.123456789012345678")
    rules = [
        mapping(),
        Mapping(service="s", cost=cost, field="f", value="v"),
        Mapping(service="t", cost=Decimal("1E-18")),
    ]
    found = relations(epochs(DAY, rules), rules, [])
    costs = {row[-1] for row in duckdb.sql(found["hashmap_rules"]).fetchall()}
    assert costs == {Decimal(1), cost, Decimal("1E-18")}


def test_a_rule_of_the_scope_without_a_name_counts_for_nobody() -> None:
    rules = [mapping(), mapping(value="x", field="flavor", scope_id="")]
    found = relations(epochs(DAY, rules), rules, [])
    assert found == relations(epochs(DAY, rules[:1]), rules[:1], [])

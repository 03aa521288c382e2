"""Products of money, hashmap's prices and those of ladders are on Trino what they are on DuckDB, digit for digit."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType

import pytest

from hashmap_cases import DAY, Case, points, rules
from hashmaps import point_rows
from laddered import FIRST, Traffic, ladder, row
from services.staged import Rows, StagedLake
from tallystick.engine.kernels import expanded
from tallystick.engine.models import Model, hashmap_model, tiers_model
from tallystick.lake.schemas import POINTS
from tallystick.rating.hashmap import Epoch, relations
from tallystick.rating.ladders import relation
from tallystick.rating.withdrawals import WithdrawnFile
from tallystick.rating.withdrawals import relation as withdrawals

pytestmark = pytest.mark.services

FACTORS = [
    "0",
    "1",
    "1e-18",
    "0.000000001",
    "0.0000000005",
    "0.0000000015",
    "0.999999999999999999",
    "0.9999999999",
    "0.5",
    "3.000000000000000001",
    "999999.999999999999999999",
    "1e6",
]


def table(rows: list[dict[str, object]]) -> Rows:
    return [tuple(row.get(name) for name in POINTS.names()) for row in rows]


def both(
    lake: StagedLake,
    model: Model,
    rows: list[dict[str, object]],
    further: Mapping[str, list[dict[str, object]]] = MappingProxyType({}),
    **relations: str,
) -> Rows:
    """The rows, which are the same on both engines."""
    inputs = {name: (POINTS, table(given)) for name, given in {"points": rows, **further}.items()}
    on_duckdb, on_trino = lake.run(model, inputs, relations)
    assert on_trino == on_duckdb
    return on_duckdb


def test_products_of_money(staged_lake: StagedLake) -> None:
    columns = ", ".join(name for name in POINTS.names() if name != "price")
    model = Model(POINTS, expanded(f"SELECT {columns}, MUL_MONEY(qty, price) AS price FROM points"))
    factors = [Decimal(one) * sign for one in FACTORS for sign in (1, -1)]
    pairs = [(a, b) for a in (*factors, Decimal("1e12"), Decimal("-1e12")) for b in factors]
    rows = [{"x_row_number": number, "qty": a, "price": b} for number, (a, b) in enumerate(pairs)]
    found = {row[POINTS.names().index("x_row_number")] for row in both(staged_lake, model, rows)}
    assert len(found) == len(pairs)


def test_prices(staged_lake: StagedLake) -> None:
    chance = random.Random(476)
    cases = [Case(chance) for _ in range(60)]
    mappings, thresholds = rules(cases)
    epochs = [Epoch(DAY + timedelta(hours=hour), DAY + timedelta(hours=hour + 24)) for hour in (0, 24)]
    rows = point_rows(points(cases))
    found = both(staged_lake, hashmap_model(), rows, **relations(epochs, mappings, thresholds))
    assert len(found) == len(rows)
    assert sum(bool(row[POINTS.names().index("price")]) for row in found) > len(rows) / 5


def test_ladders(staged_lake: StagedLake) -> None:
    chance = random.Random(477)
    ladders = [
        ladder(("0.5", 0), (300, "0.333333333333333333"), (None, "0.700000000000000007")),
        ladder((10, "1.5"), (None, "0.25"), scope="p1"),
        ladder((None, 7), start_at=FIRST + timedelta(hours=30)),
    ]
    points = [
        Traffic(
            Decimal(chance.randrange(-(10**18), 10**19)).scaleb(-18),
            FIRST + timedelta(hours=24 + chance.randrange(24)),
            scope_id=chance.choice(["p1", "p2", None]),
            metric=chance.choice(["traffic", "traffic", "other"]),
            resource=chance.choice("ab"),
            price=chance.choice([None, None, None, Decimal(3)]),
        )
        for _ in range(300)
    ]
    day = [row(number, point) for number, point in enumerate(points)]
    given = {
        "delivered_points": day,
        "earlier_points": [row(number, replace(point, begin=FIRST)) for number, point in enumerate(points)],
    }
    rated = [{**one, "price": Decimal(0)} for one in day if one["price"] is None]
    gone = [WithdrawnFile("f", "p2", FIRST, FIRST + timedelta(hours=27))]
    found = both(
        staged_lake,
        tiers_model(),
        rated,
        given,
        tiers=relation(FIRST.date() + timedelta(days=1), ladders),
        withdrawals=withdrawals(gone),
    )
    assert len(found) == len(rated)
    assert sum(bool(one[POINTS.names().index("price")]) for one in found) > len(rated) / 3

"""Every model gives on Trino what it gives on DuckDB, digit for digit."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Context, Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.staged import Rows, StagedLake
from tallystick.engine.models import model, revision_model
from tallystick.lake.schemas import (
    CHARGE_SETS,
    CHARGES,
    DIMENSION_SETS,
    LEDGER,
    LEDGER_DAILY,
    MEASURES,
    TableSchema,
)

pytestmark = pytest.mark.services

moment = datetime.fromisoformat
AUGUST = date(2026, 8, 1)
MOST, LEAST = Decimal("99999999999999999999.999999999999999999"), Decimal("0.000000000000000001")
ALMOST = Decimal("99999999999999999999.999999999999999998")
WIDE = Context(prec=60)
MUCH = Decimal("99999999999999999.999999999999999999")

ODD_TEXTS = [
    "",
    " ",
    "a",
    "A",
    "a ",
    "O'Brien",
    'say "x"',
    "ключ",
    "naïve",
    "☃",
    "𝒳",
    "line\nbreak",
    "\\n",
    "%_$x{}",
    "NULL",
    "-- x",
    "/*",
]
TAGS = {
    f"set-{number}": tags
    for number, tags in enumerate(
        [{}, None, {"": ""}, {"a": None}, {text: text for text in ODD_TEXTS}, {"a": "1", "A": "2"}]
    )
}
MONEY = (
    st.none()
    | st.sampled_from([Decimal(0), LEAST, MUCH, MUCH.copy_negate()])
    | st.integers(-(10**35), 10**35).map(lambda digits: Decimal(digits).scaleb(-18, WIDE))
)
MOMENTS = (
    st.none()
    | st.sampled_from(
        [
            moment("2026-08-01"),
            moment("2026-08-01 23:59:59.999999"),
            moment("2026-08-02 00:00:00.000001"),
            moment("1969-12-31 23:00"),
        ]
    )
    | st.datetimes(moment("2026-08-01"), moment("2026-08-04"))
)


@st.composite
def charges(draw: st.DrawFn) -> tuple[object, ...]:
    """A charge for one of few things in one of two sources, so that several meet in a posting."""
    thing = draw(st.integers(0, len(ODD_TEXTS) - 1))
    set_id = [None, *TAGS][thing % (1 + len(TAGS))]
    named = {
        "x_source_id": draw(st.sampled_from(["s", "t"])),
        "billing_period": AUGUST,
        "x_dimension_set_id": set_id,
        "charge_period_start": draw(MOMENTS),
        "tags": TAGS[set_id] if set_id else None,
        "x_cost_categories": TAGS["set-4"] if set_id == "set-5" else None,
        "service_name": [None, "a", "A", "a "][thing % 4],
        "resource_id": ODD_TEXTS[thing],
        "sku_id": draw(st.sampled_from([None, "", ODD_TEXTS[-thing]])),
        **{name: draw(MONEY) for name in draw(st.sets(st.sampled_from(MEASURES), max_size=3))},
        "billed_cost": draw(MONEY),
    }
    return tuple(named.get(column.name) for column in CHARGES.columns)


def row(schema: TableSchema, **values: object) -> tuple[object, ...]:
    assert values.keys() <= set(schema.names())
    return tuple(values.get(name) for name in schema.names())


def both(lake: StagedLake, *args, **extra: str) -> Rows:  # type: ignore[no-untyped-def]
    """The rows, which are the same on both engines."""
    on_duckdb, on_trino = lake.run(*args, extra)
    assert on_trino == on_duckdb
    assert [list(map(type, one)) for one in on_trino] == [list(map(type, one)) for one in on_duckdb]
    return on_duckdb


DISABLED = """
    SELECT *
    FROM (VALUES ('s', 'tag', 'a'), ('s', 'tag', 'O''Brien'), ('t', 'category', '☃')) AS k (x_source_id, kind, key)
"""
NOTHING_DISABLED = f"SELECT * FROM ({DISABLED}) WHERE false"
REVISION = "SELECT DATE '2026-09-01' AS billing_period, DATE '2026-08-01' AS x_revised_period, 2 AS number"


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(charges(), min_size=60, max_size=300), st.data())
def test_the_way_of_the_data(staged_lake: StagedLake, given: list[tuple[object, ...]], data: st.DataObject) -> None:
    """Each model on what the one before it gave."""
    sets = both(staged_lake, model(CHARGE_SETS), {"charges": (CHARGES, given)})
    ledger = both(staged_lake, model(LEDGER), {"charges": (CHARGES, given)})
    both(staged_lake, model(LEDGER_DAILY), {"ledger": (LEDGER, ledger)})
    disabled = data.draw(st.sampled_from([DISABLED, NOTHING_DISABLED]))
    both(staged_lake, model(DIMENSION_SETS), {"charge_sets": (CHARGE_SETS, [*sets, *sets])}, disabled_keys=disabled)
    half = data.draw(st.integers(0, len(ledger)))
    inputs = {"derived": (LEDGER, ledger[:half]), "booked": (LEDGER, ledger[half // 2 :])}
    both(staged_lake, revision_model(), inputs, revision=REVISION)


@pytest.mark.parametrize("table", [CHARGE_SETS, LEDGER, LEDGER_DAILY, DIMENSION_SETS], ids=lambda table: table.name)
def test_nothing_gives_nothing(staged_lake: StagedLake, table: TableSchema) -> None:
    source = CHARGES if table in (CHARGE_SETS, LEDGER) else LEDGER if table is LEDGER_DAILY else CHARGE_SETS
    assert both(staged_lake, model(table), {source.name: (source, [])}, disabled_keys=NOTHING_DISABLED) == []


def test_sums_that_touch_the_limits(staged_lake: StagedLake) -> None:
    least = MOST.copy_negate()
    days = [[MOST], [ALMOST, least, LEAST], [least, LEAST, MOST, LEAST.copy_negate()], [least]]
    given = [
        row(
            CHARGES,
            x_source_id="s",
            billing_period=AUGUST,
            charge_period_start=moment("2026-08-01") + timedelta(days=day),
            billed_cost=amount,
        )
        for day, group in enumerate(days)
        for amount in group
    ]
    found = both(staged_lake, model(LEDGER), {"charges": (CHARGES, given)})
    sums = sorted(one[LEDGER.names().index("billed_cost")] for one in found)
    assert sums == [least, Decimal(0), Decimal(0), MOST]

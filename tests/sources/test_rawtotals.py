"""The independent reading agrees with the scan, whatever the rows hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.delivered import Reader, Row, aws_row, csv_text, focus_row, write
from tallystick.sources.delivery import Limits

AMOUNTS = st.one_of(
    st.decimals(-1000, 1000, places=10).map("{:f}".format),
    st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-2).map(repr),
    st.integers(-(10**6), 10**6).map("{}e-06".format),
    st.sampled_from(["", "None", "convertible", "0"]),
)
MONTHS = st.sampled_from(["2026-08-01T00:00:00Z", "2026-09-01T00:00:00Z"])
TEXTS = st.text(st.sampled_from('a,"\n|;é'), max_size=5)
LINES = st.lists(st.tuples(AMOUNTS, AMOUNTS, MONTHS, TEXTS), max_size=12)
MANY = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def sums(rows: list[Row], *measures: str) -> dict[date, tuple[int, ...]]:
    """Row counts and sums of charges by billing period."""
    found: dict[date, tuple[int, ...]] = {}
    for period in {row["billing_period"] for row in rows}:
        own = [row for row in rows if row["billing_period"] == period]
        found[period] = (len(own), *(sum(row[measure] for row in own) for measure in measures))
    return found


@MANY
@given(LINES, st.sampled_from(["bill.csv", "bill.csv.gz", "bill.zip"]))
def test_aws(reader: Reader, tmp_path: Path, lines: list[tuple[str, str, str, str]], name: str) -> None:
    rows = [
        aws_row(UnblendedCost=cost, BlendedCost=blended, BillingPeriodStartDate=month, **{"lineItem/Operation": text})
        for cost, blended, month, text in lines
    ]
    path = write(tmp_path / name, csv_text(rows, list(aws_row(**{"lineItem/Operation": ""}))))
    totals = reader.sources["aws"].raw_totals(path, limits=Limits())
    again = {
        period: (each.rows, each.measures["x_unblended_cost"], each.measures["x_blended_cost"])
        for period, each in totals.items()
    }
    assert again == sums(reader.rows("aws", path), "x_unblended_cost", "x_blended_cost")


@MANY
@given(LINES)
def test_focus(reader: Reader, tmp_path: Path, lines: list[tuple[str, str, str, str]]) -> None:
    rows = [
        focus_row(BilledCost=billed, ListCost=listed, BillingPeriodStart=month, ChargeDescription=text)
        for billed, listed, month, text in lines
    ]
    path = write(tmp_path / "focus.csv.gz", csv_text(rows, list(focus_row())))
    totals = reader.sources["focus"].raw_totals(path, limits=Limits())
    again = {
        period: (each.rows, each.measures["billed_cost"], each.measures["list_cost"]) for period, each in totals.items()
    }
    assert again == sums(reader.rows("focus", path), "billed_cost", "list_cost")


@pytest.mark.parametrize(
    "spelling",
    [
        "2026-08-01 00:00:00+00:00",
        "2026-08-01",
        "2026-8-1",
        "08/01/2026",
        "2026-08-01 00:00:00 UTC",
        "2026-08-01 00:00:00 GMT",
    ],
)
def test_spellings_of_the_period(reader: Reader, tmp_path: Path, spelling: str) -> None:
    path = write(tmp_path / "bill.csv", csv_text([aws_row(BillingPeriodStartDate=spelling)]))
    totals = reader.sources["aws"].raw_totals(path, limits=Limits())
    assert {period: each.measures["x_unblended_cost"] for period, each in totals.items()} == {
        date(2026, 8, 1): Decimal("1.5")
    }


@pytest.mark.parametrize("type", [pa.float32(), pa.float64(), pa.decimal128(20, 6), pa.string()])
def test_parquet(reader: Reader, tmp_path: Path, type: pa.DataType) -> None:
    columns = {name: pa.array([cell, cell]) for name, cell in aws_row().items()}
    columns["lineItem/UnblendedCost"] = pa.array(["0.1", "2.000001"]).cast(type)
    path = tmp_path / "bill.parquet"
    pq.write_table(pa.table(columns), path)
    totals = reader.sources["aws"].raw_totals(path, limits=Limits())
    assert [each.measures["x_unblended_cost"] for each in totals.values()] == [Decimal("2.100001")]
    assert sum(row["x_unblended_cost"] for row in reader.rows("aws", path)) == Decimal("2.100001")

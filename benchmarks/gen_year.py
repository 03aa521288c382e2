"""Thirteen months of daily costs for the report benchmark, as AWS Data Exports (CUR 2.0, Parquet) deliver them.

A million lines: 50,000 resources that live for twenty days each, in 50 accounts and 40 services, with 20,000 tag sets
over 200 keys. Every line is its own posting, so the ledger gets a million rows too. Two runs write the same lines.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

EXPORT = "bench-daily"
RESOURCES = 50_000
MONTHS = 13
LINES = Path(__file__).with_name("gen_year_lines.sql")


@dataclass(frozen=True, slots=True)
class Year:
    """The delivered months: ``first <= day < end``."""

    folder: Path
    first: date
    end: date


def make(folder: Path, today: date, rows: int = 1_000_000) -> Year:
    """Write the export of the twelve full months before today's and of today's so far, unless it is there."""
    year = Year(folder, _months_before(today, MONTHS - 1), today)
    done = folder.with_name(f"{folder.name}_{year.first}_{year.end}.made")
    if done.exists():
        return year
    shutil.rmtree(folder, ignore_errors=True)
    resources = RESOURCES if rows >= RESOURCES else rows
    with duckdb.connect() as connection:
        days = (year.end - year.first).days
        connection.execute(
            f"create table lines as {LINES.read_text()}",
            {"first": year.first, "days": days, "resources": resources, "life": max(1, rows // resources)},
        )
        month = year.first
        while month < year.end:
            following = (month + timedelta(days=32)).replace(day=1)
            _write_month(connection, folder, month, following)
            month = following
    done.touch()
    return year


def _months_before(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def _write_month(connection: duckdb.DuckDBPyConnection, folder: Path, month: date, following: date) -> None:
    data = folder / EXPORT / "data" / f"BILLING_PERIOD={month:%Y-%m}"
    metadata = folder / EXPORT / "metadata" / f"BILLING_PERIOD={month:%Y-%m}"
    for path in (data, metadata):
        path.mkdir(parents=True, exist_ok=True)
    file = data / f"{EXPORT}-00001.snappy.parquet"
    connection.execute(
        f"copy (select * from lines where bill_billing_period_start_date = timestamp '{month}'"
        f" order by line_item_usage_start_date) to '{file}' (format parquet, compression snappy)"
    )
    manifest = {
        "executionId": f"00000000-0000-4000-8000-{month:%Y%m}000000",
        "billingPeriod": {"start": f"{month}T00:00:00.000Z", "end": f"{following}T00:00:00.000Z"},
        "dataFiles": [f"s3://bench/{EXPORT}/data/{data.name}/{file.name}"],
    }
    (metadata / f"{EXPORT}-Manifest.json").write_text(json.dumps(manifest, indent=1))

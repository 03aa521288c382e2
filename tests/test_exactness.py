"""Every number of a report equals an independent sum over the delivered file, for every cost measure.

The formulas stand here a second time on purpose, in Python over the raw cells: input-formats 3.4 (the amortised cost as
AWS defines it) and koku-processing 2.1.6 (the reference's calculated amortised cost).
"""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bills import cur_line, write_cur
from tallystick.decimals import EXACT, exact_sum
from tallystick.planner.home import Home
from tallystick.reports.context import ReportContext
from tallystick.reports.proof import source_totals
from tallystick.reports.render import to_json
from tallystick.reports.service import report
from tallystick.settings.config import Config, Engine

AUGUST = date(2026, 8, 1)
SAVINGS_PLAN = {"SavingsPlanCoveredUsage", "SavingsPlanNegation", "SavingsPlanUpfrontFee", "SavingsPlanRecurringFee"}
TYPES = sorted(SAVINGS_PLAN | {"Usage", "DiscountedUsage", "RIFee", "Fee", "Tax", "Credit", "Refund", "EdpDiscount"})
Row = Mapping[str, str]


def number(row: Row, column: str) -> Decimal:
    return Decimal(row[column] or "0")


def unblended(row: Row) -> Decimal:
    return number(row, "lineItem/UnblendedCost")


def savings_plan(row: Row) -> Decimal:
    return number(row, "savingsPlan/SavingsPlanEffectiveCost")


def effective(row: Row) -> Decimal:
    of_type: dict[str, Callable[[], Decimal]] = {
        "DiscountedUsage": lambda: (
            number(row, "reservation/EffectiveCost") if row["reservation/EffectiveCost"] else unblended(row)
        ),
        "RIFee": lambda: EXACT.add(
            number(row, "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod"),
            number(row, "reservation/UnusedRecurringFee"),
        ),
        "Fee": lambda: Decimal(0) if row["reservation/ReservationARN"] else unblended(row),
        "SavingsPlanCoveredUsage": lambda: savings_plan(row),
        "SavingsPlanNegation": lambda: Decimal(0),
        "SavingsPlanUpfrontFee": lambda: Decimal(0),
        "SavingsPlanRecurringFee": lambda: EXACT.subtract(
            number(row, "savingsPlan/TotalCommitmentToDate"), number(row, "savingsPlan/UsedCommitment")
        ),
    }
    return of_type.get(row["lineItem/LineItemType"], lambda: unblended(row))()


MEASURES: dict[str, Callable[[Row], Decimal]] = {
    "unblended_cost": unblended,
    "blended_cost": lambda row: number(row, "lineItem/BlendedCost"),
    "savingsplan_effective_cost": savings_plan,
    "calculated_amortized_cost": lambda row: (
        savings_plan(row) if row["lineItem/LineItemType"] in SAVINGS_PLAN else unblended(row)
    ),
    "effective_cost": effective,
    "billed_cost": lambda row: (
        Decimal(0)
        if row["lineItem/LineItemType"] in {"SavingsPlanCoveredUsage", "SavingsPlanNegation"}
        else unblended(row)
    ),
    "net_unblended_cost": unblended,
}
GROUPS: dict[str, tuple[str, str]] = {
    "service": ("lineItem/ProductCode", "No-service"),
    "account": ("lineItem/UsageAccountId", "No-account"),
    "region": ("product/region", "No-region"),
    "tag:team": ("resourceTags/user:team", "No-team"),
}

amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=12).map(lambda value: f"{value:f}")
small = st.sampled_from(["1e-05", "0.000000000000000001", "-0.1", "0", "14.939999999999998"])
money = st.one_of(amounts, small, st.just(""))


@st.composite
def cur_lines(draw: st.DrawFn) -> dict[str, str]:
    """A line of any type, with any of the columns that its measures read."""
    kind = draw(st.sampled_from(TYPES))
    return cur_line(
        AUGUST,
        day=draw(st.integers(1, 31)),
        hour=draw(st.integers(0, 23)),
        LineItemType=kind,
        UnblendedCost=draw(st.one_of(amounts, small)),
        BlendedCost=draw(money),
        SavingsPlanEffectiveCost=draw(money),
        TotalCommitmentToDate=draw(money),
        UsedCommitment=draw(money),
        EffectiveCost=draw(money),
        UnusedAmortizedUpfrontFeeForBillingPeriod=draw(money),
        UnusedRecurringFee=draw(money),
        ReservationARN=draw(st.sampled_from(["", "arn:aws:ec2:r-1"])),
        ProductCode=draw(st.sampled_from(["AmazonEC2", "AmazonS3"])),
        UsageAccountId=draw(st.sampled_from(["000000000002", "000000000003"])),
        region=draw(st.sampled_from(["us-east-1", ""])),
        team=draw(st.sampled_from(["shop", "web, mobile", ""])),
    )


def expected(path: Path, measure: str, column: str, missing: str) -> dict[str, Decimal]:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    with gzip.open(path, "rt", newline="") as text:
        for row in csv.DictReader(text):
            key = row[column] or missing
            sums[key] = EXACT.add(sums[key], MEASURES[measure](row))
    return dict(sums)


def answered(home: Home, measure: str, group: str, resolution: str) -> tuple[dict[str, Decimal], Decimal]:
    """What a report says of every group, added up over its dates, and its total."""
    query = [
        (f"group_by[{group}]", "*"),
        ("cost_type", measure),
        ("start_date", "2026-08-01"),
        ("end_date", "2026-08-31"),
        ("filter[resolution]", resolution),
    ]
    with home.session() as session:
        written = to_json(report(session, "aws/costs", query, ReportContext(today=AUGUST)).body)
    body = json.loads(written, parse_float=Decimal, parse_int=Decimal)
    key = group.removeprefix("tag:")
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for bucket in body["data"]:
        for entry in bucket.get(f"{key}s", []):
            for row in entry["values"]:
                sums[entry[key]] = EXACT.add(sums[entry[key]], row["cost"]["total"]["value"])
    return dict(sums), body["meta"]["total"]["cost"]["total"]["value"]


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(cur_lines(), min_size=1, max_size=40))
def test_reports_equal_an_independent_sum_over_the_raw_file(lines: list[dict[str, str]]) -> None:
    with TemporaryDirectory() as folder:
        home = Home(Config(home=Path(folder) / "home", engine=Engine(threads=1, memory="300MB")))
        path = write_cur(Path(folder) / "bill.csv.gz", lines)
        (receipt,) = home.ingest(str(path))
        assert receipt.outcome == "accepted", receipt.delivery.reason
        for measure in MEASURES:
            for group, (column, missing) in GROUPS.items():
                wanted = expected(path, measure, column, missing)
                if group.startswith("tag:") and set(wanted) == {missing}:
                    continue  # a key that no row carries is not known, and asking for it is an error
                for resolution in ("daily", "monthly"):
                    groups, total = answered(home, measure, group, resolution)
                    assert groups == wanted, (measure, group, resolution)
                    assert total == exact_sum(wanted.values()), (measure, group, resolution)
        checks = home.reconcile("default", True, source_totals)
        assert [check for check in checks if not check.closes] == []


@pytest.mark.parametrize("delivered_on", [datetime(2026, 8, 31, 23, tzinfo=UTC), datetime(2026, 9, 1, 1, tzinfo=UTC)])
def test_the_last_hour_of_a_month_lands_in_it_whenever_it_is_delivered(tmp_path: Path, delivered_on: datetime) -> None:
    """I25: days are half-open UTC intervals."""
    home = Home(Config(home=tmp_path / "home", engine=Engine(threads=1, memory="300MB")))
    path = write_cur(tmp_path / "bill.csv.gz", [cur_line(AUGUST, day=31, hour=23)], version=delivered_on)
    home.ingest(str(path))
    with home.session() as session:
        days = session.rows("SELECT period_start::date, period_end::date, billing_period FROM ledger_daily")
    assert days == [(date(2026, 8, 31), date(2026, 9, 1), AUGUST)]

"""FOCUS tables: versions, providers that break rules, and what is kept of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources.delivered import FOCUS_ROW, Reader, Row, csv_text, focus_row, write
from tallystick.sources.focus.rules import version_of
from tallystick.sources.header import csv_header

NEWER = {
    "1.1": {"SkuMeter": "m", "ServiceSubcategory": "Virtual Machines", "CommitmentDiscountQuantity": "1"},
    "1.2": {"InvoiceId": "inv-1", "PricingCurrency": "USD", "SubAccountType": "Project"},
    "1.3": {"HostProviderName": "Cloudy", "AllocatedMethodId": "even", "AllocatedTags": '{"a": "b"}'},
    "1.4": {"InvoiceDetailId": "7"},
}

LARGEST = "-99999999999999999999.999999999999999999"


def test_a_charge(focus: Callable[..., list[Row]]) -> None:
    (row,) = focus(FOCUS_ROW)
    kept = {name: row[name] for name in ("billed_cost", "effective_cost", "list_cost", "contracted_cost")}
    assert kept == {
        "billed_cost": Decimal("1.5"),
        "effective_cost": Decimal("1.25"),
        "list_cost": Decimal("2"),
        "contracted_cost": Decimal("1.75"),
    }
    assert [row[f"x_{name}_cost"] for name in ("unblended", "blended", "net_unblended")] == [Decimal("1.5")] * 3
    assert [row[f"x_{name}_cost"] for name in ("calculated_amortized", "savingsplan_effective")] == [
        Decimal("1.25")
    ] * 2
    assert (row["billing_period"], row["x_service_code"], row["tags"]) == (date(2026, 8, 1), "Servers", {"team": "web"})
    assert (row["x_extra"], row["_problems"]) == (None, None)


@pytest.mark.parametrize("version", ["1.0", *NEWER])
def test_versions(version: str, reader: Reader, tmp_path: Path) -> None:
    delivered = dict(FOCUS_ROW)
    for newer, columns in NEWER.items():
        if newer <= version:
            delivered |= columns
    path = write(tmp_path / "focus.csv", csv_text([delivered]))
    assert version_of(csv_header(path.read_bytes(), "focus.csv")) == version
    assert reader.scan("focus", path).findings == ()
    (row,) = reader.rows("focus", path)
    assert row["sku_meter"] == ("m" if version >= "1.1" else None)
    assert row["invoice_id"] == ("inv-1" if version >= "1.2" else None)
    later = {name: cell for newer in ("1.3", "1.4") if newer <= version for name, cell in NEWER[newer].items()}
    assert row["x_extra"] == (later or None)


def test_1_3_names_the_service_provider(reader: Reader, tmp_path: Path) -> None:
    delivered = {name: cell for name, cell in FOCUS_ROW.items() if name not in ("ProviderName", "PublisherName")}
    path = write(tmp_path / "focus.csv", csv_text([delivered | {"ServiceProviderName": "Cloudy"}]))
    assert reader.scan("focus", path).findings == ()
    assert reader.rows("focus", path)[0]["provider_name"] == "Cloudy"


def test_older_names_and_missing_columns_are_findings(reader: Reader, tmp_path: Path) -> None:
    older = {"ProviderName": "Provider", "PublisherName": "Publisher", "InvoiceIssuerName": "InvoiceIssuer"}
    delivered = {older.get(name, name): cell for name, cell in FOCUS_ROW.items() if name != "ListCost"}
    path = write(tmp_path / "focus.csv", csv_text([delivered | {"Surprise": "x"}]))
    assert {(each.rule, each.column) for each in reader.scan("focus", path).findings} == {
        *((f"older name of {new}", old) for new, old in older.items()),
        ("mandatory column is missing", "ListCost"),
        ("unknown column, kept in x_extra", "Surprise"),
    }
    (row,) = reader.rows("focus", path)
    assert (row["provider_name"], row["invoice_issuer_name"], row["list_cost"]) == ("Cloudy", "Cloudy", None)
    assert row["x_extra"] == {"Surprise": "x"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"BilledCost": ""}, "BilledCost: null"),
        ({"ServiceName": "NULL"}, "ServiceName: null"),
        ({"ChargeCategory": "Stuff"}, "ChargeCategory: value not allowed"),
        ({"ServiceCategory": "Cloud"}, "ServiceCategory: value not allowed"),
        ({"BillingCurrency": "euro"}, "BillingCurrency: not a currency code"),
        ({"ChargePeriodStart": "2026-08-03T02:00:00+02:00"}, "ChargePeriodStart: not UTC"),
        ({"ChargePeriodEnd": "later"}, "ChargePeriodEnd: not a date and time"),
        ({"PricingQuantity": "three"}, "PricingQuantity: not a number"),
        ({"ListCost": "0.1234567890123456789"}, "ListCost: more than 18 decimals"),
        ({"Tags": "team=web"}, "Tags: not a JSON object"),
    ],
)
def test_a_broken_rule_is_graded(changes: dict[str, str], problem: str, focus: Callable[..., list[Row]]) -> None:
    broken, good = focus(focus_row(**changes), FOCUS_ROW)
    assert (broken["_problems"], good["_problems"]) == (problem, None)


def test_several_problems_of_a_row(focus: Callable[..., list[Row]]) -> None:
    (row,) = focus(focus_row(BilledCost="", ServiceCategory="", Tags="x"))
    assert set(row["_problems"].split("; ")) == {"BilledCost: null", "ServiceCategory: null", "Tags: not a JSON object"}
    assert row["billed_cost"] == 0


def test_without_effective_cost_it_is_the_billed_one(focus: Callable[..., list[Row]]) -> None:
    (row,) = focus({name: cell for name, cell in FOCUS_ROW.items() if name != "EffectiveCost"})
    assert (row["effective_cost"], row["x_calculated_amortized_cost"]) == (Decimal("1.5"), Decimal("1.5"))


def test_parquet_gives_the_same_charges(reader: Reader, tmp_path: Path) -> None:
    delivered = focus_row(x_Note="n", x_CostCategories='{"env": "prod"}', Tags='{"team": "web", "flag": true}')
    from_csv = reader.rows("focus", write(tmp_path / "focus.csv", csv_text([delivered])))
    costs = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "PricingQuantity")
    table: dict[str, pa.Array] = {
        name: pa.array([Decimal(cell)], pa.decimal128(30, 12))
        if name in costs
        else pa.array([cell or None], pa.string())
        for name, cell in delivered.items()
    }
    map_type = pa.map_(pa.string(), pa.string())
    table["Tags"] = pa.array([[("team", "web"), ("flag", "true")]], map_type)
    table["x_CostCategories"] = pa.array([[("env", "prod")]], map_type)
    pq.write_table(pa.table(table), tmp_path / "focus.parquet")
    assert reader.rows("focus", tmp_path / "focus.parquet") == from_csv
    assert from_csv[0]["x_cost_categories"] == {"env": "prod"}
    assert from_csv[0]["x_extra"] == {"x_Note": "n"}


@pytest.mark.parametrize(
    ("type", "cost", "kept", "problem"),
    [
        (pa.decimal128(38, 18), LARGEST, LARGEST, None),
        (pa.decimal128(9, 2), "1234567.89", "1234567.89", None),
        (pa.decimal128(38, 20), "0.00000000000000000150", "0.000000000000000002", "BilledCost: more than 18 decimals"),
        (pa.decimal128(38, 0), "5", "5", None),
    ],
)
def test_decimals_of_parquet_are_exact(
    type: pa.DataType, cost: str, kept: str, problem: str | None, reader: Reader, tmp_path: Path
) -> None:
    table = {name: pa.array([cell or None], pa.string()) for name, cell in FOCUS_ROW.items()}
    table["BilledCost"] = pa.array([Decimal(cost)], type)
    pq.write_table(pa.table(table), tmp_path / "focus.parquet")
    (row,) = reader.rows("focus", tmp_path / "focus.parquet")
    assert (row["billed_cost"], row["_problems"]) == (Decimal(kept), problem)


def test_the_source_is_named_after_provider_and_account(reader: Reader) -> None:
    header = csv_header(csv_text([focus_row(ProviderName="Oracle Cloud")]).encode(), "focus.csv")
    assert reader.sources["focus"].kind.suggest(header.sample) == "focus-oracle-cloud-acc-1"

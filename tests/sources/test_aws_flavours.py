"""The same facts in every flavour of the report give the same charges."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources.delivered import Reader, Row, aws_row, csv_text, write

TAGS = "resourceTags/user:team", "resourceTags/aws:createdBy"
CATEGORY = "costCategory/env"
LINES = [
    aws_row(
        **{
            TAGS[0]: 'it "ops", |=',
            TAGS[1]: "IAM:x",
            CATEGORY: "prod",
            "product/ProductName": "Elastic Compute",
            "product/regionCode": "eu-west-1",
            "product/vcpu": "2",
            "product/memory": "8 GiB",
            "product/operatingSystem": "Linux",
            "lineItem/ResourceId": "i-1",
        }
    ),
    aws_row(LineItemType="DiscountedUsage", UnblendedCost="0", EffectiveCost="1e-05", ReservationARN="arn:ri"),
    aws_row(LineItemType="Credit", UnblendedCost="-0.14939999999999998", UsageAmount=""),
]
NAMES = list(dict.fromkeys(name for line in LINES for name in line))
NUMBERS = ("Cost", "Amount", "Fee", "Commitment", "ToDate", "Period")


def snake(name: str) -> str:
    """AWS's rule for Athena: an underscore before each capital, lower case, other characters become one."""
    spelled = re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
    return re.sub(r"_+", "_", re.sub(r"[^a-z0-9]", "_", spelled))


def column_of(name: str) -> pa.Array:
    """A column as AWS types it in Parquet."""
    cells = [line.get(name, "") or None for line in LINES]
    if name.endswith("Date") and name.startswith(("bill/", "lineItem/")):
        moments = [datetime.fromisoformat(cell) if cell else None for cell in cells]
        return pa.array(moments, pa.timestamp("ms", tz="UTC"))
    if name.startswith(("lineItem", "reservation", "savingsPlan", "pricing/public")) and name.endswith(NUMBERS):
        return pa.array([float(cell) if cell else None for cell in cells])
    return pa.array(cells, pa.string())


def pairs(line: dict[str, str], prefix: str) -> dict[str, str]:
    """The cells below a prefix as a map of CUR 2.0."""
    inner = {name.removeprefix(prefix): cell for name, cell in line.items() if name.startswith(prefix) and cell}
    return {snake(name).replace(":", "_"): cell for name, cell in inner.items()}


MAPS = {"resource_tags": "resourceTags/", "cost_category": "costCategory/", "product": "product/"}
FLAT = [name for name in NAMES if not name.startswith(tuple(MAPS.values()))]


def legacy_csv(path: Path) -> Path:
    return write(path, csv_text(LINES, NAMES))


def shouting_csv(path: Path) -> Path:
    keys = {name: name if name.startswith(("resourceTags", "costCategory")) else name.upper() for name in NAMES}
    return write(path, "\ufeff" + csv_text([{keys[name]: cell for name, cell in line.items()} for line in LINES]))


def windows_csv(path: Path) -> Path:
    return write(path, csv_text(LINES, NAMES[::-1]).replace("\n", "\r\n"))


def legacy_parquet(path: Path) -> Path:
    pq.write_table(pa.table({snake(name): column_of(name) for name in NAMES}), path)
    return path


def export_csv(path: Path) -> Path:
    lines = [
        {snake(name): line.get(name, "") for name in FLAT}
        | {column: json.dumps(pairs(line, prefix)) for column, prefix in MAPS.items()}
        for line in LINES
    ]
    return write(path, csv_text(lines))


def export_parquet(path: Path) -> Path:
    maps: dict[str, Any] = {
        column: pa.array([list(pairs(line, prefix).items()) for line in LINES], pa.map_(pa.string(), pa.string()))
        for column, prefix in MAPS.items()
    }
    pq.write_table(pa.table({snake(name): column_of(name) for name in FLAT} | maps), path)
    return path


FLAVOURS: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "gzip": ("bill.csv.gz", legacy_csv),
    "zip": ("bill.csv.zip", legacy_csv),
    "byte order mark and capitals": ("bill.csv", shouting_csv),
    "CRLF, columns turned round": ("bill.csv", windows_csv),
    "legacy Parquet": ("bill.parquet", legacy_parquet),
    "CUR 2.0 CSV": ("bill.csv.gz", export_csv),
    "CUR 2.0 Parquet": ("bill", export_parquet),
}


def comparable(rows: Sequence[Row]) -> list[Row]:
    """Charges without what a flavour cannot say: the capitals of tag keys that Parquet folds."""
    folded = []
    for row in rows:
        tags = {snake(key).replace("aws_", "aws:"): value for key, value in (row["tags"] or {}).items()}
        folded.append({**row, "tags": tags, "x_dimension_set_id": row["x_dimension_set_id"] is not None})
    return folded


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_same_charges(flavour: str, reader: Reader, tmp_path: Path) -> None:
    name, make = FLAVOURS[flavour]
    expected = reader.rows("aws", legacy_csv(tmp_path / "plain.csv"))
    assert comparable(reader.rows("aws", make(tmp_path / name))) == comparable(expected)


def test_what_the_plain_file_gives(reader: Reader, tmp_path: Path) -> None:
    first, reserved, credit = reader.rows("aws", legacy_csv(tmp_path / "plain.csv"))
    assert first["tags"] == {"team": 'it "ops", |=', "aws:createdBy": "IAM:x"}
    assert first["x_cost_categories"] == {"env": "prod"}
    assert first["billing_period"] == date(2026, 8, 1)
    assert (first["sub_account_id"], first["billing_account_id"]) == ("000000000042", "900000000001")
    assert (first["region_id"], first["x_vcpu"], first["x_memory"]) == ("eu-west-1", "2", "8 GiB")
    assert (first["charge_period_start"], first["charge_period_end"]) == (
        datetime(2026, 8, 3, 1),  # noqa: DTZ001 (times are UTC)
        datetime(2026, 8, 3, 2),  # noqa: DTZ001
    )
    assert str(reserved["effective_cost"]) == "0.000010000000000000"
    assert str(credit["x_unblended_cost"]) == "-0.149399999999999980"
    assert (credit["x_usage_quantity"], credit["tags"], credit["x_dimension_set_id"]) == (None, None, None)


def test_a_set_of_tags_has_one_id_in_every_flavour_that_keeps_its_keys(reader: Reader, tmp_path: Path) -> None:
    files = legacy_csv(tmp_path / "a.csv"), windows_csv(tmp_path / "b.csv")
    assert len({reader.rows("aws", file)[0]["x_dimension_set_id"] for file in files}) == 1
    exports = legacy_parquet(tmp_path / "c"), export_csv(tmp_path / "d.csv"), export_parquet(tmp_path / "e")
    assert len({reader.rows("aws", file)[0]["x_dimension_set_id"] for file in exports}) == 1


def test_a_manifest_says_the_period_that_the_columns_leave_out(reader: Reader, tmp_path: Path) -> None:
    columns = [name for name in NAMES if not name.startswith("bill/BillingPeriod")]
    path = write(tmp_path / "bill.csv", csv_text([{name: LINES[0][name] for name in columns}]))
    (row,) = reader.rows("aws", path, billing_period=date(2026, 8, 1))
    assert (row["billing_period"], row["billing_period_end"]) == (date(2026, 8, 1), datetime(2026, 9, 1))  # noqa: DTZ001
    assert "bill/BillingPeriodStartDate" in reader.refusal("aws", path).reason


def test_missing_optional_columns_are_findings(reader: Reader, tmp_path: Path) -> None:
    columns = [name for name in NAMES if name != "lineItem/BlendedCost"]
    path = write(tmp_path / "bill.csv", csv_text([{name: LINES[0][name] for name in columns}]))
    assert [(each.rule, each.column) for each in reader.scan("aws", path).findings] == [
        ("optional column is missing", "lineItem/BlendedCost")
    ]
    assert reader.rows("aws", path)[0]["x_blended_cost"] is None


def test_a_month_without_lines(reader: Reader, tmp_path: Path) -> None:
    assert reader.rows("aws", write(tmp_path / "bill.csv.gz", csv_text([], NAMES))) == []

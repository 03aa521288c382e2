from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tallystick.sources.cloudkitty_storage.points import attributes, points_of_day
from tallystick.sources.points.table import PricedPoint

BEGIN = datetime(2026, 2, 1, 3, tzinfo=UTC)


def point(price: str = "0.5", qty: str = "1", project: str | None = "p1", **values: str) -> PricedPoint:
    groupby = {"id": "i-1"} | ({"project_id": project} if project is not None else {}) | values
    return PricedPoint(
        begin=BEGIN,
        end=BEGIN + timedelta(hours=1),
        metric="instance",
        unit="instance",
        qty=Decimal(qty),
        price=Decimal(price),
        groupby=attributes(groupby),
    )


def test_a_table_has_the_columns_of_a_file_of_points() -> None:
    found = points_of_day([point()], "project_id").table.to_pylist()
    assert found == [
        {
            "begin": BEGIN,
            "end": BEGIN + timedelta(hours=1),
            "scope_id": "p1",
            "metric": "instance",
            "unit": "instance",
            "qty": Decimal(1),
            "price": Decimal("0.5"),
            "description": None,
            "groupby": [("id", "i-1"), ("project_id", "p1")],
            "metadata": [],
        }
    ]


def test_the_order_of_points_does_not_matter() -> None:
    points = [point(project=f"p{number}", price=f"0.{number}") for number in range(1, 9)]
    assert points_of_day(points, "project_id").table.equals(points_of_day(reversed(points), "project_id").table)


def test_the_scope_is_the_attribute_that_the_key_names() -> None:
    table = points_of_day([point(team="blue"), point(project=None)], "team").table
    assert sorted(table["scope_id"].to_pylist()) == ["__UNDEF__", "blue"]


def test_the_attributes_of_the_date_are_left_out() -> None:
    assert attributes({"year": "2026", "month": "2", "day_of_the_year": "32", "week_of_the_year": "5", "a": True}) == (
        ("a", "True"),
    )


def test_what_has_more_than_18_decimals_is_rounded_half_away_and_counted() -> None:
    found = points_of_day([point("0.0012345678901234565"), point("-0.0000000000000000005"), point("7")], "project_id")
    assert sorted(found.table["price"].to_pylist()) == [
        Decimal("-0.000000000000000001"),
        Decimal("0.001234567890123457"),
        Decimal(7),
    ]
    assert (found.rounded, found.price) == (2, Decimal("7.001234567890123456"))

"""The prices that hashmap's rules give. Cases of CloudKitty's documentation, or tried on its module."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from hashmaps import Point, prices
from tallystick.engine.dialect import to_trino
from tallystick.engine.models import hashmap_model
from tallystick.rating.hashmap import Kind, Mapping, Threshold

SMALL = {"flavor": "m1.small", "vcpus": "4"}


def flat(cost: str, field: str | None = None, value: str | None = None, group: str = "", **more: object) -> Mapping:
    given = {"field": field, "value": value, "group_id": group, **more}
    return Mapping(service="instance", cost=Decimal(cost), **given)  # type: ignore[arg-type]


def rate(cost: str, field: str | None = None, value: str | None = None, group: str = "", **more: object) -> Mapping:
    return flat(cost, field, value, group, kind="rate", **more)


def level(
    at: str, cost: str, kind: Kind = "flat", field: str | None = None, group: str = "", scope: str | None = None
) -> Threshold:
    return Threshold(
        service="instance",
        field=field,
        level=Decimal(at),
        cost=Decimal(cost),
        kind=kind,
        group_id=group,
        scope_id=scope,
    )


def price(rules: list[Mapping | Threshold], **point: object) -> Decimal:
    """Of one point."""
    given = Point(**{"qty": 10, "metadata": SMALL, **point})  # type: ignore[arg-type]
    mappings = [rule for rule in rules if isinstance(rule, Mapping)]
    return prices([given], mappings, [rule for rule in rules if isinstance(rule, Threshold)])[0]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], "0"),
        ([rate("2")], "0"),
        ([flat("3"), flat("2", "flavor", "m1.small")], "30"),
        ([flat("3"), flat("4", "flavor", "m1.small")], "40"),
        ([flat("3"), flat("4", "flavor", "m1.large")], "30"),
        ([flat("3", group="a"), flat("2", "flavor", "m1.small", "b")], "50"),
        ([flat("3", group="a"), rate("2", group="b")], "30"),
        ([flat("3"), rate("2", "flavor", "m1.small"), rate("0.5", "vcpus", "4"), rate("7", "vcpus", "8")], "30"),
        ([flat("3"), rate("-2", "flavor", "m1.small")], "-60"),
        ([flat("-3")], "0"),
        ([flat("3"), flat("1", "absent", "")], "30"),
    ],
)
def test_mappings(rules: list[Mapping | Threshold], expected: str) -> None:
    assert price(rules) == Decimal(expected)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([level("10", "5")], "5"),
        ([level("10.000000000000000001", "5")], "0"),
        ([level("10", "5"), flat("1")], "15"),
        ([level("5", "9"), level("10", "5"), flat("1")], "15"),
        ([level("10", "0.5", "rate"), flat("1")], "5"),
        ([level("4", "5", field="vcpus"), flat("1")], "60"),
        ([level("4", "3", "rate", "vcpus"), flat("1")], "30"),
        ([level("4", "5", field="vcpus")], "50"),
        ([level("4", "5", field="vcpus"), level("4", "7"), flat("1")], "17"),
        ([level("4", "5", field="vcpus"), level("3", "7"), flat("1")], "60"),
        ([level("4", "5", field="vcpus"), level("3", "7", group="b"), flat("1")], "67"),
        ([level("4.1", "5", field="vcpus")], "0"),
        ([level("-1", "5"), level("-2", "6")], "0"),
        ([level("-0.5", "5")], "5"),
        ([level("1", "5", field="flavor"), flat("1")], "10"),
        ([level("1", "5", field="absent"), flat("1")], "10"),
        ([level("1", "5", group="b"), flat("-1", group="b"), flat("1")], "15"),
    ],
)
def test_thresholds(rules: list[Mapping | Threshold], expected: str) -> None:
    assert price(rules) == Decimal(expected)


def test_the_example_of_the_documentation() -> None:
    rules = [flat("0.001")], [level("50", "0.98", "rate"), level("200", "0.95", "rate")]
    found = prices([Point(qty=qty) for qty in (20, 50, 80, 250)], *rules)
    assert found == [Decimal(one) for one in ("0.02", "0.049", "0.0784", "0.2375")]


@pytest.mark.parametrize(
    ("rules", "own", "other"),
    [
        ([flat("3"), flat("1", scope_id="own")], "10", "30"),
        ([flat("3"), flat("1", scope_id="own", group="b")], "40", "30"),
        ([flat("3"), rate("2", scope_id="own")], "0", "30"),
        ([flat("3", "flavor", "m1.small"), flat("1", "flavor", "m1.small", scope_id="own")], "10", "30"),
        ([flat("3"), level("4", "7"), level("4", "0.5", "rate", scope="own")], "15", "37"),
        ([flat("3"), level("4", "7"), level("5", "0.5", "rate", scope="own")], "15", "37"),
        ([flat("3"), level("4", "7", field="vcpus"), level("4", "8", field="vcpus", scope="own")], "110", "100"),
        ([flat("3", scope_id="own")], "30", "0"),
    ],
)
def test_a_scopes_rule_replaces_the_general_one_of_its_slot(
    rules: list[Mapping | Threshold], own: str, other: str
) -> None:
    assert [price(rules, scope_id=scope) for scope in ("own", "other", None)] == list(map(Decimal, (own, other, other)))


@pytest.mark.parametrize(
    ("value", "matches"), [("4", True), ("4.0", False), ("True", False), (" 4", False), ("", False)]
)
def test_values_match_as_text(value: str, matches: bool) -> None:
    assert price([flat("1", "vcpus", "4")], metadata={"vcpus": value}) == (10 if matches else 0)


@pytest.mark.parametrize(
    ("value", "number"),
    [("4", 4), ("4.0", 4), (" 4 ", 4), ("4e0", 4), (".4E1", 4), ("True", 1), ("False", 0), ("+4", 4), ("-0.5", None)]
    + [(text, None) for text in ("", "four", "None", "4 GiB", "0x4", "1e40", "--4", "4,0")],
)
def test_numbers_that_fields_hold(value: str, number: int | None) -> None:
    levels: list[Mapping | Threshold] = [level(str(one), str(one + 1), field="vcpus") for one in range(5)]
    assert price(levels, metadata={"vcpus": value}) == (0 if number is None else 10 * (number + 1))


def test_what_groups_win_over_metadata() -> None:
    assert price([flat("1", "f", "g"), flat("2", "f", "m")], groupby={"f": "g"}, metadata={"f": "m"}) == 10


@pytest.mark.parametrize(
    ("begin", "tags"),
    [
        ("2026-01-01T00:00+00:00", ("00", "1", "1", "2026")),
        ("2026-01-04T00:00+00:00", ("01", "4", "1", "2026")),
        ("2026-08-01T23:59:59.999999+00:00", ("30", "213", "8", "2026")),
        ("2024-12-31T23:00-02:00", ("00", "1", "1", "2025")),
        ("2024-12-31T12:00+00:00", ("52", "366", "12", "2024")),
    ],
)
def test_date_tags_are_fields(begin: str, tags: tuple[str, ...]) -> None:
    names = ("week_of_the_year", "day_of_the_year", "month", "year")
    rules: list[Mapping | Threshold] = [flat("1", name, tag, group=name) for name, tag in zip(names, tags, strict=True)]
    assert price(rules, begin=datetime.fromisoformat(begin), groupby={"month": "own"}) == 40


def test_dated_rules_count_from_their_start_until_before_their_end() -> None:
    noon = datetime(2026, 8, 1, 12, tzinfo=UTC)
    rules = [flat("1", end_at=noon), flat("2", start_at=noon), flat("4", group="b", start_at=noon + timedelta(hours=1))]
    hours = [noon + timedelta(minutes=minutes) for minutes in (-1, 0, 59, 60, 700)]
    assert prices([Point(begin=begin) for begin in hours], rules) == [1, 2, 2, 6, 6]


def test_points_stay_apart_and_keep_what_they_cost_before() -> None:
    points = [Point(price="0.5"), Point(price="0.5"), Point(metric="other", price=7), Point(qty="-2")]
    assert prices(points, [flat("1")]) == [Decimal("1.5"), Decimal("1.5"), 7, -2]


def test_names_and_values_are_only_text() -> None:
    odd = ["O'Brien", "a=b", "=", "", "$1", "%s", "/* -- ;", "ключ", "line\nbreak"]
    fields = [Mapping(service="it's", field=name, value=name, cost=Decimal(1), group_id=name) for name in odd]
    assert prices([Point(metric="it's", metadata={name: name for name in odd})], fields) == [len(odd)]
    assert prices([Point(metric="it's", metadata={"a": "b=", "": "=", "=": ""})], fields) == [0]


def test_no_rules_and_no_points() -> None:
    assert prices([Point(price=3)], []) == [3]
    assert prices([], [flat("1")]) == []


AMOUNTS = st.integers(-300, 600).map(lambda cents: Decimal(cents).scaleb(-2))
NAMES = st.sampled_from(["", "a", "b"])


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(AMOUNTS, NAMES), max_size=6), st.lists(AMOUNTS, min_size=1, max_size=10))
def test_a_quantity_has_one_piece(rules: list[tuple[Decimal, str]], quantities: list[Decimal]) -> None:
    """No point is lost or doubled, and its price is that of its highest level."""
    levels = [level(str(at), "1", group=group) for at, group in rules]
    points = [Point(qty=quantity) for quantity in quantities]
    groups = {group for _at, group in rules}
    expected = [
        sum(any(-1 < at <= quantity for at, one in rules if one == group) for group in groups)
        for quantity in quantities
    ]
    assert prices(points, [], levels) == expected


def test_it_travels_to_trino() -> None:
    translated = to_trino(hashmap_model().sql)
    assert sqlglot.parse_one(translated, read="trino").sql("trino", pretty=True) == translated

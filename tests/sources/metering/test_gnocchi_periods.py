"""From Gnocchi's values to one number per period."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.sources.metering.extra_args import GnocchiArgs
from tallystick.sources.metering.gnocchi_periods import aggregated, by_period, first_moment, is_aligned

HOUR = 3600
THREE = range(10 * HOUR, 13 * HOUR, HOUR)


def args(**written: Any) -> GnocchiArgs:
    return GnocchiArgs.model_validate({"resource_type": "instance"} | written)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("max", "0.3"),
        ("min", "0.1"),
        ("sum", "0.6"),
        ("mean", "0.2"),
        ("median", "0.2"),
        ("first", "0.1"),
        ("last", "0.3"),
        ("count", "3"),
        ("rate:mean", "0.6"),
    ],
)
def test_decimals_are_aggregated_not_doubles(method: str, expected: str) -> None:
    assert aggregated([0.1, 0.2, 0.3], args(re_aggregation_method=method)) == expected
    assert aggregated([0.1, 0.2, 0.3], args(re_aggregation_method=method, period_aggregation="first")) == "0.1"


@pytest.mark.parametrize("method", "mean sum last max min std median first count rate:max".split())
def test_a_single_value_is_what_it_is(method: str) -> None:
    assert aggregated([0.1], args(re_aggregation_method=method)) == "0.1"


def test_a_third_has_more_digits_than_a_point_keeps() -> None:
    assert aggregated([0.0, 0.0, 1.0], args(re_aggregation_method="mean")).startswith("0." + "3" * 40)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], {}),
        ([(10 * HOUR, 1.0), (12 * HOUR + 300, 3.0), (12 * HOUR, 2.0)], {10 * HOUR: [1.0], 12 * HOUR: [2.0, 3.0]}),
        ([(10 * HOUR, 0.25), (10 * HOUR, 0.75)], {10 * HOUR: [1.0]}),
        ([(9 * HOUR, 1.0), (13 * HOUR, 1.0)], {}),
    ],
)
def test_values_belong_to_the_period_in_which_they_begin(
    values: list[tuple[int, float]], expected: dict[int, list[float]]
) -> None:
    assert by_period(values, THREE) == expected


def test_all_values_of_a_question_for_one_period_are_its_own() -> None:
    assert by_period([(9 * HOUR, 1.0), (10 * HOUR, 2.0)], THREE[:1]) == {10 * HOUR: [1.0, 2.0]}


@pytest.mark.parametrize(
    ("written", "starts", "expected"),
    [
        ({}, THREE, True),
        ({"force_granularity": 0}, THREE, True),
        ({"force_granularity": 300}, THREE, True),
        ({"force_granularity": 7200}, THREE, False),
        ({}, range(600, 8000, HOUR), False),
        ({"re_aggregation_method": "rate:max"}, THREE, False),
        ({"custom_query": "(rolling mean 2 (metric METRIC_NAME max))"}, THREE, False),
    ],
)
def test_periods_are_asked_for_together_where_no_value_belongs_to_two(
    written: dict[str, Any], starts: range, expected: bool
) -> None:
    assert is_aligned(args(**written), starts) is expected


def test_a_difference_needs_the_value_before() -> None:
    assert first_moment(args(), THREE) == 10 * HOUR
    assert first_moment(args(re_aggregation_method="rate:max", force_granularity=300), THREE) == 10 * HOUR - 300

"""Skip expressions: what they can say, and what is refused when they are configured."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tallystick.errors import ConfigError
from tallystick.rating.expressions import Expression, compile_expression

POINT: dict[str, Any] = {
    "vol": {"unit": "GiB", "qty": Decimal("1.50")},
    "rating": {"price": Decimal(0)},
    "groupby": {"id": "a-1", "project_id": "p", "month": "1"},
    "metadata": {"state": "Stopped", "size": "10"},
}


@pytest.mark.parametrize(
    ("text", "skipped"),
    [
        ("False", False),
        ("True", True),
        ('datapoint.get("vol", {}).get("qty", 0) == 0', False),
        ("datapoint['vol']['qty'] == 1.5", True),
        ("datapoint['rating']['price'] == 0 and datapoint['vol']['unit'] == 'GiB'", True),
        ("datapoint['metadata']['state'].lower() in ('stopped', 'deleted')", True),
        ("not datapoint['groupby'].get('user_id')", True),
        ("int(datapoint['metadata']['size']) > 10", False),
        ("0 < datapoint['vol']['qty'] <= Decimal('1.5')", True),
        ("datapoint['groupby']['id'].startswith('a-') if datapoint['groupby'] else False", True),
        ("any(value == 'p' for value in datapoint['groupby'].values())", True),
        ("[key for key in datapoint['metadata'] if key == 'none']", False),
        ("datapoint['groupby']['id'][0:1] + 'x' == 'ax'", True),
        ("len(excluded_datapoints) + len(filtered_datapoints) == 0", True),
        ("  usage_data_metric_name == ''  ", True),
        ("datapoint['vol']['qty'] * 2 - 3", False),
        ("f\"{datapoint['groupby']['id']}\" == 'a-1'", True),
    ],
)
def test_what_an_expression_says(text: str, skipped: bool) -> None:
    assert compile_expression(text)(POINT) is skipped


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no expression"),
        ("datapoint ==", "is no expression"),
        ("x = 1", "is no expression"),
        ("import os", "is no expression"),
        ("a; b", "is no expression"),
        ("__import__('os').system('id')", "uses .system; it may use"),
        ("open('/etc/passwd')", "names 'open'"),
        ("[0 for a in range(9)]", "names 'range'"),
        ("volume == 0", "names 'volume'; it may name datapoint, "),
        ("datapoint.__class__", "uses .__class__"),
        ("().__class__.__bases__[0].__subclasses__()", "uses .__"),
        ("datapoint['vol']['unit'].format(1)", "uses .format; it may use "),
        ("datapoint.pop('vol')", "uses .pop"),
        ("lambda: 1", "has a Lambda, which has no place in it"),
        ("(yield 1)", "has a Yield"),
        ("(datapoint := {})", "has a NamedExpr"),
        ("(" * 500 + "1" + ")" * 500, "is no expression"),
    ],
)
def test_what_is_refused_when_it_is_configured(text: str, reason: str) -> None:
    with pytest.raises(ConfigError) as refused:
        compile_expression(text)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "datapoint['metadata']['missing'] == 1",
        "datapoint['metadata']['state'] > 3",
        "1 / 0",
        "datapoint.lower()",
        "'x' * 10 ** 9",
        "9 ** 9 ** 9 ** 9",
        "f'{datapoint:__class__}'",
    ],
)
def test_what_fails_with_a_point_raises(text: str) -> None:
    with pytest.raises(Exception):  # noqa: B017 (whatever Python raises)
        compile_expression(text)(POINT)


def test_an_expression_knows_the_points_before() -> None:
    run = Expression("len(filtered_datapoints) >= 2 or usage_data_metric_name == 'x'").of("cpu")
    assert [run.skips(POINT) for _ in range(4)] == [False, False, True, True]
    assert Expression("usage_data_metric_name == 'x'").of("x").skips(POINT)

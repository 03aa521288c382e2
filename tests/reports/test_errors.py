"""Every way to ask wrongly, and the body that says so."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tallystick.errors import NotFoundError, QueryError

MONTH = "filter[time_scope_units]=month&filter[time_scope_value]=-1"
UNSUPPORTED = "Unsupported parameter or invalid value"

CASES: list[tuple[str, Any]] = [
    # unknown parameters, at each place
    ("foo=1", {"foo": [UNSUPPORTED]}),
    ("foo=1&bar=2", {"foo": [UNSUPPORTED], "bar": [UNSUPPORTED]}),
    ("filter[foo]=1", {"filter": {"foo": [UNSUPPORTED]}}),
    ("group_by[nonsense]=*", {"group_by": {"nonsense": [UNSUPPORTED]}}),
    ("order_by[foo]=asc", {"order_by": {"foo": [UNSUPPORTED]}}),
    ("exclude[foo]=1", {"exclude": {"foo": [UNSUPPORTED]}}),
    ("order_by[or:account]=asc&group_by[account]=*", {"order_by": {"or:account": [UNSUPPORTED]}}),
    ("filter[tag:unknown]=x", {"filter": {"tag:unknown": [UNSUPPORTED]}}),
    ("group_by[tag:unknown]=*", {"group_by": {"tag:unknown": [UNSUPPORTED]}}),
    ("exclude[tag:]=x", {"exclude": {"tag:": [UNSUPPORTED]}}),
    ("filter[instance_type]=m5", {"filter": {"instance_type": [UNSUPPORTED]}}),
    # blank values
    ("filter[account]=", {"filter": {"account": {"0": ["This field may not be blank."]}}}),
    ("filter[account]=a,&filter[account]=", {"filter": {"account": {"1": [...], "2": [...]}}}),
    # numbers
    ("filter[limit]=many&group_by[account]=*", {"filter": {"limit": [...]}}),
    ("filter[limit]=-1&group_by[account]=*", {"filter": {"limit": [...]}}),
    ("filter[offset]=-1&group_by[account]=*", {"filter": {"offset": [...]}}),
    ("limit=x", {"limit": ["A valid integer is required."]}),
    ("limit=-1", {"limit": [...]}),
    ("offset=-1", {"offset": [...]}),
    ("limit=99999999999999999999", {"limit": ["Ensure this value is less than or equal to 2147483647."]}),
    ("filter[account]=a\0b", {"filter[account]": ["Null characters are not allowed."]}),
    # choices
    ("filter[resolution]=weekly", {"filter": {"resolution": ['"weekly" is not a valid choice.']}}),
    ("filter[time_scope_units]=year", {"filter": {"time_scope_units": [...]}}),
    ("filter[time_scope_value]=-4", {"filter": {"time_scope_value": [...]}}),
    ("delta=usage", {"delta": ['"usage" is not a valid choice.']}),
    ("cost_type=free", {"cost_type": [...]}),
    ("currency=XYZ", {"currency": [...]}),
    ("currency=CHF", {"currency": [...]}),  # neither enabled nor billed
    ("order_by[cost]=up", {"order_by": {"cost": [...]}}),
    # not bracketed, or both
    ("filter=abc", {"filter": {"non_field_errors": [...]}}),
    ("group_by=account", {"group_by": {"non_field_errors": [...]}}),
    ("filter=abc&filter[account]=x", {"filter": {"non_field_errors": [...]}}),
    ("filter[a]=x&filter[a][b]=y", {"filter": {"a": [...]}}),
    ("limit[a]=3", {"limit": [UNSUPPORTED]}),
    # time scopes
    (
        "filter[time_scope_units]=day&filter[time_scope_value]=-2",
        {"filter": {"time_scope_value": ["Valid values are -10, -30, -90 when time_scope_units is day"]}},
    ),
    ("filter[time_scope_units]=month&filter[time_scope_value]=-10", {"filter": {"time_scope_value": [...]}}),
    (
        "filter[time_scope_units]=day&filter[time_scope_value]=-30&filter[resolution]=monthly",
        {"filter": {"resolution": [...]}},
    ),
    # dates
    ("start_date=2026-11-01", {"error": [...]}),
    ("end_date=2026-11-01", {"error": [...]}),
    ("start_date=yesterday&end_date=2026-11-01", {"start_date": [...]}),
    ("start_date=20261101&end_date=2026-11-02", {"start_date": [...]}),
    ("start_date=2026-11-02&end_date=2026-11-01", {"error": [...]}),
    ("start_date=2026-07-31&end_date=2026-11-01", {"error": [...]}),
    ("start_date=2026-11-01&end_date=2026-11-24", {"error": [...]}),
    (f"start_date=2026-11-01&end_date=2026-11-02&{MONTH}", {"error": [..., ...]}),
    ("start_date=2026-11-01&end_date=2026-11-02&delta=cost", {"error": [...]}),
    # groups and ranking
    ("filter[limit]=3", {"error": [...]}),
    ("filter[offset]=3", {"error": [...]}),
    (
        "group_by[service]=*&group_by[account]=*&group_by[region]=*",
        {"group_by": {"group_by": "Cost Management supports a max of 2 group_by options."}},
    ),
    ("group_by[org_unit_id]=*", {"group_by": {"org_unit_id": ...}}),
    ("group_by[org_unit_id]=a,b", {"group_by": {"org_unit_id": ...}}),
    ("group_by[org_unit_id]=a&group_by[account]=*", {"group_by": {"org_unit_id": ...}}),
    ("filter[exact:org_unit_id]=a", {"filter": {"exact:org_unit_id": [...]}}),
    # order
    ("order_by[account]=asc", {"order_by": {"account": ...}}),
    ("order_by[account_alias]=asc", {"order_by": {"account_alias": ...}}),
    ("order_by[delta]=asc", {"order_by": [...]}),
    ("order_by[date]=2026-11-01", {"order_by": {"date": ...}}),
    ("order_by[date]=2026-11-23&group_by[account]=*", {"order_by": {"date": ...}}),
    ("order_by[date]=2026-07-31&group_by[account]=*", {"order_by": {"date": ...}}),
    ("order_by[date]=soon&group_by[account]=*", {"order_by": {"date": ...}}),
]
OTHERS: list[tuple[str, str, Any]] = [
    ("aws/instance-types", "delta=cost", {"delta": [...]}),
    ("aws/instance-types", "group_by[org_unit_id]=a", {"group_by": {"org_unit_id": [...]}}),
    ("aws/resources/ec2-compute", "group_by[account]=*", {"group_by": {"non_field_errors": [...]}}),
    ("aws/resources/ec2-compute", "delta=cost", {"delta": [UNSUPPORTED]}),
    (
        "aws/resources/ec2-compute",
        "start_date=2026-11-01&end_date=2026-11-01",
        {"start_date": [...], "end_date": [...]},
    ),
    ("aws/resources/ec2-compute", "filter[limit]=1", {"filter": {"limit": [UNSUPPORTED]}}),
    ("aws/resources/ec2-compute", "filter[time_scope_units]=day", {"filter": {"time_scope_units": [...]}}),
    ("aws/resources/ec2-compute", "filter[service]=AmazonEC2", {"filter": {"service": [...]}}),
    ("focus/costs", "group_by[service]=*", {"group_by": {"service": [...]}}),
    ("focus/costs", "cost_type=unblended_cost", {"cost_type": [...]}),
    ("focus/costs", "filter[aws_category:env]=x", {"filter": {"aws_category:env": [...]}}),
    ("focus/costs", "start_date=1900-01-01&end_date=2026-11-01", {"error": [...]}),
    ("focus/costs", "start_date=9999-12-31&end_date=9999-12-31", {"error": [...]}),
    ("focus/costs", "start_date=0001-01-01&end_date=0001-01-31&delta=cost", {"error": [...]}),
    ("aws/resources/ec2-compute", "offset=99999999999999999999", {"offset": [...]}),
]


def agrees(body: Any, expected: Any) -> bool:
    """Whether a body has the expected form; ``...`` stands for any text."""
    if expected is ...:
        return isinstance(body, str) and bool(body)
    if isinstance(expected, dict):
        return (
            isinstance(body, dict)
            and body.keys() == expected.keys()
            and all(agrees(body[key], value) for key, value in expected.items())
        )
    if isinstance(expected, list):
        return isinstance(body, list) and len(body) == len(expected) and all(map(agrees, body, expected))
    return bool(body == expected)


@pytest.mark.parametrize(
    ("name", "query", "expected"),
    [*(("aws/costs", *case) for case in CASES), *OTHERS],
    ids=lambda value: str(value)[:80],
)
def test_wrong_question(bill: Any, ask: Any, name: str, query: str, expected: Any) -> None:
    bill.charge(date(2026, 11, 1), 1, {"app": "web"})
    with pytest.raises(QueryError) as refused:
        ask(bill.session(), query, name)
    assert agrees(refused.value.body, expected), refused.value.body


def test_unknown_report(bill: Any, ask: Any) -> None:
    with pytest.raises(NotFoundError, match="aws/costs"):
        ask(bill.session(), "", "aws/nothing")

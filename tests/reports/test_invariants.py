"""What holds for every ledger and every cost measure: groups add up to the total, days to months, to the last digit.

The expected sums are made here, in plain Decimal, from the rows themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Context, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallystick.lake.schemas import COST_MEASURES
from tallystick.reports.aws import AWS
from tallystick.reports.focus import FOCUS
from tallystick.reports.service import report

WIDE = Context(prec=200)
FIRST = date(2026, 9, 28)
DAYS = 40
RANGE = f"start_date={FIRST}&end_date={FIRST + timedelta(days=DAYS - 1)}&limit=0"

names = st.sampled_from([None, "a", "b", "B", "\u00e9", "No-service", "Others"])
money = st.decimals(min_value=Decimal(-(10**15)), max_value=Decimal(10**15), places=18, allow_nan=False)
rows = st.fixed_dictionaries(
    {
        "day": st.integers(0, DAYS - 1),
        "sub_account_id": names,
        "x_service_code": names,
        "region_id": names,
        "resource_id": names,
        "entry": st.sampled_from(["billed", "billed", "markup"]),
        "tags": st.dictionaries(st.sampled_from(["team", "cost"]), st.sampled_from(["x", "y", "No-team"])),
        "costs": st.lists(money, min_size=len(COST_MEASURES), max_size=len(COST_MEASURES)),
    }
)
ledgers = st.lists(rows, min_size=1, max_size=12)
quick = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

MEASURES = [("aws/costs", key, measure.column) for key, measure in AWS.measures.items()]
MEASURES += [("focus/costs", key, measure.column) for key, measure in FOCUS.measures.items()]
GROUPS: dict[str, list[tuple[str, Callable[[Any], str | None]]]] = {
    "aws/costs": [
        ("account", lambda row: row["sub_account_id"]),
        ("service", lambda row: row["x_service_code"]),
        ("region", lambda row: row["region_id"]),
        ("tag:team", lambda row: row["tags"].get("team")),
        ("tag:cost", lambda row: row["tags"].get("cost")),
    ],
    "focus/costs": [
        ("SubAccountId", lambda row: row["sub_account_id"]),
        ("ResourceId", lambda row: row["resource_id"]),
        ("tag:team", lambda row: row["tags"].get("team")),
    ],
}


def add(amounts: Any) -> Decimal:
    result = Decimal(0)
    for amount in amounts:
        result = WIDE.add(result, amount)
    return result


def filled(bill: Any, ledger: list[Any]) -> Any:
    """The session of a ledger; the tag keys exist in any case."""
    bill.charges.clear()
    bill.sets.clear()
    bill.charge(FIRST, 0, {"team": "x", "cost": "x"})
    for row in ledger:
        dimensions = {
            key: row[key] for key in ("sub_account_id", "x_service_code", "region_id", "resource_id", "entry")
        }
        measures = dict(zip(COST_MEASURES, row["costs"], strict=True))
        bill.charge(FIRST + timedelta(days=row["day"]), 0, row["tags"] or None, **dimensions, **measures)
    return bill.session()


def total_of(body: Any) -> Decimal:
    return body["meta"]["total"]["cost"]["total"]["value"]  # type: ignore[no-any-return]


@quick
@given(ledger=ledgers)
@pytest.mark.parametrize(("name", "key", "column"), MEASURES)
def test_totals_days_and_months(
    bill: Any, context: Any, parse: Any, leaves: Any, name: str, key: str, column: str, ledger: list[Any]
) -> None:
    session = filled(bill, ledger)
    index = COST_MEASURES.index(column)
    expected = add(row["costs"][index] for row in ledger)
    markup = add(row["costs"][index] for row in ledger if row["entry"] == "markup")
    by_month: dict[str, list[Decimal]] = defaultdict(list)
    for row in ledger:
        by_month[f"{FIRST + timedelta(days=row['day']):%Y-%m}"].append(row["costs"][index])
    query = f"{RANGE}&cost_type={key}"
    daily = report(session, name, parse(query), context).body
    monthly = report(session, name, parse(f"{query}&filter[resolution]=monthly"), context).body
    assert total_of(daily) == total_of(monthly) == expected
    assert daily["meta"]["total"]["infrastructure"]["markup"]["value"] == markup  # type: ignore[index]
    assert add(row["cost"]["total"]["value"] for row in leaves(daily)) == expected
    months = {row["date"]: row["cost"]["total"]["value"] for row in leaves(monthly)}
    assert {month: cost for month, cost in months.items() if cost} == {
        month: add(costs) for month, costs in by_month.items() if add(costs)
    }


@quick
@given(ledger=ledgers, limit=st.integers(1, 4), data=st.data())
@pytest.mark.parametrize("name", GROUPS)
def test_groups_add_up(
    bill: Any, context: Any, parse: Any, leaves: Any, name: str, ledger: list[Any], limit: int, data: Any
) -> None:
    """Each group is the sum of its rows; ranked or not, one level or two, the groups are the total."""
    session = filled(bill, ledger)
    _, key, column = data.draw(st.sampled_from([measure for measure in MEASURES if measure[0] == name]))
    index = COST_MEASURES.index(column)
    term, value_of = data.draw(st.sampled_from(GROUPS[name]))
    label = term.removeprefix("tag:") if term != "tag:cost" else term
    second, _ = data.draw(st.sampled_from([group for group in GROUPS[name] if group[0] != term]))
    expected: dict[str, list[Decimal]] = defaultdict(list)
    for row in ledger:
        value = value_of(row)
        expected[f"No-{term.removeprefix('tag:')}" if value is None else value].append(row["costs"][index])
    query = f"{RANGE}&cost_type={key}&group_by[{term}]=*"
    found: dict[str, list[Decimal]] = defaultdict(list)
    body = report(session, name, parse(query), context).body
    for leaf in leaves(body):
        found[leaf[label]].append(leaf["cost"]["total"]["value"])
    sums = {group: add(amounts) for group, amounts in found.items()}
    assert {group: cost for group, cost in sums.items() if cost} == {
        group: add(costs) for group, costs in expected.items() if add(costs)
    }
    for more in (f"filter[limit]={limit}", f"group_by[{second}]=*", f"group_by[{second}]=*&filter[limit]={limit}"):
        other = report(session, name, parse(f"{query}&{more}"), context).body
        assert add(leaf["cost"]["total"]["value"] for leaf in leaves(other)) == total_of(other) == total_of(body)


@quick
@given(ledger=ledgers, page=st.integers(1, DAYS), offset=st.integers(0, DAYS))
def test_pages_are_cut_from_the_whole(
    bill: Any, context: Any, parse: Any, ledger: list[Any], page: int, offset: int
) -> None:
    session = filled(bill, ledger)
    query = f"{RANGE}&group_by[service]=*"
    whole = report(session, "aws/costs", parse(query), context)
    paged = report(session, "aws/costs", parse(f"{query}&limit={page}&offset={offset}"), context)
    assert paged.body["data"] == whole.body["data"][offset : offset + page]  # type: ignore[index]
    assert paged.body["meta"]["total"] == whole.body["meta"]["total"]  # type: ignore[index]
    assert paged.rows == whole.rows

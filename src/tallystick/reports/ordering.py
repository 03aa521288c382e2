"""Reading ``order_by``: of several keys the last one counts."""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.reports.context import ReportContext
from tallystick.reports.messages import NOT_A_DATE, UNSUPPORTED
from tallystick.reports.question import Group, Order, OrderKey
from tallystick.reports.reader import Reader
from tallystick.reports.terms import Report
from tallystick.reports.time_scope import earliest_day

_KEYS = {
    "cost": OrderKey.COST,
    "infrastructure": OrderKey.COST,
    "supplementary": OrderKey.SUPPLEMENTARY,
    "usage": OrderKey.USAGE,
    "delta": OrderKey.DELTA,
}
_ECHO = {"cost": "cost_total", "infrastructure": "infra_total", "supplementary": "sup_total"}
_DIRECTIONS = ("asc", "desc")


def read_order(
    reader: Reader, report: Report, groups: Sequence[Group], context: ReportContext
) -> tuple[Order, dict[str, object]]:
    """How the answer is sorted, and what it repeats; what is wrong is noted."""
    order = _plain_order(report, report.default_order, descending=True)
    echo: dict[str, object] = {}
    for key, values in reader.mapping("order_by").items():
        if key == "date" and key in report.orders:
            found = _read_day(reader, report, groups, context, values[-1])
        else:
            found = _read_key(reader, report, groups, key, values[-1])
        if found is not None:
            order = found
            echo[_ECHO.get(key, key)] = values[-1]
    return order, echo


def _read_key(reader: Reader, report: Report, groups: Sequence[Group], key: str, value: str) -> Order | None:
    if reader.choice(("order_by", key), value, _DIRECTIONS) is None:
        return None
    descending = value == "desc"
    if key in report.orders and (key in _KEYS or report.instances):
        return _plain_order(report, key, descending)
    for index, group in enumerate(groups):
        if key in (group.term.key, group.term.alias):
            return Order(OrderKey.GROUP if key == group.term.key else OrderKey.ALIAS, descending, group=index)
    if key in report.groups or key in report.orders:
        reader.note(("order_by", key), f'Order-by "{key}" requires matching Group-by.')
    else:
        reader.note(("order_by", key), [UNSUPPORTED])
    return None


def _plain_order(report: Report, key: str, descending: bool) -> Order:
    """An order that needs no group."""
    return Order(_KEYS[key], descending) if not report.instances else Order(OrderKey.FIELD, descending, field=key)


def _read_day(
    reader: Reader, report: Report, groups: Sequence[Group], context: ReportContext, value: str
) -> Order | None:
    problems = len(reader.problems)
    day = reader.day(("order_by", "date"), value)
    if day is None or len(reader.problems) > problems:
        reader.problems["order_by"] = {"date": NOT_A_DATE}
        return None
    if not groups:
        reader.note(("order_by", "date"), 'Order-by "date" requires a Group-by.')
    earliest = context.retention_months and earliest_day(context.today, context.retention_months)
    if day > context.today or (earliest and report.family.retention and day < earliest):
        reader.note(("order_by", "date"), f"{day} is not among the days that can be ordered by.")
    return Order(OrderKey.DATE, descending=True, day=day)

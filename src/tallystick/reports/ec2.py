"""EC2 instances of a month: one row per instance, with its attributes as they were on its last day present."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from tallystick.engine.session import Session
from tallystick.reports.answer import Answer, FlatRow
from tallystick.reports.conditions import LEDGER, Bindings, currency_condition, question_conditions, time_condition
from tallystick.reports.context import ReportContext
from tallystick.reports.flat import flat_row
from tallystick.reports.links import page_links
from tallystick.reports.question import Paging, Question
from tallystick.reports.shape import Body, costs_of, value
from tallystick.reports.sql import Statement, cost_of, quantity_of, rows_of, where
from tallystick.reports.table import ZERO, Amounts

_ATTRIBUTES: Final = {
    "account": "sub_account_id",
    "account_name": "sub_account_name",
    "instance_name": "instance_name",
    "instance_type": "x_instance_type",
    "operating_system": "x_operating_system",
    "region": "region_id",
    "vcpu": "x_vcpu",
    "memory": "x_memory",
}
_ORDERS: Final = {"account_alias": "coalesce(account_name, account)", "cost": "total", "usage": "quantity"}
_SUMS: Final = ("raw", "markup", "usage", "quantity")


def instances_answer(
    session: Session,
    question: Question,
    query: Sequence[tuple[str, str]],
    context: ReportContext,
    currencies: tuple[str, list[str]],
) -> Answer:
    """The instances of the page asked for, in the first of ``currencies``; the second lists those left out.

    ``meta.total`` adds up all instances, shown or not.
    """
    currency, left_out = currencies
    statement = _statement(question, context, currency, question.paging)
    rows = session.rows(statement.sql, statement.parameters)
    found = rows
    if not rows and question.paging.offset:
        statement = _statement(question, context, currency, Paging(1, 0))
        found = session.rows(statement.sql, statement.parameters)
    leaves = _leaves(session, question, rows, currency)
    count, totals = (found[0][-5], found[0][-4:]) if found else (0, (ZERO,) * 4)
    limit, offset = question.paging.limit or count, question.paging.offset
    meta: Body = {
        **{"count": count, "limit": limit, "offset": offset, "currency": currency},
        **({"other_currencies": left_out} if left_out else {}),
        **{"cost_type": question.measure.key, **question.echo},
        "total": {**_usage(question, totals[3]), **costs_of(_amounts(totals), currency)},
    }
    links = page_links(context.base_path, query, count=count, limit=limit, offset=offset)
    body: Body = {"meta": meta, "links": links, "data": _data(question, leaves)}
    return Answer(body, Paging(0, 0), lambda: _flat_rows(question, leaves, currency))


def _statement(question: Question, context: ReportContext, currency: str, paging: Paging) -> Statement:
    """One row per instance of the page. Columns: resource, attributes, sums, sources, tag sets, count, totals."""
    bindings = Bindings()
    conditions = question_conditions(question, context.access, LEDGER, bindings)
    conditions += [currency_condition(currency, bindings), time_condition(question.scope, LEDGER, bindings)]
    columns = ", ".join(f"l.{column} AS {name}" for name, column in _ATTRIBUTES.items())
    lasting = ", ".join(f"max(CASE WHEN day = last_day THEN {name} END) AS {name}" for name in _ATTRIBUTES)
    totals = ", ".join(f"sum({name}) OVER ()" for name in _SUMS)
    direction = "DESC" if question.order.descending else "ASC"
    order = _ORDERS.get(question.order.field, question.order.field)
    limit = f" LIMIT {paging.limit}" if paging.limit else ""
    sql = (
        f"WITH lines AS (SELECT l.resource_id, l.period_start AS day, l.entry, l.x_source_id AS source,"
        f" l.dimension_set_id AS tag_set, {columns}, {cost_of(question)} AS cost, {quantity_of(question)} AS quantity"
        f" FROM {rows_of(question.report, LEDGER)} {where(conditions)}),"
        " dated AS (SELECT *, max(day) OVER (PARTITION BY resource_id) AS last_day FROM lines),"
        f" instances AS (SELECT resource_id, {lasting},"
        " coalesce(sum(CASE WHEN entry = 'billed' THEN cost END), 0) AS raw,"
        " coalesce(sum(CASE WHEN entry = 'markup' THEN cost END), 0) AS markup,"
        " coalesce(sum(CASE WHEN entry NOT IN ('billed', 'markup') THEN cost END), 0) AS usage,"
        " coalesce(sum(quantity), 0) AS quantity, sum(cost) AS total, array_agg(DISTINCT source) AS sources,"
        " array_agg(DISTINCT CASE WHEN day = last_day THEN tag_set END) AS tag_sets"
        " FROM dated GROUP BY resource_id)"
        f" SELECT resource_id, {', '.join(_ATTRIBUTES)}, {', '.join(_SUMS)}, sources, tag_sets, count(*) OVER (),"
        f" {totals} FROM instances ORDER BY {order} {direction} NULLS LAST, resource_id ASC"
        f"{limit} OFFSET {paging.offset}"
    )
    return Statement(sql, bindings.values)


def _leaves(session: Session, question: Question, rows: Sequence[tuple[Any, ...]], currency: str) -> list[Body]:
    tags = _tags_of(session, {tag_set for row in rows for tag_set in row[14] if tag_set is not None})
    return [_leaf(question, row, tags, currency) for row in rows]


def _leaf(question: Question, row: tuple[Any, ...], tags: dict[str, dict[str, str]], currency: str) -> Body:
    resource, account, alias, name, kind, system, region, vcpu, memory = row[:9]
    amounts = _amounts(row[9:13])
    values: dict[str, set[str]] = {}
    for tag_set in row[14]:
        for key, text in tags.get(tag_set, {}).items():
            values.setdefault(key, set()).add(text)
    return {
        "date": question.scope.text(question.scope.buckets[0]),
        "resource_id": resource,
        **_usage(question, row[12]),
        "source_uuid": sorted(row[13]),
        "account_alias": alias or account,
        "account": account,
        "instance_name": name,
        "instance_type": kind,
        "operating_system": system,
        "region": region,
        "vcpu": int(vcpu) if vcpu is not None and vcpu.isdecimal() else None,
        "memory": memory,
        "tags": [{"key": key, "values": sorted(texts)} for key, texts in sorted(values.items())],
        **costs_of(amounts, currency),
    }


def _tags_of(session: Session, tag_sets: set[str]) -> dict[str, dict[str, str]]:
    """The tags of each set."""
    if not tag_sets:
        return {}
    bindings = Bindings()
    rows = session.rows(
        "SELECT DISTINCT dimension_set_id, key, value FROM dimension_sets"
        f" WHERE kind = 'tag' AND dimension_set_id IN ({bindings.bind_all(sorted(tag_sets))})",
        bindings.values,
    )
    result: dict[str, dict[str, str]] = {}
    for tag_set, key, text in rows:
        result.setdefault(tag_set, {})[key] = text
    return result


def _amounts(sums: Sequence[Any]) -> Amounts:
    return Amounts(raw=sums[0], markup=sums[1], usage=sums[2], quantity=sums[3])


def _usage(question: Question, amount: Any) -> Body:
    quantity = question.report.quantity
    return {} if quantity is None else {"usage": value(amount, quantity.unit)}


def _data(question: Question, leaves: Sequence[Body]) -> list[Body]:
    if not leaves:
        return []
    items = [{"resource_id": leaf["resource_id"], "values": [leaf]} for leaf in leaves]
    return [{"date": question.scope.text(question.scope.buckets[0]), "resource_ids": items}]


def _flat_rows(question: Question, leaves: Sequence[Body], currency: str) -> list[FlatRow]:
    names = question.report.csv_names or {}
    return [flat_row({key: thing for key, thing in leaf.items() if key != "tags"}, currency, names) for leaf in leaves]

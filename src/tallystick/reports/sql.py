"""The one aggregate query behind every report: a single pass over the postings.

Grain of an answer: period (0 the one asked about, 1 the one before it), bucket of time, place in the ranking, groups,
entry and source. Everything else (totals, shape, change) is derived from these few rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tallystick.access import Access
from tallystick.reports.conditions import (
    CURRENCY,
    LEDGER_DAILY,
    Bindings,
    Relation,
    chosen_conditions,
    dictionary_condition,
    postings_of,
    question_conditions,
    report_conditions,
    time_condition,
)
from tallystick.reports.question import Group, Order, OrderKey, Question
from tallystick.reports.terms import Report, TermKind

_COLUMN: Final = re.compile(r"\bl\.(\w+)")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and the values of its parameters."""

    sql: str
    parameters: dict[str, object]


def currencies_statement(question: Question, access: Access) -> Statement:
    """The currencies of the rows that a question is about."""
    bindings = Bindings()
    relation = postings_of(question)
    conditions = question_conditions(question, access, relation, bindings)
    conditions.append(time_condition(question.scope, relation, bindings))
    rows = rows_of(question.report, relation)
    sql = f"SELECT DISTINCT {CURRENCY} FROM {rows} {where(conditions)}"
    return Statement(sql, bindings.values)


def rollup_statement(question: Question, access: Access) -> Statement | None:
    """The rows that a question and all that are like it but for dates and values can be answered from.

    They are the postings of a release by day, currency, entry, source and the columns that the question names; None
    where it needs finer rows. Columns: those under their own names, ``t0``... the values of grouped tags, ``cost`` and
    ``quantity``.
    """
    relation = postings_of(question)
    if relation is not LEDGER_DAILY or question.report.instances or question.order.key is OrderKey.DATE:
        return None
    columns = _columns_named(question, access, relation)
    if relation.dimension_set in columns:
        return None
    bindings = Bindings()
    joins = "".join(_join(index, group, relation, bindings) for index, group in enumerate(question.groups))
    keys = [f"l.{name}" for name in columns]
    tags = [f"t{index}.value" for index, group in enumerate(question.groups) if _is_tag(group)]
    named = [*keys, *(f"{tag} AS {tag.partition('.')[0]}" for tag in tags)]
    amounts = {"cost": cost_of(question), "quantity": quantity_of(question)}
    sums = ", ".join(_added(name, expression) for name, expression in amounts.items())
    rows = f"{relation.name} AS l{joins} {where(report_conditions(question.report))}"
    sql = f"SELECT {', '.join(named)}, {sums} FROM {rows} GROUP BY {', '.join([*keys, *tags])}"
    return Statement(sql, bindings.values)


def _columns_named(question: Question, access: Access, relation: Relation) -> list[str]:
    """The columns of rows that a question's keys and conditions read."""
    conditions = chosen_conditions(question, access, relation, Bindings())
    aliases = [_alias(group) for group in question.groups]
    read = [*conditions, *aliases, *_group_columns(question.groups, None)]
    found = {name for text in read for name in _COLUMN.findall(text)}
    return sorted(found | {relation.day, "billing_currency", "entry", "x_source_id"})


def cells_statement(
    question: Question, access: Access, window: range | None = None, rollup: str | None = None
) -> Statement:
    """The cells of a report; with a window, only the cells of its buckets are told apart.

    ``rollup`` names a table that holds the rows of the question's rollup statement, where there is one.

    Columns: currency, period, bucket, place, groups, aliases, entry, source, cost, quantity, weight, count. ``place``
    counts the groups of a ranking from 1, in each currency; NULL are the groups beyond it, merged (their group columns
    are NULL too); ``count`` is the number of groups ranked. Without a ranking in SQL both are NULL. ``weight`` is what
    an order by one day needs. ``bucket`` is a day of the bucket; NULL stands for all that lie outside the window: they
    count in totals and rankings, and are not shown.
    """
    bindings = Bindings()
    cells = _cells(question, access, bindings, window, rollup)
    if question.ranking is None or question.order.key is OrderKey.DELTA:
        names = "".join(f", {name}" for name in (*_names("g", question), *_names("a", question)))
        sql = (
            f"WITH cells AS ({cells}) SELECT currency, period, bucket, CAST(NULL AS BIGINT) AS place{names},"
            " entry, source, cost, quantity, weight, CAST(NULL AS BIGINT) AS group_count FROM cells"
        )
        return Statement(sql, bindings.values)
    return Statement(_ranked(question, cells), bindings.values)


def _names(letter: str, question: Question) -> list[str]:
    return [f"{letter}{index}" for index, _ in enumerate(question.groups)]


def _cells(question: Question, access: Access, bindings: Bindings, window: range | None, rollup: str | None) -> str:
    """The aggregate: keys and amounts named row by row, then summed by key."""
    relation = postings_of(question)
    conditions = chosen_conditions(question, access, relation, bindings)
    now = time_condition(question.scope, relation, bindings)
    period = "0"
    if question.delta is not None:
        before = time_condition(question.scope.prior(), relation, bindings)
        period = f"CASE WHEN {now} THEN 0 ELSE 1 END"
        now = f"(({now}) OR ({before}))"
    if rollup is None:
        conditions = report_conditions(question.report) + conditions
        joins = "".join(_join(index, group, relation, bindings) for index, group in enumerate(question.groups))
        source, cost, quantity = rows_of(question.report, relation) + joins, cost_of(question), quantity_of(question)
    else:
        source, cost, quantity = f"{rollup} AS l", "l.cost", quantity_of(question) and "l.quantity"
    rows = {
        "currency": CURRENCY,
        "period": period,
        "bucket": _bucket(question, relation, period, window),
        **dict(zip(_names("g", question), _group_columns(question.groups, rollup), strict=True)),
        "entry": "l.entry",
        "source": "l.x_source_id",
    }
    keys = ", ".join(rows)
    sums = {
        **{f"a{index}": _alias(group) for index, group in enumerate(question.groups)},
        "cost": cost,
        "quantity": quantity,
        "weight": _on_day(question, relation, bindings),
    }
    columns = ", ".join(f"{expression} AS {name}" for name, expression in (rows | sums).items() if expression)
    added = ", ".join(_added(name, name if expression else "") for name, expression in sums.items())
    return (
        f"SELECT {keys}, {added} FROM (SELECT {columns} FROM {source} {where([*conditions, now])}) AS r GROUP BY {keys}"
    )


def _added(name: str, expression: str) -> str:
    """An aggregate of the cells; what nothing is added up for is NULL at no cost."""
    if name.startswith("a"):
        return f"max({expression}) AS {name}" if expression else f"CAST(NULL AS VARCHAR) AS {name}"
    return f"sum({expression}) AS {name}" if expression else f"CAST(NULL AS DECIMAL(38, 18)) AS {name}"


def _bucket(question: Question, relation: Relation, period: str, window: range | None) -> str:
    """A row's day, or the last day of its month; NULL outside the window.

    Days of a prior period stand for the days that follow them.
    """
    day = f"l.{relation.day}"
    shift = question.scope.day_shift if question.delta is not None else 0
    if shift:
        day = f"CASE WHEN {period} = 0 THEN {day} ELSE {day} + INTERVAL '{shift}' DAY END"
    bucket = f"last_day({day})" if question.scope.monthly else f"CAST({day} AS DATE)"
    if window is None:
        return bucket
    first, end = question.scope.start_of(window.start), question.scope.start_of(window.stop)
    return f"CASE WHEN {day} >= DATE '{first}' AND {day} < DATE '{end}' THEN {bucket} END"


def _is_tag(group: Group) -> bool:
    return group.term.kind is not TermKind.COLUMN


def _group_columns(groups: tuple[Group, ...], rollup: str | None) -> list[str]:
    tag = "t{}.value" if rollup is None else "l.t{}"
    return [tag.format(index) if _is_tag(group) else group.term.values[0] for index, group in enumerate(groups)]


def _alias(group: Group) -> str:
    """Empty where a group has none, as are the amounts that a report does not need."""
    return f"l.{group.term.columns[1]}" if group.term.alias else ""


def rows_of(report: Report, relation: Relation) -> str:
    """The rows of a table as ``l``; for reports of instances with the ``Name`` tag as ``instance_name``."""
    if not report.instances:
        return f"{relation.name} AS l"
    return (
        "(SELECT b.*, n.value AS instance_name"
        f" FROM {relation.name} AS b LEFT JOIN (SELECT DISTINCT dimension_set_id, value FROM dimension_sets"
        f" WHERE kind = 'tag' AND key = 'Name') AS n ON n.dimension_set_id = b.{relation.dimension_set}) AS l"
    )


def cost_of(question: Question) -> str:
    """What a row costs in the question's measure."""
    column = f"l.{question.measure.column}"
    skipped = (question.report.skipped_lines or {}).get(question.measure.key)
    if not skipped:
        return column
    types = ", ".join(f"'{name}'" for name in skipped)
    return f"CASE WHEN coalesce(l.x_line_item_type, '') NOT IN ({types}) THEN {column} END"


def quantity_of(question: Question) -> str:
    """The amount of usage of a row that the report adds up: none where its unit is another, empty for costs alone."""
    quantity = question.report.quantity
    if quantity is None:
        return "l.x_usage_quantity" if question.order.key is OrderKey.USAGE else ""
    units = ", ".join(f"'{unit}'" for unit in quantity.row_units)
    return f"CASE WHEN lower(l.pricing_unit) IN ({units}) THEN l.{quantity.column} END"


def _on_day(question: Question, relation: Relation, bindings: Bindings) -> str:
    """What a row weighs where groups are ordered by one day."""
    if question.order.key is not OrderKey.DATE:
        return ""
    day = bindings.bind(question.order.day)
    amount = quantity_of(question) if question.report.quantity else cost_of(question)
    return f"CASE WHEN CAST(l.{relation.day} AS DATE) = {day} THEN {amount} END"


def _join(index: int, group: Group, relation: Relation, bindings: Bindings) -> str:
    """Rows beside the value of a tag, one for each set of tags."""
    if not _is_tag(group):
        return ""
    return (
        f" LEFT JOIN (SELECT DISTINCT dimension_set_id, value FROM dimension_sets"
        f" WHERE {dictionary_condition(group.term, bindings)}) AS t{index}"
        f" ON t{index}.dimension_set_id = l.{relation.dimension_set}"
    )


def _ranked(question: Question, cells: str) -> str:
    """Rank the groups of the period asked about; merge those beyond the limit."""
    ranking = question.ranking
    assert ranking is not None
    names, aliases = _names("g", question), _names("a", question)
    groups, named = ", ".join(names), ", ".join(f"max({alias}) AS {alias}" for alias in aliases)
    first = ranking.offset or 0
    shown = f"k.place > {first}" + ("" if ranking.limit is None else f" AND k.place <= {first + ranking.limit}")
    same = " AND ".join(
        ["c.currency IS NOT DISTINCT FROM k.currency", *(f"c.{name} IS NOT DISTINCT FROM k.{name}" for name in names)]
    )
    kept = ", ".join(f"CASE WHEN {shown} THEN k.{name} END AS {name}" for name in ("place", *names))
    return (
        f"WITH cells AS ({cells}),"
        f" totals AS (SELECT currency, {groups}, {named}, {_weight(question.order)} AS weight FROM cells"
        f" WHERE period = 0 GROUP BY currency, {groups}),"
        f" ranked AS (SELECT currency, {groups}, count(*) OVER (PARTITION BY currency) AS group_count,"
        f" row_number() OVER (PARTITION BY currency ORDER BY {_rank_order(question.order, names)}) AS place"
        " FROM totals),"
        f" placed AS (SELECT c.currency, c.period, c.bucket, {kept}, {', '.join(f'c.{alias}' for alias in aliases)},"
        " c.entry, c.source, c.cost, c.quantity, c.weight, coalesce(k.group_count, 0) AS group_count"
        f" FROM cells AS c LEFT JOIN ranked AS k ON {same})"
        f" SELECT currency, period, bucket, place, {groups}, {named}, entry, source, sum(cost) AS cost,"
        " sum(quantity) AS quantity, sum(weight) AS weight, max(group_count) AS group_count"
        f" FROM placed GROUP BY currency, period, bucket, place, {groups}, entry, source"
    )


def _weight(order: Order) -> str:
    if order.key is OrderKey.COST:
        return "sum(cost)"
    if order.key is OrderKey.USAGE:
        return "sum(quantity)"
    if order.key is OrderKey.DATE:
        return "sum(weight)"
    return "0"


def _rank_order(order: Order, names: list[str]) -> str:
    direction = "DESC" if order.descending else "ASC"
    first = "weight"
    if order.key is OrderKey.GROUP:
        first = names[order.group]
    elif order.key is OrderKey.ALIAS:
        first = f"coalesce(a{order.group}, {names[order.group]})"
    return ", ".join([f"{first} {direction} NULLS LAST", *(f"{name} ASC NULLS LAST" for name in names)])


def where(conditions: list[str]) -> str:
    """A WHERE clause of conditions that must all hold."""
    return "WHERE " + " AND ".join(conditions) if conditions else ""

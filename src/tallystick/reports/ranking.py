"""Sorting groups, and keeping the first of a ranking: ``filter[limit]`` and ``filter[offset]``.

A ranking orders the groups over the whole period, so that every bucket of time shows the same groups in the same
order. It is made in SQL; only an order by change needs both periods and is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TypeVar

from tallystick.reports.delta import amount_of, change
from tallystick.reports.question import OrderKey, Question, Ranking
from tallystick.reports.table import ZERO, Amounts, Buckets, Key, Table

Row = tuple[Key | None, Amounts, Amounts | None]
"""A group in a bucket of time: its key, its amounts, and those of the prior period where a delta is asked."""

Weight = Decimal | str | None
Item = TypeVar("Item")


def sort_rows(rows: Iterable[Row], question: Question, table: Table, by_name: Mapping[Key | None, int]) -> list[Row]:
    """Rows in the order asked for: missing values last, ties by name (`name_order` of the table)."""
    named = sorted(rows, key=lambda row: by_name[row[0]])
    return by_weight(named, _weigher(question, table), descending=question.order.descending)


def by_weight(rows: Iterable[Item], weigh: Callable[[Item], Weight], *, descending: bool) -> list[Item]:
    """Items by what they weigh; equal ones stay in their order, those without a weight come last."""
    weighed = [(weigh(row), row) for row in rows]
    present = [(weight, row) for weight, row in weighed if weight is not None]
    present.sort(key=lambda pair: pair[0], reverse=descending)
    return [row for _, row in present] + [row for weight, row in weighed if weight is None]


def name_order(table: Table) -> dict[Key | None, int]:
    """The place of every group of a table when they are sorted by name."""
    keys = {key for cells in table.now.values() for key in cells}
    return {key: place for place, key in enumerate(sorted(keys, key=lambda key: _name_key(key or ())))}


def _name_key(key: Key) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, value or "") for value in key)


def _weigher(question: Question, table: Table) -> Callable[[Row], Weight]:
    """What a row is sorted by; None is missing."""
    order, delta = question.order, question.delta or ""

    def by_group(name: Callable[[Key], Weight]) -> Callable[[Row], Weight]:
        return lambda row: None if row[0] is None else name(row[0])

    weighers: dict[OrderKey, Callable[[Row], Weight]] = {
        OrderKey.COST: lambda row: row[1].total,
        OrderKey.USAGE: lambda row: row[1].quantity,
        OrderKey.DELTA: lambda row: change(amount_of(delta, row[1]), amount_of(delta, row[2])).percent,
        OrderKey.GROUP: by_group(lambda key: key[order.group]),
        OrderKey.ALIAS: by_group(lambda key: table.alias(order.group, key[order.group])),
        OrderKey.DATE: by_group(table.weights.get),
    }
    return weighers.get(order.key, lambda _: ZERO)


def rank_by_change(table: Table, question: Question, ranking: Ranking) -> Table:
    """A table ranked by its change from the prior period, with the groups beyond the limit merged."""
    now, before = _by_group(table.now), _by_group(table.before)
    rows: list[Row] = [(key, amounts, before.get(key)) for key, amounts in now.items()]
    ordered = sort_rows(rows, question, table, name_order(table))
    first = ranking.offset or 0
    stop = len(ordered) if ranking.limit is None else first + ranking.limit
    places = {key: first + index + 1 for index, (key, _, _) in enumerate(ordered[first:stop]) if key is not None}
    return Table(
        now=_merge_others(table.now, places),
        before=_merge_others(table.before, places),
        aliases=table.aliases,
        places=places,
        group_count=len(ordered),
    )


def _by_group(buckets: Buckets) -> dict[Key | None, Amounts]:
    result: dict[Key | None, Amounts] = {}
    for cells in buckets.values():
        for key, amounts in cells.items():
            result.setdefault(key, Amounts()).merge(amounts)
    return result


def _merge_others(buckets: Buckets, places: dict[Key, int]) -> Buckets:
    result: Buckets = {}
    for bucket, cells in buckets.items():
        merged = result.setdefault(bucket, {})
        for key, amounts in cells.items():
            merged.setdefault(key if key in places else None, Amounts()).merge(amounts)
    return result

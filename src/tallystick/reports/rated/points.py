"""The rated points themselves, one by one, with what they were delivered with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from tallystick.engine.session import Session
from tallystick.reports.conditions import Bindings
from tallystick.reports.rated.question import Page, Selection
from tallystick.reports.rated.rows import attribute_kinds, posting_rows, selection_conditions
from tallystick.reports.rated.summary import paging

_COLUMNS: Final = (
    "period_start period_end service_name sub_account_id pricing_unit consumed_quantity billed_cost charge_description"
    " dimension_set_id"
).split()
_AT_ONCE: Final = 1000
"""Sets of attributes that one statement asks for."""


@dataclass(frozen=True, slots=True)
class RatedPoint:
    """A point with its price."""

    begin: datetime
    end: datetime
    metric: str
    scope: str
    unit: str
    qty: Decimal
    price: Decimal
    description: str | None
    groupby: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Points:
    """A page of points, the earliest first, and how many there are in all."""

    total: int
    points: list[RatedPoint]


def rated_points(session: Session, selection: Selection, page: Page) -> Points:
    """The points of a page in a declared total order."""
    bindings = Bindings()
    rows = posting_rows("ledger", attribute_kinds(session, [term for term, _ in selection.filters]), bindings)
    where = " AND ".join(selection_conditions(rows, selection, bindings))
    body = f"FROM {rows.source} WHERE {where}"
    columns = ", ".join(f"l.{name}" for name in _COLUMNS)
    order = ", ".join(f"l.{name} NULLS FIRST" for name in _COLUMNS)
    found = session.rows(f"SELECT {columns} {body} ORDER BY {order}{paging(page)}", bindings.values)
    total = len(found)
    if page.offset or total == page.limit:
        ((total,),) = session.rows(f"SELECT count(*) {body}", bindings.values)
    sets = _attribute_sets(session, sorted({row[-1] for row in found if row[-1] is not None}))
    return Points(total, [_point(row, sets) for row in found])


def scopes_seen(session: Session) -> list[str]:
    """Every scope that has a rated point, sorted."""
    text = "SELECT DISTINCT sub_account_id AS scope FROM ledger_daily WHERE entry = 'rated'"
    table = session.rollup(text, {})
    rows = session.rows(f"SELECT scope FROM {table}" if table else text)
    return sorted(scope for (scope,) in rows if scope is not None)


_Sets = dict[str, dict[str, dict[str, str]]]


def _attribute_sets(session: Session, ids: Sequence[str]) -> _Sets:
    """By id and kind, the pairs of dimension sets as they were delivered."""
    sets: _Sets = {}
    for first in range(0, len(ids), _AT_ONCE):
        bindings = Bindings()
        wanted = bindings.bind_all(ids[first : first + _AT_ONCE])
        for set_id, kind, key, value in session.rows(
            "SELECT DISTINCT dimension_set_id, kind, key, value FROM charge_sets"
            f" WHERE dimension_set_id IN ({wanted}) ORDER BY dimension_set_id, kind, key",
            bindings.values,
        ):
            sets.setdefault(set_id, {}).setdefault(kind, {})[key] = value
    return sets


def _point(row: tuple[object, ...], sets: _Sets) -> RatedPoint:
    begin, end, metric, scope, unit, qty, price, description, set_id = row
    kinds = sets.get(str(set_id), {})
    assert isinstance(begin, datetime)
    assert isinstance(end, datetime)
    return RatedPoint(
        begin=begin.replace(tzinfo=UTC),
        end=end.replace(tzinfo=UTC),
        metric=str(metric),
        scope=str(scope),
        unit=str(unit or "undefined"),
        qty=_decimal(qty),
        price=_decimal(price),
        description=None if description is None else str(description),
        groupby=kinds.get("tag", {}),
        metadata=kinds.get("metadata", {}),
    )


def _decimal(value: object) -> Decimal:
    assert value is None or isinstance(value, Decimal)
    return value or Decimal(0)

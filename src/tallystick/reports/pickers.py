"""Resource types: the values that a caller may choose from, for each kind of resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tallystick.engine.session import Session
from tallystick.errors import NotFoundError
from tallystick.reports import aws
from tallystick.reports.conditions import LEDGER, LEDGER_DAILY, Bindings, Relation, access_conditions, report_conditions
from tallystick.reports.context import ReportContext
from tallystick.reports.denial import check_door
from tallystick.reports.links import page_links
from tallystick.reports.listing import Pairs, simple_list
from tallystick.reports.reader import Reader
from tallystick.reports.shape import Body
from tallystick.reports.sql import rows_of, where
from tallystick.reports.terms import Report
from tallystick.reports.units import ACCESS as UNIT_ACCESS

MAX_LIMIT: Final = 20_000
UNITS: Final = "aws-organizational-units"
DEFAULT_LIMIT: Final = 10
_WORDS: Final = ("search", "limit", "openshift")
_CATEGORY_WORDS: Final = ("key", "value", "search", "account", "openshift", "limit", "key_only")


@dataclass(frozen=True, slots=True)
class Picker:
    """A column whose distinct values can be chosen from."""

    report: Report
    relation: Relation
    column: str
    alias: str | None = None
    alias_field: str | None = None


PICKERS: Final[Mapping[str, Picker | None]] = {
    "aws-accounts": Picker(aws.COSTS, LEDGER_DAILY, "sub_account_id", "sub_account_name", "account_alias"),
    "aws-services": Picker(aws.COSTS, LEDGER_DAILY, "x_service_code"),
    "aws-regions": Picker(aws.COSTS, LEDGER_DAILY, "region_id"),
    UNITS: None,
    "aws-ec2-compute-instances": Picker(aws.EC2_COMPUTE, LEDGER, "resource_id", "instance_name", "instance_name"),
    "aws-ec2-compute-os": Picker(aws.EC2_COMPUTE, LEDGER, "x_operating_system"),
}
"""None: the values are no column of rows."""


def picker(session: Session, kind: str, query: Pairs, context: ReportContext) -> Body:
    """The values of a kind such as ``aws-accounts``. Raises NotFoundError, QueryError and AccessError."""
    if kind == "aws-categories":
        return _categories(session, query, context)
    if kind not in PICKERS:
        raise NotFoundError(f"There is no resource type {kind!r}; there are: {', '.join(PICKERS)}, aws-categories")
    check_door(context.access, "resource-types/aws")
    reader, limit = simple_list(query, _WORDS, MAX_LIMIT, DEFAULT_LIMIT)
    chosen = PICKERS[kind]
    if _is_true(reader, "openshift"):
        items: list[object] = []
    else:
        items = _units(reader, context) if chosen is None else _items(session, chosen, reader, context)
    return _envelope(items, limit, query, context)


def picker_counts(session: Session, context: ReportContext) -> dict[str, int]:
    """How many values the caller may choose from, by kind."""
    reader = Reader({})
    return {
        kind: len(_units(reader, context) if chosen is None else _items(session, chosen, reader, context))
        for kind, chosen in PICKERS.items()
    }


def _units(reader: Reader, context: ReportContext) -> list[object]:
    """The organizational units of today."""
    granted, search = context.access.granted(UNIT_ACCESS), (reader.scalar("search") or "").lower()
    today = context.organization.standing(context.today, context.today + timedelta(days=1))
    units = [place.node for place in today if not place.node.is_account]
    seen = [unit.node_id for unit in units if granted is None or granted.intersection(unit.path)]
    return [{"value": unit} for unit in sorted(seen) if search in unit.lower()]


def _items(session: Session, chosen: Picker, reader: Reader, context: ReportContext) -> list[object]:
    bindings = Bindings()
    conditions = [
        *report_conditions(chosen.report),
        *access_conditions(chosen.report.family, context.access, bindings),
        f"l.{chosen.column} IS NOT NULL",
    ]
    search = reader.scalar("search")
    if search:
        columns = [chosen.column, *([chosen.alias] if chosen.alias else [])]
        text = bindings.bind(search)
        conditions.append("(" + " OR ".join(f"strpos(lower(l.{name}), lower({text})) > 0" for name in columns) + ")")
    alias = f"max(l.{chosen.alias})" if chosen.alias else "CAST(NULL AS VARCHAR)"
    rows = session.rows(
        f"SELECT l.{chosen.column} AS value, {alias} FROM {rows_of(chosen.report, chosen.relation)}"
        f" {where(conditions)} GROUP BY l.{chosen.column} ORDER BY l.{chosen.column}",
        bindings.values,
    )
    if chosen.alias_field is None:
        return [{"value": value} for value, _ in rows]
    return [{chosen.alias_field: alias or value, "value": value} for value, alias in rows]


def _categories(session: Session, query: Pairs, context: ReportContext) -> Body:
    """AWS cost categories with their values."""
    check_door(context.access, "resource-types/aws")
    reader, limit = simple_list(query, _CATEGORY_WORDS, MAX_LIMIT, DEFAULT_LIMIT)
    bindings = Bindings()
    rows_seen = [*report_conditions(aws.COSTS), *access_conditions(aws.AWS, context.access, bindings)]
    account = reader.scalar("account")
    if account:
        rows_seen.append(f"l.sub_account_id = {bindings.bind(account)}")
    if _is_true(reader, "openshift"):
        rows_seen.append("false")
    conditions = ["kind = 'category'"]
    for name, columns in {"key": ("key",), "value": ("value",), "search": ("key", "value")}.items():
        wish = reader.scalar(name)
        if wish:
            text = bindings.bind(wish)
            conditions.append(
                "(" + " OR ".join(f"strpos(lower({column}), lower({text})) > 0" for column in columns) + ")"
            )
    rows = session.rows(
        f"SELECT DISTINCT key, value FROM dimension_sets {where(conditions)} AND dimension_set_id IN"
        f" (SELECT l.dimension_set_id FROM ledger_daily AS l {where(rows_seen)}) ORDER BY key, value",
        bindings.values,
    )
    values: dict[str, list[str]] = {}
    for key, value in rows:
        values.setdefault(key, []).append(value)
    if _is_true(reader, "key_only"):
        return _envelope(list(values), limit, query, context)
    items = [{"key": key, "values": found, "enabled": "True"} for key, found in values.items()]
    return _envelope(items, limit, query, context)


def _is_true(reader: Reader, name: str) -> bool:
    return (reader.scalar(name) or "").lower() in ("true", "1")


def _envelope(items: Sequence[object], limit: int, query: Pairs, context: ReportContext) -> Body:
    links = page_links(context.base_path, query, count=len(items), limit=limit, offset=0)
    return {"meta": {"count": len(items), "limit": limit, "offset": 0}, "links": links, "data": list(items[:limit])}

"""The rows that a question reads, and how they say what it asks about: SQL with every value bound.

Either postings of entry ``rated``, beside the values of the attributes that are named, or a rollup of them by metric,
scope, day and those attributes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tallystick.engine.session import Session
from tallystick.reports.conditions import Bindings
from tallystick.reports.rated.question import CALENDAR, Selection, Term, TermKind

_RATED: Final = "l.entry = 'rated'"
_SUNDAY: Final = "DATE '0001-01-07'"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows called ``l``: where they come from, and the expressions of what they say."""

    source: str
    conditions: tuple[str, ...]
    metric: str
    scope: str
    day: str
    moment: str
    """The start of the period, or its day where nothing finer is known."""
    qty: str
    price: str
    points: str
    """How many points a row stands for."""
    attributes: Mapping[str, str]

    def expression(self, term: Term) -> str:
        """What a row says about a term; of the calendar, a whole number."""
        if term.kind is TermKind.ATTRIBUTE:
            return self.attributes[term.name]
        weekday = f"date_diff('day', {_SUNDAY}, {self.day}) % 7"
        before = f"date_diff('day', CAST(date_trunc('year', {self.day}) AS DATE), {self.day})"
        return {
            TermKind.METRIC: self.metric,
            TermKind.SCOPE: self.scope,
            TermKind.PERIOD: "l.period_start",
            TermKind.YEAR: f"CAST(year({self.day}) AS BIGINT)",
            TermKind.MONTH: f"CAST(month({self.day}) AS BIGINT)",
            TermKind.DAY: f"CAST({before} + 1 AS BIGINT)",
            TermKind.WEEK: f"CAST(({before} + 7 - ({weekday})) // 7 AS BIGINT)",
        }[term.kind]


def attribute_kinds(session: Session, terms: Collection[Term]) -> dict[str, str | None]:
    """Under which kind the attributes among the terms are stored: what may be grouped by goes before metadata.

    None for a name that no point has, so that it never reaches a statement.
    """
    names = sorted({term.name for term in terms if term.kind is TermKind.ATTRIBUTE})
    if not names:
        return {}
    table = session.rollup("SELECT DISTINCT kind, key FROM dimension_sets", {})
    bindings = Bindings()
    found = session.rows(
        f"SELECT DISTINCT kind, key FROM {table or 'dimension_sets'} WHERE key IN ({bindings.bind_all(names)})",
        bindings.values,
    )
    kinds = {name: {kind for kind, key in found if key == name} for name in names}
    return {name: next((kind for kind in ("tag", "metadata") if kind in kinds[name]), None) for name in names}


def posting_rows(table: str, kinds: Mapping[str, str | None], bindings: Bindings) -> Rows:
    """The postings of ``ledger`` or ``ledger_daily`` with the attributes' values."""
    joins, attributes = [], {}
    for number, (name, kind) in enumerate(kinds.items()):
        if kind is None:
            attributes[name] = "CAST(NULL AS VARCHAR)"
            continue
        attributes[name] = f"a{number}.value"
        joins.append(
            " LEFT JOIN (SELECT DISTINCT dimension_set_id, value FROM dimension_sets"
            f" WHERE kind = {bindings.bind(kind)} AND key = {bindings.bind(name)}) AS a{number}"
            f" ON a{number}.dimension_set_id = l.dimension_set_id"
        )
    return Rows(
        source=f"{table} AS l{''.join(joins)}",
        conditions=(_RATED,),
        metric="l.service_name",
        scope="l.sub_account_id",
        day="CAST(l.period_start AS DATE)",
        moment="l.period_start",
        qty="l.consumed_quantity",
        price="l.billed_cost",
        points="l.x_charge_count",
        attributes=attributes,
    )


def rollup_rows(session: Session, kinds: Mapping[str, str | None]) -> Rows | None:
    """The rows of the release's rollup for these attributes; None where it would be too large."""
    bindings = Bindings()
    rows = posting_rows("ledger_daily", kinds, bindings)
    known = {name: rows.attributes[name] for name, kind in kinds.items() if kind is not None}
    keys = [rows.metric, rows.scope, rows.day, *known.values()]
    names = ["metric", "scope", "day", *(f"a{number}" for number, _ in enumerate(known))]
    named = ", ".join(f"{key} AS {name}" for key, name in zip(keys, names, strict=True))
    sums = f"sum({rows.qty}) AS qty, sum({rows.price}) AS price, CAST(sum({rows.points}) AS BIGINT) AS points"
    table = session.rollup(
        f"SELECT {named}, {sums} FROM {rows.source} WHERE {_RATED} GROUP BY {', '.join(keys)}", bindings.values
    )
    if table is None:
        return None
    attributes = dict(rows.attributes) | {name: f"l.a{number}" for number, name in enumerate(known)}
    return Rows(
        source=f"{table} AS l",
        conditions=(),
        metric="l.metric",
        scope="l.scope",
        day="l.day",
        moment="l.day",
        qty="l.qty",
        price="l.price",
        points="l.points",
        attributes=attributes,
    )


def selection_conditions(rows: Rows, selection: Selection, bindings: Bindings) -> list[str]:
    """What a row must fulfil. The scopes that the caller may see come first, whatever the filters say."""
    found = list(rows.conditions)
    if selection.scopes is not None:
        found.append(_one_of(rows.scope, selection.scopes, bindings))
    found.append(f"{rows.moment} >= {bindings.bind(_bound(rows, selection.begin))}")
    found.append(f"{rows.moment} < {bindings.bind(_bound(rows, selection.end))}")
    for term, values in selection.filters:
        wanted: Collection[object] = values
        if term.kind in CALENDAR:
            wanted = [int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 9]
        found.append(_one_of(rows.expression(term), wanted, bindings))
    return found


def _bound(rows: Rows, moment: datetime) -> object:
    naive = moment.astimezone(UTC).replace(tzinfo=None)
    return naive.date() if rows.moment == rows.day else naive


def _one_of(expression: str, values: Collection[object], bindings: Bindings) -> str:
    return f"{expression} IN ({bindings.bind_all(values)})" if values else "false"

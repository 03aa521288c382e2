"""Opening a number: the postings of the ledger that it sums, and the charges of bills or the points that those rest on.

The conditions of the question are put to postings and charges, whose totals must agree: the point of the exercise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tallystick.decimals import EXACT
from tallystick.engine.session import Session
from tallystick.lake.schemas import CHARGES as CHARGES_TABLE
from tallystick.lake.schemas import LEDGER as LEDGER_TABLE
from tallystick.lake.schemas import POINTS as POINTS_TABLE
from tallystick.reports.conditions import (
    CHARGES,
    LEDGER,
    Bindings,
    Relation,
    currency_condition,
    question_conditions,
    time_condition,
)
from tallystick.reports.context import ReportContext
from tallystick.reports.question import Question
from tallystick.reports.shape import Body, value
from tallystick.reports.sql import cost_of, rows_of, where
from tallystick.reports.table import ZERO

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 1000
_COLUMNS: Final = {schema.name: schema.names() for schema in (LEDGER_TABLE, CHARGES_TABLE)}
_TIES: Final = {
    "ledger": "l.period_start, l.x_source_id, l.resource_id",
    "charges": "l.x_file_id, l.x_row_number",
}
_SAME_POINT: Final = (
    "l.x_source_id = p.x_source_id AND l.sub_account_id = p.scope_id AND l.service_name = p.metric"
    " AND l.period_start = p.period_start AND l.consumed_quantity = p.qty"
    " AND l.dimension_set_id IS NOT DISTINCT FROM p.x_dimension_set_id"
)


@dataclass(frozen=True, slots=True)
class Level:
    """The rows of one table behind a number."""

    total: Decimal
    count: int
    rows: list[dict[str, object]]
    """The biggest first, by absolute amount: every column that has a value, and ``cost`` in the measure asked for."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A number, opened."""

    currency: str
    measure: str
    postings: Level
    charges: Level
    points: Level
    """Behind the postings that are rated; those that were withdrawn and came again alike are among them. The total is
    what such postings cost, as a point has no price of its own."""

    @property
    def agrees(self) -> bool:
        """Whether the ledger holds what was billed or rated, and nothing else."""
        return self.postings.total == EXACT.add(self.charges.total, self.points.total)

    @property
    def total(self) -> Body:
        """The sums of the levels."""
        return {
            "postings": value(self.postings.total, self.currency),
            "charges": value(self.charges.total, self.currency),
            "points": value(self.points.total, self.currency),
        }

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are at each level, shown or not."""
        return {"postings": self.postings.count, "charges": self.charges.count, "points": self.points.count}

    def body(self) -> Body:
        """As a document."""
        return {
            "total": self.total,
            "counts": self.counts,
            "cost_type": self.measure,
            "postings": self.postings.rows,
            "charges": self.charges.rows,
            "points": self.points.rows,
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be opened, and how many rows of each level are to be shown."""

    question: Question
    context: ReportContext
    currency: str
    limit: int | None = None


def explain_question(session: Session, asked: Asked) -> Explanation:
    """Every level of a question."""
    postings, charges = _level(session, asked, LEDGER), _level(session, asked, CHARGES)
    return Explanation(asked.currency, asked.question.measure.key, postings, charges, _points(session, asked))


def _conditions(asked: Asked, relation: Relation, bindings: Bindings) -> list[str]:
    conditions = question_conditions(asked.question, asked.context.access, relation, bindings)
    return [
        *conditions,
        currency_condition(asked.currency, bindings),
        time_condition(asked.question.scope, relation, bindings),
    ]


def _points(session: Session, asked: Asked) -> Level:
    """The points that the rated postings of a question rest on."""
    bindings = Bindings()
    conditions = where([*_conditions(asked, LEDGER, bindings), "l.entry = 'rated'"])
    rated = f"FROM {rows_of(asked.question.report, LEDGER)} {conditions}"
    [(total, count)] = session.rows(f"SELECT sum({cost_of(asked.question)}), count(*) {rated}", bindings.values)
    if not count:
        return Level(ZERO, 0, [])
    names = [name for name in POINTS_TABLE.names() if name not in {"groupby", "metadata"}]
    columns = ", ".join(f"p.{name}" for name in names)
    limit = min(asked.limit or DEFAULT_LIMIT, MAX_LIMIT)
    behind = f"FROM points AS p WHERE EXISTS (SELECT 1 {rated} AND {_SAME_POINT})"
    [(behind_count,)] = session.rows(f"SELECT count(*) {behind}", bindings.values)
    ordered = "ORDER BY p.period_start, p.scope_id, p.metric, p.x_file_id, p.x_row_number"
    found = session.rows(f"SELECT {columns} {behind} {ordered} LIMIT {limit}", bindings.values)
    return Level(total, behind_count, [_present(names, row) for row in found])


def _level(session: Session, asked: Asked, relation: Relation) -> Level:
    question = asked.question
    bindings = Bindings()
    rows_from = f"FROM {rows_of(question.report, relation)} {where(_conditions(asked, relation, bindings))}"
    cost = cost_of(question)
    [(total, count)] = session.rows(f"SELECT sum({cost}), count(*) {rows_from}", bindings.values)
    names = _COLUMNS[relation.name]
    limit = min(asked.limit or DEFAULT_LIMIT, MAX_LIMIT)
    found = session.rows(
        f"SELECT {', '.join(f'l.{name}' for name in names)}, {cost} AS cost {rows_from}"
        f" ORDER BY abs({cost}) DESC NULLS LAST, {_TIES[relation.name]} LIMIT {limit}",
        bindings.values,
    )
    return Level(ZERO if total is None else total, count, [_present((*names, "cost"), row) for row in found])


def _present(names: Sequence[str], row: Sequence[object]) -> dict[str, object]:
    return {name: thing for name, thing in zip(names, row, strict=True) if thing is not None}

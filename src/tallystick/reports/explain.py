"""Opening a number: the postings of the ledger that it sums, and the charges of the bill that those sum.

The conditions of the question are put to both tables; their totals must agree, which is the point of the exercise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tallystick.engine.session import Session
from tallystick.lake.schemas import CHARGES as CHARGES_TABLE
from tallystick.lake.schemas import LEDGER as LEDGER_TABLE
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

    @property
    def total(self) -> Body:
        """The sums of both levels; they agree as long as the ledger holds what was billed and nothing else."""
        return {
            "postings": value(self.postings.total, self.currency),
            "charges": value(self.charges.total, self.currency),
        }

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are at each level, shown or not."""
        return {"postings": self.postings.count, "charges": self.charges.count}

    def body(self) -> Body:
        """As a document."""
        return {
            "total": self.total,
            "counts": self.counts,
            "cost_type": self.measure,
            "postings": self.postings.rows,
            "charges": self.charges.rows,
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be opened, and how many rows of each level are to be shown."""

    question: Question
    context: ReportContext
    currency: str
    limit: int | None = None


def explain_question(session: Session, asked: Asked) -> Explanation:
    """Both levels of a question."""
    postings, charges = _level(session, asked, LEDGER), _level(session, asked, CHARGES)
    return Explanation(asked.currency, asked.question.measure.key, postings, charges)


def _level(session: Session, asked: Asked, relation: Relation) -> Level:
    question = asked.question
    bindings = Bindings()
    conditions = question_conditions(question, asked.context.access, relation, bindings)
    conditions += [currency_condition(asked.currency, bindings), time_condition(question.scope, relation, bindings)]
    rows_from = f"FROM {rows_of(question.report, relation)} {where(conditions)}"
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

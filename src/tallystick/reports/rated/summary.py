"""Amounts of rated points, grouped: one statement over a rollup of the release where the question allows, else over
the postings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Final

from tallystick.engine.session import Session
from tallystick.reports.conditions import Bindings
from tallystick.reports.rated.question import (
    CALENDAR,
    Amount,
    Field,
    Function,
    Page,
    SummaryQuestion,
    Term,
    TermKind,
)
from tallystick.reports.rated.rows import Rows, attribute_kinds, posting_rows, rollup_rows, selection_conditions

_DIGITS: Final = Context(prec=100, rounding=ROUND_HALF_UP)
_SCALE: Final = Decimal(1).scaleb(-18)
_LAST_OFFSET: Final = 2**62


@dataclass(frozen=True, slots=True)
class Summary:
    """The rows of a page, and how many there are in all. A row: begin, end, amounts, groups, by name."""

    total: int
    rows: list[dict[str, object]]


def summary(session: Session, question: SummaryQuestion) -> Summary:
    """Answer a question. Without groups there is one row, or none where no point was selected."""
    terms = [*question.groups, *(term for term, _ in question.selection.filters)]
    bindings = Bindings()
    rows = _rows_for(session, question, attribute_kinds(session, terms), bindings)
    text = _statement(rows, question, bindings)
    found = session.rows(text + paging(question.page), bindings.values)
    if found:
        return Summary(found[0][-1], [_row(question, row) for row in found])
    if question.page.offset == 0:
        return Summary(0, [])
    first = session.rows(text + paging(Page(0, 1)), bindings.values)
    return Summary(first[0][-1] if first else 0, [])


def _rows_for(session: Session, question: SummaryQuestion, kinds: dict[str, str | None], bindings: Bindings) -> Rows:
    """The cheapest rows that know all that is asked: sums of sums are exact, the least of sums is not the least."""
    if any(amount.function in (Function.MIN, Function.MAX) for amount in question.amounts):
        return posting_rows("ledger", kinds, bindings)
    by_day = question.selection.whole_days and all(term.kind is not TermKind.PERIOD for term in question.groups)
    return (by_day and rollup_rows(session, kinds)) or posting_rows("ledger_daily", kinds, bindings)


def _statement(rows: Rows, question: SummaryQuestion, bindings: Bindings) -> str:
    """Columns: the groups' values, of periods start and end, the amounts, the number of rows in all."""
    keys = [key for term in question.groups for key in _keys(rows, term)]
    amounts = [column for amount in question.amounts for column in _columns(rows, amount)]
    conditions = " AND ".join(selection_conditions(rows, question.selection, bindings))
    text = f"SELECT {', '.join([*keys, *amounts, 'count(*) OVER ()'])} FROM {rows.source} WHERE {conditions}"
    if not keys:
        return f"{text} HAVING count(*) > 0"
    order = ", ".join(f"{key} NULLS FIRST" for key in keys)
    return f"{text} GROUP BY {', '.join(keys)} ORDER BY {order}"


def paging(page: Page) -> str:
    """The end of a statement that shows a page."""
    limit = "" if page.limit is None else f" LIMIT {min(page.limit, _LAST_OFFSET)}"
    return f"{limit} OFFSET {min(page.offset, _LAST_OFFSET)}" if page.offset else limit


def _keys(rows: Rows, term: Term) -> list[str]:
    if term.kind is TermKind.PERIOD:
        return ["l.period_start", "l.period_end"]
    return [rows.expression(term)]


def _columns(rows: Rows, amount: Amount) -> list[str]:
    """The aggregates that an amount is made of: of a mean, sum and count."""
    field = rows.qty if amount.field is Field.QTY else rows.price
    points = f"CAST(sum({rows.points}) AS BIGINT)"
    match amount.function:
        case Function.COUNT:
            return [points]
        case Function.MEAN:
            return [f"sum({field})", points]
        case _:
            return [f"{amount.function.value}({field})"]


def _row(question: SummaryQuestion, values: tuple[Any, ...]) -> dict[str, object]:
    """An answer's row from that of the statement."""
    rest = iter(values)
    begin, end = question.selection.begin, question.selection.end
    groups: dict[str, object] = {}
    for term in question.groups:
        if term.kind is TermKind.PERIOD:
            begin, end = _aware(next(rest)), _aware(next(rest))
        else:
            groups[term.name] = _text(term, next(rest))
    amounts = {amount.name: _amount(amount, rest) for amount in question.amounts}
    return {"begin": begin, "end": end, **amounts, **groups}


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


def _text(term: Term, value: object) -> str:
    """A group's value, as points carry it; empty where they do not."""
    if term.kind is TermKind.WEEK:
        return f"{value:02}"
    return str(value) if term.kind in CALENDAR else str(value or "")


def _amount(amount: Amount, rest: Any) -> Decimal | int:
    first: Decimal | int = next(rest)
    if amount.function is not Function.MEAN:
        return first
    points: int = next(rest)
    return _DIGITS.divide(Decimal(first), Decimal(points)).quantize(_SCALE, context=_DIGITS) if points else Decimal(0)

"""Which currency an answer is in: nothing adds two."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

from tallystick.engine.session import Session
from tallystick.reports.conditions import CURRENCY
from tallystick.reports.context import ReportContext
from tallystick.reports.question import Question
from tallystick.reports.sql import currencies_statement

_BILLED = f"SELECT DISTINCT {CURRENCY} FROM ledger_daily AS l"


def with_billed_currencies(session: Session, query: Sequence[tuple[str, str]], context: ReportContext) -> ReportContext:
    """The context of a query that names a currency: what is billed may be asked for, enabled by the tenant or not."""
    if not any(name == "currency" for name, _ in query):
        return context
    return replace(context, enabled_currencies=context.enabled_currencies | billed_currencies(session))


def billed_currencies(session: Session) -> set[str]:
    """Every currency of the release."""
    rollup = session.rollup(_BILLED, {})
    return {code for (code,) in session.rows(f"SELECT * FROM {rollup}" if rollup else _BILLED)}


def choose_currency(session: Session, question: Question, context: ReportContext) -> tuple[str, list[str]]:
    """`pick_currency` for a question whose rows have not been read yet."""
    statement = currencies_statement(question, context.access)
    return pick_currency({code for (code,) in session.rows(statement.sql, statement.parameters)}, question, context)


def pick_currency(found: Set[str], question: Question, context: ReportContext) -> tuple[str, list[str]]:
    """The currency of the answer, and those of rows that are left out because nothing adds two currencies.

    It is the one asked for, else the tenant's; where only one other currency has rows and none was asked for, that.
    """
    chosen = question.currency or context.currency
    if question.currency is None and chosen not in found and len(found) == 1:
        chosen = next(iter(found))
    return chosen, sorted(found - {chosen})

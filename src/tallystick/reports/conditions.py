"""Filters, excludes and time as SQL conditions. Values are always bound, never written into the statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from tallystick.access import Access
from tallystick.lake.schemas import DETAIL_DIMENSIONS
from tallystick.reports.organization import Member
from tallystick.reports.question import Question, Selector
from tallystick.reports.terms import Family, Report, Term, TermKind
from tallystick.reports.time_scope import TimeScope


@dataclass(frozen=True, slots=True)
class Relation:
    """A table that conditions apply to; in a statement it is called ``l``."""

    name: str
    day: str
    """The column that says on which day a row falls."""
    dimension_set: str


NO_CURRENCY = "XXX"
"""ISO 4217's code where no currency is involved: rows that name none."""
CURRENCY = f"coalesce(l.billing_currency, '{NO_CURRENCY}')"
"""The currency of a row."""
LEDGER = Relation("ledger", "period_start", "dimension_set_id")
LEDGER_DAILY = Relation("ledger_daily", "period_start", "dimension_set_id")
CHARGES = Relation("charges", "charge_period_start", "x_dimension_set_id")


@dataclass(slots=True)
class Bindings:
    """The values of a statement's parameters."""

    values: dict[str, object] = field(default_factory=dict)

    def bind(self, value: object) -> str:
        """A new parameter with that value, as it is written in SQL."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"${name}"

    def bind_all(self, values: Iterable[object]) -> str:
        """Several parameters, comma-separated."""
        return ", ".join(self.bind(value) for value in values)


def postings_of(question: Question) -> Relation:
    """The rollup where it knows every dimension asked for, else the full ledger."""
    terms = [selector.term for selector in (*question.filters, *question.group_filters, *question.excludes)]
    terms += [group.term for group in question.groups]
    fine = question.report.detail or any(column in DETAIL_DIMENSIONS for term in terms for column in term.columns)
    return LEDGER if fine else LEDGER_DAILY


def question_conditions(question: Question, access: Access, relation: Relation, bindings: Bindings) -> list[str]:
    """Everything that a row must fulfil but time and currency."""
    return [*report_conditions(question.report), *chosen_conditions(question, access, relation, bindings)]


def chosen_conditions(question: Question, access: Access, relation: Relation, bindings: Bindings) -> list[str]:
    """What differs between questions to one report: the caller's rights, filters and excludes."""
    return [
        *access_conditions(question.report.family, access, bindings),
        *filter_conditions(question.filters, relation, bindings),
        *filter_conditions(question.group_filters, relation, bindings),
        *exclude_conditions(question.excludes, relation, bindings),
    ]


def report_conditions(report: Report) -> list[str]:
    """The rows that a report speaks about."""
    return [*report.family.rows, *report.rows]


def access_conditions(family: Family, access: Access, bindings: Bindings) -> list[str]:
    """The rows that the caller may see. Rights to organizational units grant no account."""
    allowed = access.granted(family.account_access) if family.account_access else None
    if allowed is None:
        return []
    if not allowed:
        return ["false"]
    assert family.account_term is not None
    column = family.terms[family.account_term].columns[0]
    return [f"l.{column} IN ({bindings.bind_all(sorted(allowed))})"]


def time_condition(scope: TimeScope, relation: Relation, bindings: Bindings) -> str:
    """Rows whose day lies in the scope."""
    first, end = bindings.bind(scope.first), bindings.bind(scope.end)
    return f"l.{relation.day} >= {first} AND l.{relation.day} < {end}"


def currency_condition(currency: str, bindings: Bindings) -> str:
    """Rows of one currency."""
    return f"{CURRENCY} = {bindings.bind(currency)}"


def filter_conditions(selectors: Sequence[Selector], relation: Relation, bindings: Bindings) -> list[str]:
    """One condition per term: any of its values, and all of those under ``and:``."""
    by_term = sorted(selectors, key=lambda selector: selector.term.key)
    found = []
    for term, group in groupby(by_term, key=lambda selector: selector.term):
        of_term = list(group)
        wishes = [selector for selector in of_term if selector.operator != "and"]
        parts = [_all_of(selector, relation, bindings) for selector in of_term if selector.operator == "and"]
        parts += [_any_of(term, wishes, relation, bindings)] if wishes else []
        found += [part for part in parts if part]
    return found


def exclude_conditions(selectors: Sequence[Selector], relation: Relation, bindings: Bindings) -> list[str]:
    """Rows that match any exclude are left out; rows without a value stay. ``*`` leaves out all that have one."""
    found = []
    for selector in selectors:
        if selector.wildcard and selector.term.kind is not TermKind.ORG_UNIT:
            condition = _present(selector.term, relation, bindings)
        elif selector.operator == "and":
            condition = _all_of(selector, relation, bindings)
        else:
            condition = _any_of(selector.term, [selector], relation, bindings)
        if condition:
            found.append(f"NOT coalesce({condition}, false)")
    return found


def _any_of(term: Term, selectors: Sequence[Selector], relation: Relation, bindings: Bindings) -> str:
    """Empty where there is nothing to ask: a lone ``*`` on a column."""
    if term.kind is TermKind.ORG_UNIT:
        return _of_members([member for selector in selectors for member in selector.members], term, relation, bindings)
    if any(selector.wildcard for selector in selectors) and _in_dictionary(term):
        return _present(term, relation, bindings)
    matches = [
        _match(column, selector.operator, value, bindings)
        for selector in selectors
        for value in selector.values
        for column in _value_columns(term)
    ]
    return _on_term(term, " OR ".join(matches), relation, bindings) if matches else ""


def _all_of(selector: Selector, relation: Relation, bindings: Bindings) -> str:
    term = selector.term
    if term.kind is TermKind.ORG_UNIT:
        return _of_members(selector.members, term, relation, bindings)
    matches = [
        "(" + " OR ".join(_match(column, "contains", value, bindings) for column in _value_columns(term)) + ")"
        for value in selector.values
    ]
    return _on_term(term, " AND ".join(matches), relation, bindings) if matches else ""


def _match(column: str, operator: str, value: str, bindings: Bindings) -> str:
    if operator == "exact":
        return f"{column} = {bindings.bind(value)}"
    return f"strpos(lower({column}), lower({bindings.bind(value)})) > 0"


def _value_columns(term: Term) -> list[str]:
    if _in_dictionary(term):
        return ["value"]
    return term.values


def _in_dictionary(term: Term) -> bool:
    return term.kind in (TermKind.TAG, TermKind.CATEGORY)


def _on_term(term: Term, condition: str, relation: Relation, bindings: Bindings) -> str:
    """A condition on a term's value as one on rows."""
    if _in_dictionary(term):
        return _in_sets(term, f" AND ({condition})", relation, bindings)
    return f"({condition})"


def _of_members(members: Iterable[Member], term: Term, relation: Relation, bindings: Bindings) -> str:
    """Rows of accounts on days on which they are meant."""
    by_days: dict[tuple[date, date | None], set[str]] = {}
    for member in members:
        by_days.setdefault((member.since, member.until), set()).add(member.account_id)
    found = []
    for (since, until), accounts in by_days.items():
        parts = [f"l.{term.columns[0]} IN ({bindings.bind_all(sorted(accounts))})"]
        parts.append(f"l.{relation.day} >= {bindings.bind(since)}")
        parts += [f"l.{relation.day} < {bindings.bind(until)}"] if until else []
        found.append(f"({' AND '.join(parts)})")
    return f"({' OR '.join(found)})" if found else "false"


def _present(term: Term, relation: Relation, bindings: Bindings) -> str:
    if _in_dictionary(term):
        return _in_sets(term, "", relation, bindings)
    return f"{term.values[0]} IS NOT NULL"


def _in_sets(term: Term, condition: str, relation: Relation, bindings: Bindings) -> str:
    return (
        f"l.{relation.dimension_set} IN (SELECT dimension_set_id FROM dimension_sets"
        f" WHERE {dictionary_condition(term, bindings)}{condition})"
    )


def dictionary_condition(term: Term, bindings: Bindings) -> str:
    """The rows of ``dimension_sets`` that hold a tag's or category's values."""
    return f"kind = '{term.kind.value}' AND key = {bindings.bind(term.dictionary_key)}"

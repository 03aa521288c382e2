"""From the options of ``report`` and ``explain`` to the parameters of the API's query grammar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import typer

Query = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked on the command line; texts are as they were typed."""

    group_by: Sequence[str] = ()
    filters: Sequence[str] = ()
    excludes: Sequence[str] = ()
    order_by: Sequence[str] = ()
    first_day: str | None = None
    last_day: str | None = None
    resolution: str | None = None
    limit: int | None = None
    offset: int | None = None
    delta: str | None = None
    cost_type: str | None = None
    currency: str | None = None


def query_of(question: Question, days: tuple[date, date] | None, fitting: int | None = None) -> Query:
    """The parameters in the order in which the grammar reads them.

    ``days`` are the first and last day with data, for a question that names none: then the answer covers them all, by
    month. A question with a time scope, or with a delta, which needs one, is left to the grammar's own default.
    ``fitting``: how many days fit in a table; more are shown by month unless a resolution was asked for.
    """
    query: Query = [_grouping(text) for text in question.group_by]
    query += [_pair("filter", text) for text in question.filters]
    query += [_pair("exclude", text) for text in question.excludes]
    query += [_ordering(text) for text in question.order_by]
    query += _dates(question, days, fitting)
    named = (
        ("filter[limit]", question.limit),
        ("filter[offset]", question.offset),
        ("delta", question.delta),
        ("cost_type", question.cost_type),
        ("currency", question.currency),
    )
    return query + [(name, str(value)) for name, value in named if value is not None]


def _dates(question: Question, days: tuple[date, date] | None, fitting: int | None) -> Query:
    first, last, resolution = question.first_day, question.last_day, question.resolution
    if days and not (first or last or _has_scope(question)):
        resolution = resolution or "monthly"
    if days and not _has_scope(question):
        first, last = first or str(days[0]), last or str(days[1])
    if fitting and _day_count(first, last) > fitting:
        resolution = resolution or "monthly"
    dates = [(name, day) for name, day in (("start_date", first), ("end_date", last)) if day]
    return dates + ([("filter[resolution]", resolution)] if resolution else [])


def _day_count(first: str | None, last: str | None) -> int:
    """How many days a range has; 0 where it is not one."""
    try:
        return (date.fromisoformat(last or "") - date.fromisoformat(first or "")).days + 1
    except ValueError:
        return 0


def _has_scope(question: Question) -> bool:
    return question.delta is not None or any(text.startswith("time_scope_") for text in question.filters)


def _grouping(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return f"group_by[{key}]", value or "*"


def _pair(parameter: str, text: str) -> tuple[str, str]:
    key, found, value = text.partition("=")
    if not (key and found):
        raise typer.BadParameter(f"{text!r} is not KEY=VALUE", param_hint=f"--{parameter}")
    return f"{parameter}[{key}]", value


def _ordering(text: str) -> tuple[str, str]:
    key, _, direction = text.partition("=")
    return f"order_by[{key}]", direction or "desc"

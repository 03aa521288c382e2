"""The tags of a period: keys with their values, one key's values, and the tree of organizational units."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tallystick.engine.session import Session
from tallystick.errors import NotFoundError, QueryError
from tallystick.reports.catalogue import family_named, report_named
from tallystick.reports.conditions import (
    LEDGER_DAILY,
    Bindings,
    access_conditions,
    exclude_conditions,
    filter_conditions,
    report_conditions,
    time_condition,
)
from tallystick.reports.context import ReportContext
from tallystick.reports.denial import check_door, check_values
from tallystick.reports.listing import ListQuestion, Pairs, list_body, parse_list
from tallystick.reports.messages import UNSUPPORTED
from tallystick.reports.shape import Body
from tallystick.reports.sql import where
from tallystick.reports.terms import Report
from tallystick.reports.units import unit_items

VALUES_SHOWN: Final = 50
"""How many values of a key the list of keys shows."""
_FILTERS: Final = ("account", "org_unit_id")


def tag_list(session: Session, provider: str, query: Pairs, context: ReportContext) -> Body:
    """The tag keys of a provider's rows in a period, each with its first values. Raises QueryError, AccessError."""
    question = _understand(provider, query, context, ("key", "enabled"))
    items: list[object]
    if _disabled_only(question):
        items = []
    elif question.key_only:
        items = [key for (key,) in _pairs(session, question, context, "key")]
    else:
        items = _with_values(session, question, context)
    return list_body(_with_enabled(question), query, context, items)


def tag_values(session: Session, provider: str, key: str, query: Pairs, context: ReportContext) -> Body:
    """The values of one tag key. Raises NotFoundError for a key that no row has, QueryError, AccessError."""
    question = _understand(provider, query, context, ("value", "enabled"))
    if any(name == "key_only" for name, _ in query):
        raise QueryError({"errors": [{"detail": UNSUPPORTED, "source": "details", "status": 400}]})
    known = session.rows("SELECT 1 FROM dimension_sets WHERE kind = 'tag' AND key = $key LIMIT 1", {"key": key})
    if not known:
        raise NotFoundError(f"There is no tag key {key!r}")
    held = replace(question, words={**question.words, "exactly": (key,)})
    values = [] if _disabled_only(question) else [value for (value,) in _pairs(session, held, context, "value")]
    starts = tuple(text.lower() for text in question.words.get("value", ()))
    if starts:
        values.sort(key=lambda value: not value.lower().startswith(starts))
    return list_body(_with_enabled(question), query, context, values)


def organizations(query: Pairs, context: ReportContext) -> Body:
    """The organizational units of AWS that stood in a period. Raises QueryError, AccessError."""
    check_door(context.access, "organizations/aws")
    question = parse_list(_list_report("aws", ("org_unit_id",)), query, context)
    return list_body(question, query, context, unit_items(question, context.organization, context.access))


def _list_report(provider: str, filters: tuple[str, ...]) -> Report:
    """The rows of a provider's costs, with the few terms that a list can be filtered by."""
    family = family_named(provider)
    return replace(report_named(f"{provider}/costs"), filters=tuple(key for key in filters if key in family.terms))


def _understand(provider: str, query: Pairs, context: ReportContext, words: tuple[str, ...]) -> ListQuestion:
    report = _list_report(provider, _FILTERS)
    check_door(context.access, f"{'reports' if provider == 'focus' else 'tags'}/{provider}")
    question = parse_list(report, query, context, words)
    check_values(question.filters, report.family, context.access)
    return question


def _disabled_only(question: ListQuestion) -> bool:
    """Every tag that is stored is enabled, so asking for disabled ones finds none."""
    return question.words.get("enabled", ("true",))[-1].lower() in ("false", "0")


def _with_enabled(question: ListQuestion) -> ListQuestion:
    """The echo always says whether enabled tags were asked for, before what was filled in about time."""
    echo = dict(question.filter_echo)
    resolution = {"resolution": echo.pop("resolution")}
    return replace(question, filter_echo={**echo, "enabled": not _disabled_only(question), **resolution})


def _pairs_sql(question: ListQuestion, context: ReportContext, bindings: Bindings, columns: str) -> str:
    """The distinct keys, values or pairs of the tag sets in use."""
    family = question.report.family
    conditions = [
        *report_conditions(question.report),
        *access_conditions(family, context.access, bindings),
        *filter_conditions(question.filters, LEDGER_DAILY, bindings),
        *exclude_conditions(question.excludes, LEDGER_DAILY, bindings),
        time_condition(question.scope, LEDGER_DAILY, bindings),
    ]
    matches = ["kind = 'tag'"]
    for word in ("key", "value"):
        wished = [f"strpos(lower({word}), lower({bindings.bind(text)})) > 0" for text in question.words.get(word, ())]
        matches += [f"({' OR '.join(wished)})"] if wished else []
    matches += [f"key = {bindings.bind(key)}" for key in question.words.get("exactly", ())]
    return (
        f"SELECT DISTINCT {columns} FROM dimension_sets {where(matches)} AND dimension_set_id IN"
        f" (SELECT l.dimension_set_id FROM ledger_daily AS l {where(conditions)})"
    )


def _pairs(session: Session, question: ListQuestion, context: ReportContext, column: str) -> list[tuple[str]]:
    bindings = Bindings()
    sql = f"{_pairs_sql(question, context, bindings, column)} ORDER BY {column}"
    return [(row[0],) for row in session.rows(sql, bindings.values)]


def _with_values(session: Session, question: ListQuestion, context: ReportContext) -> list[object]:
    bindings = Bindings()
    pairs = _pairs_sql(question, context, bindings, "key, value")
    rows = session.rows(
        f"WITH pairs AS ({pairs}), numbered AS (SELECT key, value,"
        " row_number() OVER (PARTITION BY key ORDER BY value) AS place, count(*) OVER (PARTITION BY key) AS found"
        f" FROM pairs) SELECT key, value, found FROM numbered WHERE place <= {VALUES_SHOWN} ORDER BY key, place",
        bindings.values,
    )
    values: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    for key, value, found in rows:
        values.setdefault(key, []).append(value)
        counts[key] = found
    return [
        {"key": key, "values": shown + _more(counts[key] - len(shown)), "enabled": True}
        for key, shown in values.items()
    ]


def _more(number: int) -> list[str]:
    return [f"{number} more..."] if number else []

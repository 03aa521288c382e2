"""The grammar of report questions: parameters in, a `Question` out, or the map of everything that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tallystick.errors import QueryError
from tallystick.reports.context import ReportContext
from tallystick.reports.grouping import read_groups
from tallystick.reports.ordering import read_order
from tallystick.reports.query_string import Nested, parse_pairs, split_commas
from tallystick.reports.question import Order, OrderKey, Paging, Question, Ranking, Selector
from tallystick.reports.reader import Reader
from tallystick.reports.scoping import TIME_KEYS, Limits, read_scope
from tallystick.reports.selectors import Vocabulary
from tallystick.reports.terms import Measure, Report
from tallystick.reports.time_scope import TimeScope

_PARAMETERS = ("filter", "exclude", "group_by", "order_by", "limit", "offset", "currency", "cost_type")
_DATED_PARAMETERS = ("delta", "start_date", "end_date")
_FILTER_WORDS = (*TIME_KEYS, "resource_scope")
_RANKING_WORDS = ("limit", "offset")
DEFAULT_LIMIT = 100
ORG_UNIT_LIMIT = 10


@dataclass(frozen=True, slots=True)
class _Filters:
    selectors: tuple[Selector, ...]
    echo: dict[str, object]
    ranking: Ranking | None


def parse_question(
    report: Report, pairs: Iterable[tuple[str, str]], context: ReportContext, tag_exists: Callable[[str], bool]
) -> Question:
    """Understand a question. Raises QueryError with the nested map of every parameter that is wrong.

    What concerns several parameters together is looked at only when each is right in itself.
    """
    raw = parse_pairs(pairs)
    reader = Reader(raw)
    reader.refuse_unknown(_PARAMETERS if report.monthly_only else (*_PARAMETERS, *_DATED_PARAMETERS))
    vocabulary = Vocabulary(reader, report, tag_exists, context.organization)
    filters = _read_filters(vocabulary)
    excludes, exclude_echo = _read_excludes(vocabulary)
    groups = read_groups(vocabulary, filters.selectors)
    order, order_echo = read_order(reader, report, groups.groups, context)
    paging = _read_paging(reader, ORG_UNIT_LIMIT if groups.org_units else DEFAULT_LIMIT)
    measure, currency = read_measure(reader, report, context), read_currency(reader, context)
    delta = _read_delta(reader, report)
    limits = Limits(context.today, context.retention_months if report.family.retention else None, report.monthly_only)
    scoping = read_scope(reader, reader.mapping("filter"), limits)
    question = Question(
        report=report,
        scope=scoping.scope,
        measure=measure,
        currency=currency,
        filters=filters.selectors,
        group_filters=groups.selectors,
        excludes=excludes,
        groups=groups.groups,
        org_units=groups.org_units,
        order=order,
        ranking=filters.ranking,
        paging=paging,
        delta=delta,
        echo={
            "filter": {**scoping.given, **filters.echo, **scoping.defaults},
            "group_by": groups.echo,
            "order_by": order_echo,
            "exclude": exclude_echo,
        },
    )
    _check_together(question, raw)
    return question


def plain_question(report: Report, scope: TimeScope, measure: Measure, currency: str | None) -> Question:
    """The question for a report's costs by time, and nothing else."""
    return Question(
        report=report,
        scope=scope,
        measure=measure,
        currency=currency,
        filters=(),
        group_filters=(),
        excludes=(),
        groups=(),
        org_units=False,
        order=Order(OrderKey.COST),
        ranking=None,
        paging=Paging(DEFAULT_LIMIT, 0),
        delta=None,
        echo={},
    )


def read_measure(reader: Reader, report: Report, context: ReportContext) -> Measure:
    """The cost type that is asked for, else the tenant's, else the family's."""
    family = report.family
    chosen = reader.choice(("cost_type",), reader.scalar("cost_type"), family.measures)
    if chosen is None and family.tenant_measure and context.cost_type in family.measures:
        chosen = context.cost_type
    return family.measures[chosen or family.default_measure]


def read_currency(reader: Reader, context: ReportContext) -> str | None:
    """The currency that is asked for, if any."""
    return reader.choice(("currency",), reader.scalar("currency"), context.enabled_currencies)


def _read_filters(vocabulary: Vocabulary) -> _Filters:
    reader, report = vocabulary.reader, vocabulary.report
    selectors: list[Selector] = []
    numbers: dict[str, int | None] = {}
    echo: dict[str, object] = {}
    words = _FILTER_WORDS if report.monthly_only else (*_FILTER_WORDS, *_RANKING_WORDS)
    for key, values in reader.mapping("filter").items():
        if key in TIME_KEYS:
            continue
        if key in _RANKING_WORDS and key in words:
            numbers[key] = reader.integer(("filter", key), values[-1], 0)
            echo[key] = numbers[key]
        elif key in words:
            echo[key] = values[-1]
        else:
            selector = vocabulary.selector("filter", key, values)
            if selector is not None:
                selectors.append(selector)
                echo[key] = list(reader.values(("filter", key), values))
    limit, offset = numbers.get("limit") or None, numbers.get("offset")
    ranking = Ranking(limit, offset) if limit is not None or offset is not None else None
    ordered = {key: echo[key] for key in _RANKING_WORDS if key in echo} | echo
    return _Filters(tuple(selectors), ordered, ranking)


def _read_excludes(vocabulary: Vocabulary) -> tuple[tuple[Selector, ...], dict[str, object]]:
    given = vocabulary.reader.mapping("exclude")
    found = [vocabulary.selector("exclude", key, values) for key, values in given.items()]
    echo: dict[str, object] = {key: split_commas(values) for key, values in given.items()}
    return tuple(selector for selector in found if selector is not None), echo


def _read_delta(reader: Reader, report: Report) -> str | None:
    return None if report.monthly_only else reader.choice(("delta",), reader.scalar("delta"), report.deltas)


def _read_paging(reader: Reader, default_limit: int) -> Paging:
    limit = reader.integer(("limit",), reader.scalar("limit"), 0)
    offset = reader.integer(("offset",), reader.scalar("offset"), 0)
    return Paging(default_limit if limit is None else limit, offset or 0)


def _check_together(question: Question, raw: Nested) -> None:
    """The rules that concern several parameters."""
    if question.delta is not None and question.scope.units is None and question.report.family.retention:
        raise QueryError({"error": ["delta may not be used with start_date and end_date."]})
    if question.ranking is not None and not question.groups:
        raise QueryError({"error": ["filter[limit] and filter[offset] need a group_by."]})
    if question.delta is None and "delta" in raw.get("order_by", {}):
        raise QueryError({"order_by": ["Ordering by delta needs the delta parameter."]})

"""Lists beside the reports (tags, organizational units, pickers): their parameters, envelope and pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.reports.context import ReportContext
from tallystick.reports.grammar import DEFAULT_LIMIT, read_currency
from tallystick.reports.links import page_links
from tallystick.reports.messages import UNSUPPORTED, not_a_choice
from tallystick.reports.query_string import parse_pairs, split_commas
from tallystick.reports.question import Paging, Selector
from tallystick.reports.reader import Reader
from tallystick.reports.scoping import TIME_KEYS, Limits, read_scope
from tallystick.reports.selectors import Vocabulary
from tallystick.reports.shape import Body
from tallystick.reports.terms import Report
from tallystick.reports.time_scope import TimeScope

Pairs = Sequence[tuple[str, str]]

_PARAMETERS = ("filter", "exclude", "key_only", "limit", "offset", "start_date", "end_date", "currency")
_TRUE, _FALSE = ("true", "True", "1"), ("false", "False", "0")


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """A valid question to a list."""

    report: Report
    """Whose terms and rows it speaks about."""
    scope: TimeScope
    filters: tuple[Selector, ...]
    excludes: tuple[Selector, ...]
    words: dict[str, tuple[str, ...]]
    """The list's own filters, such as ``key``."""
    key_only: bool
    paging: Paging
    currency: str | None
    filter_echo: Body
    exclude_echo: Body


def parse_list(report: Report, pairs: Pairs, context: ReportContext, words: Sequence[str] = ()) -> ListQuestion:
    """Understand a question to a list that also has filters of its own. Raises QueryError."""
    reader = Reader(parse_pairs(pairs))
    reader.refuse_unknown(_PARAMETERS)
    vocabulary = Vocabulary(reader, report, lambda _: False, context.organization, exact_units=True)
    given: dict[str, tuple[str, ...]] = {}
    selectors: list[Selector] = []
    echo: Body = {}
    for key, values in reader.mapping("filter").items():
        if key in TIME_KEYS:
            continue
        if key in words:
            given[key] = reader.values(("filter", key), values)
            echo[key] = list(given[key])
            continue
        selector = vocabulary.selector("filter", key, values)
        if selector is not None:
            selectors.append(selector)
            echo[key] = split_commas(values)
    excludes = [vocabulary.selector("exclude", key, values) for key, values in reader.mapping("exclude").items()]
    key_only = _boolean(reader, "key_only")
    limit = reader.integer(("limit",), reader.scalar("limit"), 1)
    offset = reader.integer(("offset",), reader.scalar("offset"), 0)
    currency = read_currency(reader, context)
    limits = Limits(context.today, context.retention_months if report.family.retention else None)
    scoping = read_scope(reader, reader.mapping("filter"), limits)
    return ListQuestion(
        report=report,
        scope=scoping.scope,
        filters=tuple(selectors),
        excludes=tuple(selector for selector in excludes if selector is not None),
        words=given,
        key_only=key_only,
        paging=Paging(limit or DEFAULT_LIMIT, offset or 0),
        currency=currency,
        filter_echo={**scoping.given, **echo, **scoping.defaults},
        exclude_echo={key: split_commas(values) for key, values in reader.mapping("exclude").items()},
    )


def _boolean(reader: Reader, name: str) -> bool:
    value = reader.scalar(name)
    if value is not None and value not in (*_TRUE, *_FALSE):
        reader.note((name,), [not_a_choice(value)])
    return value in _TRUE


def list_body(question: ListQuestion, query: Pairs, context: ReportContext, items: Sequence[object]) -> Body:
    """The envelope of a list; ``meta.access`` says what the caller is held to."""
    family = question.report.family
    granted = context.access.granted(family.account_access) if family.account_access else None
    paging = question.paging
    meta: Body = {
        "count": len(items),
        "limit": paging.limit,
        "offset": paging.offset,
        "currency": question.currency or context.currency,
        "filter": question.filter_echo,
        "key_only": question.key_only,
        "group_by": {},
        "order_by": {},
        "access": {} if granted is None else {family.account_term: sorted(granted)},
        "exclude": question.exclude_echo,
    }
    links = page_links(context.base_path, query, count=len(items), limit=paging.limit, offset=paging.offset)
    return {"meta": meta, "links": links, "data": list(items[paging.offset : paging.offset + paging.limit])}


def simple_list(pairs: Pairs, allowed: Sequence[str], max_limit: int, default_limit: int) -> tuple[Reader, int]:
    """The parameters of a picker, which takes plain words only. Raises QueryError with lists inside lists."""
    raw = parse_pairs(pairs)
    reader = Reader(raw)
    for name in raw:
        if name not in allowed:
            reader.note((name,), [[UNSUPPORTED]])
    limit = reader.integer(("limit",), reader.scalar("limit"), 1)
    if limit is not None and limit > max_limit:
        reader.note(("limit",), [f"Ensure this value is less than or equal to {max_limit}."])
    reader.check()
    return reader, limit or default_limit

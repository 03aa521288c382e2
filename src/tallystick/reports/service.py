"""What the API and the command line ask of reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from tallystick.engine.session import Session
from tallystick.reports.answer import Answer, FlatRow
from tallystick.reports.catalogue import report_named
from tallystick.reports.context import ReportContext
from tallystick.reports.currencies import choose_currency, pick_currency, with_billed_currencies
from tallystick.reports.denial import check_door, check_wishes
from tallystick.reports.ec2 import instances_answer
from tallystick.reports.explain import Asked, Explanation, explain_question
from tallystick.reports.flat import flat_row
from tallystick.reports.forecast import HISTORY_DAYS, fit, forecast_data, horizon
from tallystick.reports.grammar import DEFAULT_LIMIT, parse_question, plain_question, read_currency, read_measure
from tallystick.reports.links import page_links
from tallystick.reports.pickers import picker
from tallystick.reports.query_string import parse_pairs
from tallystick.reports.question import OrderKey, Question
from tallystick.reports.ranking import rank_by_change
from tallystick.reports.reader import Reader
from tallystick.reports.shape import Body, Shaper
from tallystick.reports.sql import cells_statement, rollup_statement
from tallystick.reports.table import ZERO, Table, read_tables, total
from tallystick.reports.tags import tag_list, tag_values
from tallystick.reports.time_scope import EPOCH, TimeScope
from tallystick.reports.units import Entities

Pairs = Sequence[tuple[str, str]]
Paged = tuple[int, int, int, tuple[str, str]]
"""What is paged, as count, limit, offset, and the parameters of both."""


def report(session: Session, name: str, query: Pairs, context: ReportContext) -> Answer:
    """The answer of a report such as ``aws/costs`` to decoded query parameters.

    Raises NotFoundError for an unknown report, QueryError with the map of what is wrong, AccessError.
    """
    question = understand(session, name, query, context)
    if question.report.instances:
        currencies = choose_currency(session, question, context)
        return instances_answer(session, question, query, context, currencies)
    if question.org_units:
        return _by_unit(session, question, query, context)
    window = _window(question)
    tables = _read(session, question, context, window)
    currency, left_out = pick_currency({name for name, table in tables.items() if table.now}, question, context)
    shaper = Shaper(question, tables.get(currency, Table()), currency)

    def flat_rows() -> list[FlatRow]:
        whole = _read(session, question, context, None).get(currency, Table()) if window is not None else shaper.table
        return _flat_rows(Shaper(question, whole, currency))

    entries = [shaper.date_entry(bucket) for bucket in _page(question)]
    body = _body(shaper, query, context, left_out, paged=_paged_items(shaper), data=entries)
    return Answer(body, question.paging, flat_rows)


def _by_unit(session: Session, question: Question, query: Pairs, context: ReportContext) -> Answer:
    """The answer by the units and accounts below a unit, which are what is paged."""

    def read(asked: Question) -> dict[str, Table]:
        return _read(session, asked, context, None)

    tables = read(question)
    currency, left_out = pick_currency({name for name, table in tables.items() if table.now}, question, context)
    shaper = Shaper(question, tables.get(currency, Table()), currency)
    entities = Entities.read(question, context.organization, currency, read)
    paged = len(entities.shapers), question.paging.limit, question.paging.offset, ("limit", "offset")
    buckets = question.scope.buckets
    data = [entities.date_entry(bucket) for bucket in buckets]
    body = _body(shaper, query, context, left_out, paged=paged, data=data)
    names = question.report.csv_names or {}
    return Answer(body, question.paging, lambda: [flat_row(leaf, currency, names) for leaf in entities.flat(buckets)])


def _window(question: Question) -> range | None:
    """The buckets of the page, where there are others: only they need to be told apart."""
    shown = _page(question)
    whole = question.delta is not None or question.order.key is OrderKey.DATE or not shown
    return None if whole or shown == question.scope.buckets else shown


def _page(question: Question) -> range:
    """The buckets to show."""
    paging, buckets = question.paging, question.scope.buckets
    return buckets[paging.offset : paging.offset + paging.limit if paging.limit else None]


def _read(session: Session, question: Question, context: ReportContext, window: range | None) -> dict[str, Table]:
    """The cells, by currency."""
    like = rollup_statement(question, context.access)
    rollup = session.rollup(like.sql, like.parameters) if like is not None else None
    statement = cells_statement(question, context.access, window, rollup)
    tables = read_tables(session.rows(statement.sql, statement.parameters), len(question.groups), question.scope)
    ranking = question.ranking
    if ranking is not None and question.order.key is OrderKey.DELTA:
        return {currency: rank_by_change(table, question, ranking) for currency, table in tables.items()}
    return tables


def explain(session: Session, name: str, query: Pairs, context: ReportContext) -> Explanation:
    """The same question opened into postings and charges; ``limit`` says how many of each are shown.

    Raises what `report` raises.
    """
    question = understand(session, name, query, context)
    currency, _ = choose_currency(session, question, context)
    limit = question.paging.limit if any(key == "limit" for key, _ in query) else None
    return explain_question(session, Asked(question, context, currency, limit))


def understand(session: Session, name: str, query: Pairs, context: ReportContext) -> Question:
    """A valid and permitted question."""
    wanted = report_named(name)
    check_door(context.access, f"reports/{wanted.family.name}")
    context = with_billed_currencies(session, query, context)
    question = parse_question(wanted, query, context, lambda key: tag_exists(session, key))
    check_wishes(question, context.access)
    return question


def tag_exists(session: Session, key: str) -> bool:
    """Whether any row of the release carries that tag."""
    keys = session.rollup("SELECT DISTINCT kind, key FROM dimension_sets", {}) or "dimension_sets"
    return bool(session.rows(f"SELECT 1 FROM {keys} WHERE kind = 'tag' AND key = $key LIMIT 1", {"key": key}))


def _body(
    shaper: Shaper,
    query: Pairs,
    context: ReportContext,
    left_out: Sequence[str],
    *,
    paged: Paged,
    data: Sequence[object],
) -> Body:
    question = shaper.question
    count, limit, offset, names = paged
    meta: Body = {"count": count, "limit": limit, "offset": offset}
    if question.ranking is not None:
        meta["others"] = shaper.others
    meta["currency"] = shaper.currency
    if left_out:
        meta["other_currencies"] = list(left_out)
    if question.delta is not None:
        meta["delta"] = shaper.total_delta()
    meta |= {"cost_type": question.measure.key, **question.echo, "total": shaper.total()}
    links = page_links(context.base_path, query, count=count, limit=limit, offset=offset, names=names)
    return {"meta": meta, "links": links, "data": data}


def _paged_items(shaper: Shaper) -> Paged:
    """What is paged: dates, or groups of a ranking."""
    question, buckets = shaper.question, shaper.question.scope.buckets
    ranking, paging = question.ranking, question.paging
    if ranking is not None and ranking.offset is not None:
        count = shaper.table.group_count
        limit = count if ranking.limit is None else ranking.limit
        return count, limit, ranking.offset, ("filter[limit]", "filter[offset]")
    return len(buckets), paging.limit or len(buckets), paging.offset, ("limit", "offset")


def _flat_rows(shaper: Shaper) -> list[FlatRow]:
    question = shaper.question
    names = question.report.csv_names or {}
    rows = []
    for key, leaf in shaper.leaves(question.scope.buckets):
        flat = flat_row(leaf, shaper.currency, names)
        if question.ranking is not None and key is not None:
            flat["rank"] = shaper.table.places[key]
        rows.append(flat)
    return rows


def tags(session: Session, provider: str, query: Pairs, context: ReportContext, key: str | None = None) -> Body:
    """The tag keys of a provider (``aws`` or ``focus``) with their values, or one key's values.

    Raises NotFoundError for a key that no row has, QueryError, AccessError.
    """
    context = with_billed_currencies(session, query, context)
    if key is None:
        return tag_list(session, provider, query, context)
    return tag_values(session, provider, key, query, context)


def resource_types(session: Session, kind: str, query: Pairs, context: ReportContext) -> Body:
    """What a caller may choose from, e.g. of ``aws-accounts``. Raises NotFoundError, QueryError, AccessError."""
    return picker(session, kind, query, context)


def forecast(session: Session, name: str, query: Pairs, context: ReportContext) -> Body:
    """What the rest of the month may cost, from a cost report such as ``aws/costs``.

    Raises NotFoundError, QueryError and AccessError.
    """
    wanted = report_named(name)
    check_door(context.access, f"forecasts/{wanted.family.name}")
    reader = Reader(parse_pairs(query))
    reader.refuse_unknown(("limit", "offset", "currency", "cost_type"))
    context = with_billed_currencies(session, query, context)
    limit = reader.integer(("limit",), reader.scalar("limit"), 1) or DEFAULT_LIMIT
    offset = reader.integer(("offset",), reader.scalar("offset"), 0) or 0
    measure, currency = read_measure(reader, wanted, context), read_currency(reader, context)
    reader.check()
    history = TimeScope(
        context.today - timedelta(days=HISTORY_DAYS), context.today - timedelta(days=1), monthly=False, units="day"
    )
    question = plain_question(wanted, history, measure, currency)
    tables = _read(session, question, context, None)
    chosen, _ = pick_currency(tables.keys(), question, context)
    data = _forecast_data(tables.get(chosen, Table()), context.today, chosen)
    meta = {"count": len(data), "limit": limit, "offset": offset, "cost_type": measure.key}
    links = page_links(context.base_path, query, count=len(data), limit=limit, offset=offset)
    return {"meta": meta, "links": links, "data": data[offset : offset + limit]}


def _forecast_data(table: Table, today: date, currency: str) -> list[Body]:
    """The three series: infrastructure, supplementary (with cost models, later) and their sum."""
    days = {EPOCH + timedelta(days=bucket): total(cells.values()) for bucket, cells in table.now.items()}
    infrastructure = {day: amounts.total for day, amounts in days.items()}
    ahead = horizon(today)
    fitted = fit(infrastructure, ahead)
    none = fit(dict.fromkeys(infrastructure, ZERO), ahead)
    return forecast_data({"infrastructure": fitted, "supplementary": none, "cost": fitted}, ahead, currency)

"""Every kind of question, answered by DuckDB, PostgreSQL and Trino over one release: byte for byte the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl

import pyarrow as pa
import pytest

from bills import cur_line, write_cur
from metered import deliver
from servers.cluster import Cluster
from tallystick.access import access_from_map
from tallystick.engine.published_session import PublishedSession
from tallystick.engine.session import Session
from tallystick.ledger.reconcile import LEVELS, level_totals
from tallystick.planner.home import Home
from tallystick.planner.readers import trino_session
from tallystick.rating import withdrawals
from tallystick.rating.hashmap import BEGINNING, Threshold
from tallystick.rating.unread import unread
from tallystick.reports.context import ReportContext
from tallystick.reports.flat import FlatRow
from tallystick.reports.pickers import PICKERS, picker_counts
from tallystick.reports.proof import source_totals
from tallystick.reports.rated.points import rated_points, scopes_seen
from tallystick.reports.rated.question import (
    SUMS,
    Amount,
    Field,
    Function,
    Page,
    Selection,
    SummaryQuestion,
    Term,
    term_named,
)
from tallystick.reports.rated.summary import summary
from tallystick.reports.render import to_json
from tallystick.reports.service import explain, forecast, report, resource_types, tags
from tallystick.settings.config import Reports
from tallystick.sources.points.table import SCHEMA

pytestmark = pytest.mark.services

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
CONTEXT = ReportContext(today=date(2026, 11, 22), base_path="/api/cost-management/v1/x/")
BOUNDED = ReportContext(
    today=date(2026, 11, 22), access=access_from_map({"aws.account": {"read": ["000000000001", "000000000002"]}})
)
TWO_MONTHS = "filter[time_scope_units]=month&filter[time_scope_value]=-2"
MONTHLY = f"{TWO_MONTHS}&filter[resolution]=monthly"

QUESTIONS = [
    *(
        (name, f"{scope}{rest}")
        for name in ("aws/costs", "aws/instance-types", "aws/storage")
        for scope in ("", f"{TWO_MONTHS}&", f"{MONTHLY}&")
        for rest in (
            "",
            "group_by[account]=*",
            "group_by[tag:team]=*",
            "group_by[service]=*&group_by[tag:team]=*",
            "group_by[account]=*&group_by[region]=*&filter[limit]=2",
            "group_by[tag:team]=*&filter[limit]=1",
            "group_by[account]=*&filter[limit]=2&filter[offset]=1",
            "group_by[service]=*&order_by[cost]=asc",
            "group_by[account]=*&order_by[account_alias]=desc&limit=1",
        )
    ),
    *(
        ("aws/costs", f"{MONTHLY}&{rest}")
        for rest in (
            "group_by[service]=*&delta=cost",
            "group_by[service]=*&delta=cost&filter[limit]=1&order_by[delta]=desc",
            "group_by[aws_category:CostCenter]=*",
            "group_by[tag:environment]=*&filter[tag:team]=КОМАНДА",
            "group_by[account]=*&filter[tag:team]=*",
            "group_by[account]=*&exclude[tag:team]=shop",
            "group_by[account]=*&exclude[region]=*",
            "group_by[region]=*&filter[exact:account]=000000000001",
            "group_by[region]=*&filter[and:service]=amazon,s3",
            "group_by[region]=*&filter[or:tag:team]=shop,o'brien",
            "filter[service]=100%25&group_by[account]=*",
            "group_by[service]=*&currency=EUR",
            "group_by[service]=*&cost_type=calculated_amortized_cost",
            "group_by[org_unit_id]=R_001",
        )
    ),
    ("aws/costs", "group_by[service]=*&order_by[date]=2026-11-20&limit=2"),
    ("aws/costs", "filter[time_scope_value]=-30&delta=cost&group_by[service]=*"),
    ("aws/costs", "start_date=2026-10-15&end_date=2026-11-04&group_by[az]=*"),
    *(
        ("aws/resources/ec2-compute", rest)
        for rest in ("", "order_by[cost]=desc", "filter[instance]=I-1", "limit=1&offset=1", "order_by[usage]=asc")
    ),
    *(
        ("focus/costs", f"{MONTHLY}&{rest}")
        for rest in (
            "group_by[ServiceName]=*",
            "group_by[ResourceId]=*&filter[limit]=2",
            "filter[SkuId]=x",
            "group_by[x_source_id]=*",
            "group_by[BillingPeriodStart]=*&group_by[BillingPeriodEnd]=*",
            "group_by[ResourceId]=*&filter[BillingPeriodEnd]=2026-12&exclude[BillingPeriodStart]=2026-09",
            "group_by[PricingCurrency]=*",
            "group_by[ChargeCategory]=*&group_by[RegionId]=*&order_by[ChargeCategory]=asc",
        )
    ),
]
LISTS: Mapping[str, Callable[[Session], object]] = {
    "tags": lambda session: tags(session, "aws", [], CONTEXT),
    "tags of focus, months": lambda session: tags(session, "focus", parse_qsl(TWO_MONTHS), CONTEXT),
    "tags by key": lambda session: tags(session, "aws", [("filter[key]", "TEA")], CONTEXT),
    "tag keys": lambda session: tags(session, "aws", [("key_only", "true")], CONTEXT),
    "tag values": lambda session: tags(session, "aws", [("filter[value]", "КОМ")], CONTEXT, "team"),
    "tags seen": lambda session: tags(session, "aws", [], BOUNDED),
    "forecast": lambda session: forecast(session, "aws/costs", [], CONTEXT),
    "categories": lambda session: resource_types(session, "aws-categories", [("search", "c")], CONTEXT),
    "counts": lambda session: picker_counts(session, BOUNDED),
    **{kind: lambda session, kind=kind: resource_types(session, kind, [("search", "a")], CONTEXT) for kind in PICKERS},
    "a few accounts": lambda session: report(session, "aws/costs", [("group_by[account]", "*")], BOUNDED).body,
    "explain": lambda session: explain(session, "aws/costs", [("limit", "1000")], CONTEXT).body(),
    "explain a tag": lambda session: explain(
        session, "aws/costs", [("filter[tag:team]", "shop"), ("limit", "1000")], CONTEXT
    ).body(),
    "proof": lambda session: repr(sorted(source_totals(session).items())),
    "levels": lambda session: repr([sorted(level_totals(session, level).items()) for level in LEVELS]),
}


EVERY_AMOUNT = tuple(Amount(f"{function.value}_{of.value}", function, of) for function in Function for of in Field)
WHOLE, PART = datetime(2026, 10, 3, tzinfo=UTC), datetime(2026, 10, 3, 5, tzinfo=UTC)
"""Whole days are answered by a rollup where the engine has one."""
SEEN = ("p2", "Команда")
RATED: list[tuple[str, datetime, tuple[str, ...] | None, dict[str, tuple[str, ...]], Page]] = [
    ("", WHOLE, None, {}, Page()),
    ("type,project_id", WHOLE, None, {}, Page(0, None)),
    ("type,project_id", PART, SEEN, {}, Page(1, 3)),
    ("time", PART, None, {"type": ("instance", "Größe")}, Page(500, 3)),
    ("time-d,time-w,time-m,time-y,type", WHOLE, None, {}, Page(0, None)),
    ("time-w", PART, SEEN, {"month": ("11",), "year": ("2026", "x")}, Page(0, None)),
    ("id,Ä,nothing", WHOLE, SEEN, {}, Page()),
    ("flavor,id", PART, None, {"project_id": ("p1",), "flavor": ("o'brien", "m1")}, Page()),
    ("", PART, None, {"nothing": ("x",)}, Page()),
]
"""Groups, begin, scopes that may be seen, filters and page: what both versions of the rating API ask."""


def rated() -> pa.Table:
    """Posted points of both months: some are rated by what they say, in scopes and by attributes of all letters."""
    draw = random.Random(4)
    hours = sorted(draw.sample(range(24 * 50), 150))
    rows = [
        {
            "begin": datetime(2026, 10, 1, tzinfo=UTC) + timedelta(hours=hour),
            "end": datetime(2026, 10, 1, tzinfo=UTC) + timedelta(hours=hour + 1),
            "scope_id": draw.choice(["p1", "p2", "Команда"]),
            "metric": draw.choice(["instance", "Größe", "volume"]),
            "unit": draw.choice(["GiB", None]),
            "qty": Decimal(draw.randint(-(10**18), 10**20)).scaleb(-18),
            "price": draw.choice([Decimal(draw.randint(0, 10**20)).scaleb(-18), None]),
            "groupby": draw.choice([[("id", "a"), ("Ä", "ö")], [("id", "b")], []]),
            "metadata": draw.choice([[("flavor", "o'brien"), ("vcpus", "two")], [("flavor", "m1"), ("vcpus", "4")]]),
        }
        for hour in hours
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


def lines(month: date, count: int = 150) -> list[dict[str, str]]:
    """A month's bill with missing cells, letters beyond ASCII, two currencies and costs with many digits."""
    draw = random.Random(month.isoformat())
    return [
        cur_line(
            month,
            day=draw.randint(1, 28) if month < NOVEMBER else draw.randint(1, 21),
            UsageAccountId=f"00000000000{draw.randint(1, 4)}",
            ProductCode=draw.choice(["AmazonEC2", "AmazonEC2", "AmazonS3", "100%Übung"]),
            LineItemType=draw.choice(["Usage", "Usage", "SavingsPlanCoveredUsage", "SavingsPlanNegation", "Credit"]),
            ResourceId=draw.choice(["", "i-1", "i-2", "i-3"]),
            AvailabilityZone=draw.choice(["", "eu-1a", "us-1b"]),
            UnblendedCost=str(Decimal(draw.randint(-(10**15), 10**17)).scaleb(-12)),
            BlendedCost=draw.choice(["0.000000000000000001", "1", ""]),
            UsageAmount=draw.choice(["24", "0.1", ""]),
            CurrencyCode=draw.choice(["USD", "USD", "USD", "EUR"]),
            productFamily=draw.choice(["Compute Instance", "Storage", ""]),
            region=draw.choice(["", "eu-1", "us-1"]),
            instanceType=draw.choice(["m5.large", "m5.xlarge", ""]),
            unit=draw.choice(["Hrs", "GB-Mo", "hours"]),
            team=draw.choice(["", "shop", "O'Brien", "Команда", "Straße"]),
            environment=draw.choice(["", "prod", "test"]),
            CostCenter=draw.choice(["", "cc-1", "CC-2"]),
        )
        for _ in range(count)
    ]


@pytest.fixture(scope="module")
def sessions(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Session]]:
    """One release, opened on each engine."""
    folder = tmp_path_factory.mktemp("engines")
    config = cluster.config(folder / "home", trino_above=10**12)
    home = Home(config.model_copy(update={"reports": Reports(store="postgresql")}))
    for month in (OCTOBER, NOVEMBER):
        home.ingest(str(write_cur(folder / f"{month}.csv.gz", lines(month))), source_name="bills")
    deliver(home, "posted/1", rated())
    release = home._readers.release("default", None)
    assert release is not None
    with ExitStack() as stack:
        yield {
            "duckdb": stack.enter_context(home._readers.session(home.store("default"), release)),
            "postgresql": stack.enter_context(home.session()),
            "trino": stack.enter_context(trino_session(home.config, "default", release)),
        }


def same(sessions: Mapping[str, Session], ask: Callable[[Session], object]) -> str:
    """The JSON that every engine gives."""
    first, *others = {name: to_json(ask(session)) for name, session in sessions.items()}.items()
    for name, answer in others:
        assert answer == first[1], f"{name} differs from {first[0]}"
    return first[1]


def test_each_engine_is_asked(sessions: Mapping[str, Session]) -> None:
    assert isinstance(sessions["postgresql"], PublishedSession)
    kinds = {name: type(session).__name__ for name, session in sessions.items()}
    assert kinds == {"duckdb": "DuckDbSession", "postgresql": "PublishedSession", "trino": "TrinoSession"}


@pytest.mark.parametrize(("name", "query"), QUESTIONS)
def test_reports(sessions: Mapping[str, Session], name: str, query: str) -> None:
    def answer(session: Session) -> tuple[object, list[FlatRow]]:
        found = report(session, name, parse_qsl(query, keep_blank_values=True), CONTEXT)
        return found.body, found.rows

    body = same(sessions, lambda session: list(answer(session)))
    assert '"value":' in body


@pytest.mark.parametrize("name", LISTS)
def test_lists(sessions: Mapping[str, Session], name: str) -> None:
    assert same(sessions, LISTS[name])


def terms(names: Iterable[str]) -> tuple[Term, ...]:
    return tuple(term_named(name, {"project_id"}) for name in names)


@pytest.mark.parametrize("number", range(len(RATED)))
def test_rated_points(sessions: Mapping[str, Session], number: int) -> None:
    groups, begin, seen, wanted, page = RATED[number]
    filters = tuple(zip(terms(wanted), wanted.values(), strict=True))
    selection = Selection(begin, datetime(2026, 12, 1, tzinfo=UTC), seen, filters)
    amounts = EVERY_AMOUNT if begin == PART else SUMS
    question = SummaryQuestion(selection, terms(filter(None, groups.split(","))), amounts, page)
    summed = same(sessions, lambda session: asdict(summary(session, question)))
    assert ('"total":0' in summed) == ("nothing" in wanted)
    if begin == PART:
        points = same(sessions, lambda session: asdict(rated_points(session, selection, page)))
        assert ('"total":0' in points) == ("nothing" in wanted)


def test_scopes_and_what_thresholds_cannot_read(sessions: Mapping[str, Session]) -> None:
    level = Threshold(service="instance", field="vcpus", level=Decimal(1), cost=Decimal(1))
    none = withdrawals.relation([])
    found = same(
        sessions, lambda session: [scopes_seen(session), *map(asdict, unread(session, [level], none, BEGINNING))]
    )
    assert found.startswith('[["p1","p2",')
    assert '"example":"two"' in found


def test_arrow(sessions: Mapping[str, Session]) -> None:
    sql = (
        "SELECT x_source_id, CAST(period_start AS DATE) AS day, period_end, x_charge_count, x_unblended_cost,"
        " entry = 'billed' AS billed FROM ledger"
        " ORDER BY x_unblended_cost, day, x_charge_count, x_source_id, period_end, billed"
    )
    tables = [session.arrow(sql) for session in sessions.values()]
    assert all(table.equals(tables[0]) for table in tables)

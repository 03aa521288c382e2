"""Every kind of question, answered by DuckDB, PostgreSQL and Trino over one release: byte for byte the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest

from bills import cur_line, write_cur
from servers.cluster import Cluster
from tallystick.access import access_from_map
from tallystick.engine.published_session import PublishedSession
from tallystick.engine.session import Session
from tallystick.ledger.reconcile import LEVELS, level_totals
from tallystick.planner.home import Home
from tallystick.planner.readers import trino_session
from tallystick.reports.context import ReportContext
from tallystick.reports.flat import FlatRow
from tallystick.reports.pickers import PICKERS, picker_counts
from tallystick.reports.proof import source_totals
from tallystick.reports.render import to_json
from tallystick.reports.service import explain, forecast, report, resource_types, tags
from tallystick.settings.config import Reports

pytestmark = pytest.mark.services

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
CONTEXT = ReportContext(
    today=date(2026, 11, 22), enabled_currencies=frozenset({"USD", "EUR"}), base_path="/api/cost-management/v1/x/"
)
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


def test_arrow(sessions: Mapping[str, Session]) -> None:
    sql = (
        "SELECT x_source_id, CAST(period_start AS DATE) AS day, period_end, x_charge_count, x_unblended_cost,"
        " entry = 'billed' AS billed FROM ledger ORDER BY x_unblended_cost, day, x_charge_count"
    )
    tables = [session.arrow(sql) for session in sessions.values()]
    assert all(table.equals(tables[0]) for table in tables)

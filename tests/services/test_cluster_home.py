"""A home on S3, PostgreSQL and Trino gives the ledger of one that lies in a folder."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bills import cur_line, write_cur, write_report
from servers.cluster import Cluster
from tallystick.lake.parts import Part
from tallystick.lake.schemas import CHARGES, POINTS, RATED_POINTS, TABLES, TableSchema
from tallystick.lake.staging import NAMESPACE
from tallystick.planner.home import Home
from tallystick.reports.proof import source_totals
from tallystick.settings.config import Config, Engine

pytestmark = pytest.mark.services
OF_BILLS = [table for table in TABLES if table not in (POINTS, RATED_POINTS)]
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


def bill(month: date, seed: int, count: int = 200) -> list[dict[str, str]]:
    """Lines of a month: a few accounts, services, tags and resources, and costs with many digits."""
    draw = random.Random(seed)
    return [
        cur_line(
            month,
            day=draw.randint(1, 28),
            hour=draw.randint(0, 23),
            UsageAccountId=f"00000000000{draw.randint(1, 4)}",
            ProductCode=draw.choice(["AmazonEC2", "AmazonS3", "AWSLambda"]),
            LineItemType=draw.choice(["Usage", "Usage", "Tax", "Credit"]),
            ResourceId=draw.choice(["", "i-1", "i-2", "vol-ünï'\"", "arn:aws:s3:::a b"]),
            UnblendedCost=str(Decimal(draw.randint(-(10**15), 10**17)).scaleb(-12)),
            BlendedCost=draw.choice(["0.000000000000000001", "1", "12345678901234567.5", ""]),
            team=draw.choice(["", "shop", "O'Brien", "команда"]),
            environment=draw.choice(["", "prod", "test"]),
        )
        for _ in range(count)
    ]


@pytest.fixture(scope="module")
def homes(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Home]:
    """One in a folder and one on the cluster, after the same deliveries, one twice, a closed month and late data."""
    folder = tmp_path_factory.mktemp("homes")
    small = Home(Config(home=folder / "small", engine=Engine(threads=1, memory="300MB")))
    large = Home(cluster.config(folder / "large"))
    for home in (small, large):
        live_through(home, folder)
    return small, large


def live_through(home: Home, folder: Path) -> None:
    write_cur(folder / "july.csv.gz", bill(JULY, 1), version=datetime(2026, 8, 2, tzinfo=UTC))
    home.ingest(str(folder / "july.csv.gz"), source_name="aws")
    home.ingest(str(write_report(folder, AUGUST, "a-1", {"1.csv.gz": bill(AUGUST, 2), "2.csv.gz": bill(AUGUST, 3)})))
    home.ingest(str(write_report(folder, AUGUST, "a-2", {"1.csv.gz": bill(AUGUST, 2), "2.csv.gz": bill(AUGUST, 4)})))
    home.close_month("default", "aws", JULY)
    write_cur(folder / "july.csv.gz", bill(JULY, 5, 20), version=datetime(2026, 9, 2, tzinfo=UTC))
    home.ingest(str(folder / "july.csv.gz"), source_name="aws")


def rows(home: Home, table: TableSchema) -> list[tuple[object, ...]]:
    columns = ", ".join(name for name in table.names() if name != "x_source_id")
    with home.session() as session:
        return session.rows(f"SELECT {columns} FROM {table.name} ORDER BY ALL")


@pytest.mark.parametrize("table", OF_BILLS, ids=lambda table: table.name)
def test_every_table_is_the_same_digit_for_digit(homes: tuple[Home, Home], table: TableSchema) -> None:
    small, large = (rows(home, table) for home in homes)
    assert small
    assert large == small


def test_every_derived_part_was_computed_in_trino(homes: tuple[Home, Home]) -> None:
    store = homes[1].store("default")
    for table in TABLES:
        restored = {
            part for statement in homes[1].books().plan.statements for part in (statement.ledger, statement.charge_sets)
        }
        for part in store.parts(table) - restored:
            assert table is CHARGES or all(_in_folder(uri, part) for uri in store.uris(table, part)), (table.name, part)


def _in_folder(uri: str, part: Part) -> bool:
    return part.folder in uri.rpartition("/")[0]


def test_every_total_closes(homes: tuple[Home, Home]) -> None:
    checks = homes[1].reconcile("default", True, source_totals)
    assert checks
    assert [check for check in checks if not check.closes] == []


def test_nothing_is_left_of_the_way(homes: tuple[Home, Home]) -> None:
    home = homes[1]
    assert home.lake.catalog.list_tables(NAMESPACE) == []
    assert list(home.store("default").files.list("staging")) == []


def test_maintenance_keeps_what_is_needed(homes: tuple[Home, Home]) -> None:
    home = homes[1]
    before = [rows(home, table) for table in TABLES]
    home.maintain()
    assert [rows(home, table) for table in TABLES] == before

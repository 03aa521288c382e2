"""The report store: brought to every release, only where something changed, and shown whole or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest

from bills import cur_line, write_cur
from servers.postgres import Postgres
from tallystick.engine.publication import ShownRelease
from tallystick.engine.published_session import PublishedSession
from tallystick.engine.report_store import ReportStore, reader_name, schema_name
from tallystick.engine.session import DuckDbSession, Session
from tallystick.lake.parts import Partition
from tallystick.lake.schemas import TableSchema
from tallystick.planner.home import Home
from tallystick.planner.publishing import ReleaseContents
from tallystick.settings.config import Config, Engine, Reports

pytestmark = pytest.mark.services

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
TOTAL = "SELECT sum(x_unblended_cost) FROM ledger_daily"


@pytest.fixture
def home(on_postgresql: Config) -> Home:
    """A home whose reports are published."""
    return Home(
        on_postgresql.model_copy(
            update={"reports": Reports(store="postgresql"), "engine": Engine(threads=1, memory="300MB")}
        )
    )


@pytest.fixture
def database(home: Home, postgres_server: Postgres) -> Iterator[psycopg.Connection[Any]]:
    """The database as the server's owner sees it."""
    name = str(home.config.catalog).rpartition("/")[2]
    address = postgres_server.address_for(postgres_server.superuser, name)
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


def ingest(home: Home, folder: Path, month: date, *costs: str) -> None:
    lines = [cur_line(month, day=3, UnblendedCost=cost, team=f"team-{cost}") for cost in costs]
    home.ingest(str(write_cur(folder / f"{month}-{len(costs)}.csv.gz", lines)), source_name="bills")


def total(session: Session) -> str:
    ((amount,),) = session.rows(TOTAL)
    return str(amount.normalize())


def test_reports_read_the_store_and_everything_else_the_lake(home: Home, tmp_path: Path) -> None:
    ingest(home, tmp_path, OCTOBER, "1.5", "0.000000000000000001")
    with home.session() as session:
        assert isinstance(session, PublishedSession)
        assert total(session) == "1.500000000000000001"
        assert session.rows("SELECT count(*) FROM charges") == [(2,)]
        assert session.arrow("SELECT count(*) AS rows FROM ledger_daily GROUP BY ALL").num_rows == 1


def test_a_reader_that_stays_does_not_hold_back_what_follows(home: Home, tmp_path: Path) -> None:
    ingest(home, tmp_path, OCTOBER, "1")
    with home.session() as staying:
        name = staying.rollup("SELECT sum(x_unblended_cost) AS cost FROM ledger_daily", {})
        assert staying.rows(f"SELECT cost FROM {name}") == [(1,)]
        for costs in (("1", "2"), ("1", "2", "3"), ("2", "3", "4")):
            ingest(home, tmp_path, OCTOBER, *costs)
        with home.session() as session:
            assert isinstance(session, PublishedSession)
            assert total(session) == "9"
        assert staying.rows(f"SELECT cost FROM {name}") == [(1,)]


def test_only_what_changed_is_written_again(home: Home, database: psycopg.Connection[Any], tmp_path: Path) -> None:
    def writers(month: date) -> list[Any]:
        sql = f"SELECT DISTINCT xmin::text FROM tally_default.{{}} WHERE billing_period = '{month}'"
        return [database.execute(sql.format(name)).fetchall() for name in ("ledger_daily", "dimension_sets")]

    ingest(home, tmp_path, OCTOBER, "1")
    october = writers(OCTOBER)
    ingest(home, tmp_path, NOVEMBER, "2")
    november = writers(NOVEMBER)
    assert writers(OCTOBER) == october
    ingest(home, tmp_path, NOVEMBER, "2", "3")
    assert writers(OCTOBER) == october
    assert writers(NOVEMBER) != november
    with home.session() as session:
        assert total(session) == "6"


def test_an_older_release_is_read_from_the_lake_and_never_takes_over(home: Home, tmp_path: Path) -> None:
    ingest(home, tmp_path, OCTOBER, "1")
    first = home.release_id()
    with home.session() as early:
        assert total(early) == "1"
        ingest(home, tmp_path, NOVEMBER, "2")
        assert total(early) == "1"  # a session sees one moment
    with home.session(release_id=first) as session:
        assert isinstance(session, DuckDbSession)
        assert total(session) == "1"
    assert home.publisher is not None
    release = home._readers.release("default", first)
    assert release is not None
    contents = ReleaseContents(home.store("default"), release, home.resources)
    assert not home.publisher.reports.publish("default", ShownRelease(first, release.fingerprint), contents)
    with home.session() as session:
        assert isinstance(session, PublishedSession)
        assert total(session) == "3"


def test_a_release_that_the_store_lacks_is_read_from_the_lake_until_the_next_run_brings_it(
    home: Home, database: psycopg.Connection[Any], tmp_path: Path
) -> None:
    ingest(home, tmp_path, OCTOBER, "1")
    database.execute("UPDATE tally_default.published SET release_id = release_id - 1")
    with home.session() as session:
        assert isinstance(session, DuckDbSession)
    home.derive()
    with home.session() as session:
        assert isinstance(session, PublishedSession)


def test_publishing_that_breaks_leaves_what_was_shown(home: Home, tmp_path: Path) -> None:
    ingest(home, tmp_path, OCTOBER, "1")
    assert home.publisher is not None
    release = home._readers.release("default", None)
    assert release is not None
    contents = _Changed(home.store("default"), release, home.resources)
    ahead = ShownRelease(release.release_id + 1, "another")
    with pytest.raises(RuntimeError):
        home.publisher.reports.publish("default", ahead, contents)
    with home.session() as session:
        assert isinstance(session, PublishedSession)
        assert total(session) == "1"


class _Changed(ReleaseContents):
    """Contents of which every partition has changed and none can be read."""

    def partitions(self, schema: TableSchema) -> Mapping[Partition, str]:
        return dict.fromkeys(super().partitions(schema), "changed")

    def batches(self, *_: object) -> NoReturn:
        raise RuntimeError("the disk is full")


def test_two_publishers_at_once(home: Home, tmp_path: Path) -> None:
    ingest(home, tmp_path, OCTOBER, "1")
    release = home._readers.release("default", None)
    assert release is not None
    shown = ShownRelease(release.release_id, release.fingerprint)
    outcomes: list[bool] = []

    def publish() -> None:
        store = ReportStore(str(home.config.catalog))
        contents = ReleaseContents(home.store("default"), release, home.resources)
        outcomes.append(store.publish("other", shown, contents))

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, False, False, True]


def test_the_reader_of_a_tenant_reads_that_and_nothing_else(
    home: Home, database: psycopg.Connection[Any], tmp_path: Path
) -> None:
    ingest(home, tmp_path, OCTOBER, "1")
    database.execute(f"SET ROLE {reader_name('default')}")
    assert database.execute("SELECT count(*) FROM tally_default.ledger_daily").fetchall() == [(1,)]
    for forbidden in ("SELECT * FROM deliveries", "DELETE FROM tally_default.ledger_daily", "CREATE TABLE t (a int)"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.execute(forbidden)


def test_names_fit_into_postgresql() -> None:
    assert schema_name("org7") == "tally_org7"
    assert len({schema_name("x" * 80), reader_name("x" * 80), schema_name("x" * 81)}) == 3
    assert len(reader_name("ü" * 40).encode()) <= 63

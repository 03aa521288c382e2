"""A backup as docs/deploy.md describes it: the database and the bucket are lost, restored, and the books close."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest

from bills import cur_line, write_cur
from servers.postgres import Postgres, binaries
from servers.seaweedfs import SeaweedFS
from tallystick.errors import NotFoundError
from tallystick.lake.schemas import LEDGER
from tallystick.planner.home import Home
from tallystick.reports.proof import source_totals
from tallystick.settings.config import S3, Config, Engine

pytestmark = pytest.mark.services
BUCKET, PREFIX = "backup", "lake"
AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)
EVERY_TENANT = {"PGOPTIONS": "-c tally.tenant=*"}
"""Lets a role that is no superuser dump the rows of all tenants."""


@dataclass
class Cluster:
    """A lake in a bucket, a catalog in a database; each can be lost."""

    postgres: Postgres
    s3: SeaweedFS
    folder: Path
    database: str

    def home(self, machine: str) -> Home:
        """As a machine opens it that has never seen it."""
        return Home(
            Config(
                home=self.folder / machine,
                lake=f"s3://{BUCKET}/{PREFIX}",
                catalog=self.postgres.address(self.database),
                engine=Engine(threads=1, memory="300MB"),
                s3=S3(endpoint_url=self.s3.endpoint, path_style=True),
            )
        )

    def back_up(self) -> tuple[Path, dict[str, bytes]]:
        """The database first, then the bucket: what the dump names was there before it."""
        dump = self.folder / "tally.dump"
        self._run("pg_dump", "--format=custom", "--enable-row-security", f"--file={dump}", *self._to())
        return dump, self._objects()

    def lose(self) -> None:
        """Both are gone."""
        with psycopg.connect(self.postgres.address("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{self.database}" WITH (FORCE)')  # type: ignore[call-overload]
        for key in self._objects():
            self.s3.client().delete_object(Bucket=BUCKET, Key=key)

    def restore(self, dump: Path, objects: dict[str, bytes]) -> None:
        """The bucket first, then the database: what the database names must be there."""
        for key, body in objects.items():
            self.s3.client().put_object(Bucket=BUCKET, Key=key, Body=body)
        self.postgres.create_database(self.database)
        self._run("pg_restore", "--exit-on-error", "--no-owner", *self._to(), str(dump))

    def forget_tables(self) -> None:
        """The catalogue lists no table any more."""
        with psycopg.connect(self.postgres.address(self.database)) as connection:
            connection.execute("DELETE FROM iceberg_tables")

    def _to(self) -> list[str]:
        return [f"--dbname={self.postgres.address(self.database)}"]

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(binaries() / program), *arguments]
        done = subprocess.run(command, env=os.environ | EVERY_TENANT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def _objects(self) -> dict[str, bytes]:
        client = self.s3.client()
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        keys = [found["Key"] for page in pages for found in page.get("Contents", ())]
        return {key: client.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


@pytest.fixture
def cluster(
    postgres_server: Postgres, s3_server: SeaweedFS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cluster]:
    """Two tenants, two months of which one is closed, and a bill that came after that."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    s3_server.create_bucket(BUCKET)
    found = Cluster(postgres_server, s3_server, tmp_path, f"backup_{tmp_path.name}")
    postgres_server.create_database(found.database)
    home = found.home("first")
    for tenant, cost in (("default", "0.1"), ("org1", "7.25")):
        for number, month in enumerate((AUGUST, SEPTEMBER), start=1):
            home.ingest(str(bill(tmp_path, month, number, cost)), tenant=tenant, source_name="bills")
        home.close_month(tenant, "bills", AUGUST)
        home.ingest(str(bill(tmp_path, AUGUST, 3, f"1{cost}")), tenant=tenant, source_name="bills")
    yield found
    found.lose()


def bill(folder: Path, month: date, number: int, cost: str) -> Path:
    lines = [cur_line(month, day, UnblendedCost=f"{cost}{day}", team="shop") for day in range(1, 4)]
    return write_cur(
        folder / f"{month:%m}-{number}-{cost}.csv.gz", lines, version=datetime(2026, 10, number, tzinfo=UTC)
    )


def ledger(home: Home, tenant: str) -> list[tuple[object, ...]]:
    with home.session(tenant) as session:
        return session.rows(f"SELECT {', '.join(LEDGER.names())} FROM ledger ORDER BY ALL")


def closes(home: Home, tenant: str) -> bool:
    return all(check.closes for check in home.reconcile(tenant, True, source_totals))


def test_database_and_bucket_give_everything_back(cluster: Cluster) -> None:
    before = cluster.home("first")
    expected = {tenant: (ledger(before, tenant), before.status(tenant)) for tenant in ("default", "org1")}
    backup = cluster.back_up()
    cluster.lose()
    cluster.restore(*backup)
    after = cluster.home("second")
    for tenant, (rows, status) in expected.items():
        assert (ledger(after, tenant), after.status(tenant)) == (rows, status)
        assert closes(after, tenant)
    later = after.ingest(str(bill(cluster.folder, SEPTEMBER, 9, "2")), tenant="org1", source_name="bills")
    assert [receipt.outcome for receipt in later] == ["accepted"]


def test_deliveries_and_statements_are_enough(cluster: Cluster) -> None:
    before = cluster.home("first")
    expected = {tenant: ledger(before, tenant) for tenant in ("default", "org1")}
    first = before.releases("org1")[-1]
    dump, objects = cluster.back_up()
    cluster.lose()
    kept = {key: body for key, body in objects.items() if key.split("/")[1] in ("deliveries", "statements")}
    assert 0 < len(kept) < len(objects)
    cluster.restore(dump, kept)
    cluster.forget_tables()
    after = cluster.home("second")
    for tenant, rows in expected.items():
        after.maintain(tenant)
        assert ledger(after, tenant) == rows
        assert closes(after, tenant)
        assert [month.state for month in after.months(tenant)] == ["closed", "open"]
    with pytest.raises(NotFoundError, match="no longer kept"), after.session("org1", first.release_id) as session:
        session.rows("SELECT * FROM ledger")

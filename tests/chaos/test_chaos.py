"""Whatever dies while bills are delivered, the ledger is that of a quiet run, and every total closes.

Each storm follows a seed. ``STORMS`` says how many there are (``make test-chaos``: 50); every tenth computes in Trino.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bills import cur_line, write_cur
from servers.faulty import FaultyDoor
from servers.postgres import Postgres
from servers.redis import Redis
from servers.seaweedfs import SeaweedFS
from servers.trino import iceberg_catalog
from storm import WORKERS, Storm
from tallystick.errors import ConflictError, TallyError
from tallystick.lake.history import additions
from tallystick.lake.schemas import LEDGER, TABLES
from tallystick.planner.home import Home
from tallystick.planner.jobs.desk import Desk
from tallystick.reports.proof import source_totals
from tallystick.settings.config import Config, Engine
from workers import Crew, until

pytestmark = pytest.mark.services
STORMS = int(os.environ.get("STORMS", "5"))
SOURCES = ("one", "two")
JUNE, JULY, AUGUST = MONTHS = [date(2026, month, 1) for month in (6, 7, 8)]
PATIENCE = 120.0
"""Seconds until everything must have settled."""


@dataclass(frozen=True)
class Bill:
    """A file as it is delivered for a source."""

    source: str
    path: Path


@dataclass(frozen=True)
class Story:
    """What is delivered before June of the first source is closed, and after it."""

    before: Sequence[Bill]
    after: Sequence[Bill]


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """For two sources three months, some of them in two versions; later, June and August again."""
    folder = tmp_path_factory.mktemp("story")
    before = [bill(folder, source, month, 1) for source in SOURCES for month in MONTHS]
    before += [bill(folder, "one", JULY, 2), bill(folder, "two", AUGUST, 2)]
    after = [bill(folder, "one", JUNE, 3), bill(folder, "two", AUGUST, 3)]
    return Story(before, after)


def bill(folder: Path, source: str, month: date, version: int) -> Bill:
    draw = random.Random(f"{source} {month} {version}")
    lines = [
        cur_line(
            month,
            draw.randint(1, 28),
            draw.randint(0, 23),
            UsageAccountId=f"00000000000{draw.randint(1, 3)}",
            ResourceId=f"i-{draw.randint(1, 20)}",
            UnblendedCost=f"{draw.randint(0, 10**12)}e-9",
            team=draw.choice(["", "shop", "search"]),
        )
        for _ in range(60)
    ]
    path = folder / source / f"{month:%Y-%m}" / str(version) / "cur.csv.gz"
    return Bill(source, write_cur(path, lines, version=datetime(2026, 9, version, tzinfo=UTC)))


@pytest.fixture(scope="session")
def expected(story: Story, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """The ledger of a quiet run in one process."""
    home = Home(Config(home=tmp_path_factory.mktemp("quiet"), engine=Engine(threads=1, memory="300MB")))
    for each in story.before:
        home.ingest(str(each.path), source_name=each.source)
    home.close_month("default", "one", JUNE)
    for each in story.after:
        home.ingest(str(each.path), source_name=each.source)
    return ledger(home)


def ledger(home: Home) -> list[tuple[object, ...]]:
    columns = ", ".join(name for name in LEDGER.names() if name != "x_source_id")
    with home.session() as session:
        return session.rows(f"SELECT {columns} FROM ledger ORDER BY ALL")


@pytest.fixture
def crew(
    seed: int,
    postgres: Postgres,
    redis: Redis,
    objects: SeaweedFS,
    door: FaultyDoor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Crew]:
    """Two workers and a scheduler on a cluster of their own."""
    behind = objects.environment | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{door.port}"}
    for name, value in behind.items():
        monkeypatch.setenv(name, value)
    settings = {
        "TALLY_BROKER": redis.address,
        "TALLY_CATALOG": postgres.create_database(f"chaos{seed}"),
        "TALLY_LAKE": f"s3://chaos/{seed}",
    }
    if with_trino(seed):
        trino = request.getfixturevalue("trino")
        properties = iceberg_catalog(postgres, f"chaos{seed}", objects, f"s3://chaos/{seed}")
        Home(Crew(tmp_path / "first", settings).config).lake.catalog.list_namespaces()  # makes what Trino looks for
        settings |= {
            "TALLY_ENGINE_TRINO": trino.create_catalog(f"chaos{seed}", properties),
            "TALLY_ENGINE_TRINO_ABOVE": "0",
        }
    with Crew(tmp_path / "home", settings) as crew:
        for name in WORKERS:
            crew.start(name, "worker")
        crew.start("scheduler", "scheduler")
        yield crew


def with_trino(seed: int) -> bool:
    return seed % 10 == 4


@pytest.mark.parametrize("seed", range(STORMS))
def test_a_storm_changes_nothing(
    seed: int,
    story: Story,
    expected: list[tuple[object, ...]],
    crew: Crew,
    postgres: Postgres,
    redis: Redis,
    door: FaultyDoor,
    request: pytest.FixtureRequest,
) -> None:
    trino = request.getfixturevalue("trino") if with_trino(seed) else None
    draw = random.Random(seed)
    home = here(crew)
    with Storm(seed, crew, postgres, redis, door, trino) as storm:
        deliver(home, story.before, draw)
        insist(lambda: close(home))
        deliver(home, story.after, draw)
    until(lambda: settled(home), crew, PATIENCE)
    assert home.status().jobs["dead"] == 0
    assert ledger(home) == expected, f"{storm.struck}\n{crew.logs()}"
    assert [check for check in home.reconcile("default", True, source_totals) if not check.closes] == []
    for schema in TABLES:
        added = additions(home.store("default").tables[schema.name].refresh())
        assert set(added.values()) <= {1}, (schema.name, storm.struck)


def here(crew: Crew) -> Home:
    """The home, opened here; what is computed here is small and done without Trino."""
    config = crew.config
    return Home(config.model_copy(update={"engine": config.engine.model_copy(update={"trino": None})}))


def deliver(home: Home, bills: Sequence[Bill], draw: random.Random) -> None:
    """In any order, some of them twice; all are read at the end."""
    order = [*bills, *draw.sample(bills, len(bills) // 2)]
    draw.shuffle(order)
    for each in order:
        insist(lambda each=each: home.ingest(str(each.path), source_name=each.source, wait=False))  # type: ignore[misc]
        time.sleep(draw.uniform(0, 0.3))
    insist(lambda: all_read(home))


def all_read(home: Home) -> None:
    states = {view.state for view in home.deliveries()}
    if "received" in states:
        raise ConflictError("not yet")


def close(home: Home) -> None:
    """Close June, unless an attempt that seemed to fail has done so."""
    if not any(view.state == "closed" for view in home.months()):
        home.close_month("default", "one", JUNE)


def insist(action: Callable[[], object]) -> None:
    """Try until it works, as people and timers do."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            action()
        except (TallyError, OSError):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


def settled(home: Home) -> bool:
    """Everything is published, and nobody does anything."""
    try:
        status = home.status()
        for job in Desk(home, "default").jobs("dead"):
            if "CATALOG_NOT_FOUND" in (job.reason or ""):  # this Trino forgets its catalogues when it is killed
                Desk(home, "default").retry(job.job_id)
    except (TallyError, OSError):
        return False
    busy = status.jobs["queued"] + status.jobs["running"]
    return status.release_id > 0 and not status.stale_parts and not busy

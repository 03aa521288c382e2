"""Real servers for the tests that speak to them: one of each for the session, stopped at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from servers.postgres import Postgres
from servers.redis import Redis
from servers.seaweedfs import SeaweedFS
from servers.trino import CATALOG, Trino, iceberg_catalog
from services.staged import BUCKET, StagedLake
from tallystick.engine.trino import TrinoEngine
from tallystick.lake.fileio import open_objects
from tallystick.lake.filesystems import S3Options
from tallystick.lake.tables import Lake, open_lake

DATABASE = "tally"


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A Redis server."""
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def s3_environment(s3_server: SeaweedFS) -> Iterator[None]:
    """The server's keys in the environment, for those of a session's tests that ask for it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in s3_server.environment.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def lake(
    s3_environment: None, s3_server: SeaweedFS, postgres_server: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Lake:
    """A lake in the bucket ``lake``, its catalogue in the database ``tally``."""
    s3_server.create_bucket(BUCKET)
    cache = tmp_path_factory.mktemp("cache")
    return open_lake(
        open_objects(f"s3://{BUCKET}", S3Options(), cache, 10**9), cache, postgres_server.create_database(DATABASE)
    )


@pytest.fixture(scope="session")
def trino_server(
    tmp_path_factory: pytest.TempPathFactory, lake: Lake, postgres_server: Postgres, s3_server: SeaweedFS
) -> Iterator[Trino]:
    """Trino over that lake."""
    catalogs = {CATALOG: iceberg_catalog(postgres_server, DATABASE, s3_server, f"s3://{BUCKET}")}
    server = Trino(tmp_path_factory.mktemp("trino"), catalogs)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def staged_lake(trino_server: Trino, lake: Lake, s3_server: SeaweedFS) -> StagedLake:
    """The lake, to put rows into and compute on inside Trino."""
    return StagedLake(s3_server, lake, TrinoEngine(trino_server.address))

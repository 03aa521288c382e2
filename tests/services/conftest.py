"""Real servers for the tests that speak to them: one of each for the session, stopped at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyiceberg.catalog.sql import SqlCatalog

from servers.postgres import Postgres
from servers.redis import Redis
from servers.seaweedfs import SeaweedFS
from servers.trino import CATALOG, Trino, iceberg_catalog

BUCKET = "lake"
DATABASE = "tally"


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """An S3 server."""
    with SeaweedFS(tmp_path_factory.mktemp("seaweedfs")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A Redis server."""
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def trino_server(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: Postgres, s3_server: SeaweedFS
) -> Iterator[Trino]:
    """Trino over the Iceberg tables that the database ``tally`` lists and the bucket ``lake`` keeps."""
    s3_server.create_bucket(BUCKET)
    SqlCatalog(
        CATALOG, uri=postgres_server.create_database(DATABASE).replace("postgresql", "postgresql+psycopg", 1)
    )  # makes its two tables
    catalogs = {CATALOG: iceberg_catalog(postgres_server, DATABASE, s3_server, f"s3://{BUCKET}")}
    server = Trino(tmp_path_factory.mktemp("trino"), catalogs)
    try:
        server.start()
        yield server
    finally:
        server.kill()

"""What tests of several rooms start from: a configuration for each kind of settings database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pyarrow import fs

from ledgers import OpenSession, Row
from published_rows import PublishedRows
from servers.azurite import Azurite
from servers.cluster import Cluster
from servers.gnocchi import Gnocchi
from servers.google_storage import GoogleStorage
from servers.keystone import Keystone
from servers.postgres import Postgres
from servers.redis import Redis
from servers.seaweedfs import SeaweedFS
from servers.trino import Trino
from tallystick.engine.report_store import ReportStore
from tallystick.engine.session import Session
from tallystick.engine.testing import memory_session
from tallystick.lake.filesystems import Address, azure_properties
from tallystick.settings.config import Config


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A PostgreSQL server; make a database of your own on it."""
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """An S3 server."""
    with SeaweedFS(tmp_path_factory.mktemp("seaweedfs")) as server:
        yield server


@pytest.fixture(scope="session")
def azure_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """An emulator of Azure Blob Storage, with a container ``lake``."""
    with Azurite(tmp_path_factory.mktemp("azurite")) as server:
        address, connection_string = Address.parse(server.address("lake")), next(iter(server.environment.values()))
        fs.AzureFileSystem(**azure_properties(address, connection_string)).create_dir("lake")
        yield server


@pytest.fixture(scope="session")
def google_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleStorage]:
    """An emulator of Google Cloud Storage, with a bucket ``lake``."""
    with GoogleStorage(tmp_path_factory.mktemp("google")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A Redis server."""
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def keystone_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keystone]:
    """An OpenStack identity service; make projects and users of your own on it."""
    with Keystone(tmp_path_factory.mktemp("keystone")) as server:
        yield server


@pytest.fixture(scope="session")
def gnocchi_server(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: Postgres, keystone_server: Keystone
) -> Iterator[Gnocchi]:
    """An OpenStack metric store; its resources are of a type of your own."""
    with Gnocchi(tmp_path_factory.mktemp("gnocchi"), postgres_server, keystone_server) as server:
        yield server


@pytest.fixture(scope="session")
def s3_environment(s3_server: SeaweedFS) -> Iterator[None]:
    """The server's keys in the environment, for those of a session's tests that ask for it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in s3_server.environment.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def trino_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trino]:
    """A Trino without catalogues; make one of your own on it."""
    server = Trino(tmp_path_factory.mktemp("trino"))
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def cluster(s3_environment: None, postgres_server: Postgres, s3_server: SeaweedFS, trino_server: Trino) -> Cluster:
    """Where homes of the cluster size can be."""
    return Cluster(postgres_server, s3_server, trino_server)


@pytest.fixture
def on_postgresql(postgres_server: Postgres, tmp_path: Path) -> Config:
    """A home of one's own whose settings database is an empty one on PostgreSQL."""
    return Config(home=tmp_path / "home", catalog=postgres_server.create_database(f"tally_{uuid.uuid4().hex[:12]}"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Config:
    """A home of one's own with an empty settings database, of either kind."""
    if request.param == "sqlite":
        return Config(home=tmp_path / "home")
    found: Config = request.getfixturevalue("on_postgresql")
    return found


@pytest.fixture(scope="session")
def report_store(postgres_server: Postgres) -> ReportStore:
    """An empty report store."""
    return ReportStore(postgres_server.create_database(f"reports_{uuid.uuid4().hex[:12]}"))


@pytest.fixture
def published(report_store: ReportStore) -> Iterator[OpenSession]:
    """Makes sessions over rows that the report store shows."""
    with ExitStack() as sessions:

        def open_session(**tables: list[Row]) -> Session:
            return sessions.enter_context(PublishedRows(report_store, memory_session(**tables)))

        yield open_session

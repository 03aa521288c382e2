"""What tests of several rooms start from: a configuration for each kind of settings database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import fs

from servers.azurite import Azurite
from servers.postgres import Postgres
from servers.seaweedfs import SeaweedFS
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

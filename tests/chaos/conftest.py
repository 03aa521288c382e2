"""The servers of the chaos tests, which they kill and start again."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from servers.faulty import FaultyDoor
from servers.postgres import Postgres
from servers.redis import Redis
from servers.seaweedfs import SeaweedFS
from servers.trino import Trino


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    with SeaweedFS(tmp_path_factory.mktemp("seaweedfs")) as server:
        server.create_bucket("chaos")
        yield server


@pytest.fixture(scope="session")
def door(objects: SeaweedFS) -> Iterator[FaultyDoor]:
    """The way to the object store."""
    with FaultyDoor(urlsplit(objects.endpoint).port or 0) as door:
        yield door


@pytest.fixture(scope="session")
def trino(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trino]:
    server = Trino(tmp_path_factory.mktemp("trino"))
    try:
        server.start()
        yield server
    finally:
        server.kill()

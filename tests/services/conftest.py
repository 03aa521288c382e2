"""Real servers for the tests that speak to them: one of each for the session, stopped at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from servers.cluster import Cluster
from servers.postgres import Postgres
from servers.redis import Redis
from servers.seaweedfs import SeaweedFS
from servers.trino import Trino
from services.staged import StagedLake
from tallystick.planner.home import Home


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


@pytest.fixture(scope="module")
def staged_lake(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> StagedLake:
    """An empty lake, to put rows into and compute on inside Trino."""
    return StagedLake(Home(cluster.config(tmp_path_factory.mktemp("home"))), cluster.s3)

"""Real servers for the tests that speak to them: one of each for the session, stopped at the end."""

from __future__ import annotations

import pytest

from servers.cluster import Cluster
from services.staged import StagedLake
from tallystick.planner.home import Home


@pytest.fixture(scope="module")
def staged_lake(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> StagedLake:
    """An empty lake, to put rows into and compute on inside Trino."""
    return StagedLake(Home(cluster.config(tmp_path_factory.mktemp("home"))), cluster.s3)

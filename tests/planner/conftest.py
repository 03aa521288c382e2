"""Homes on one machine, and on a cluster: tables on S3, settings and catalogue on PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tallystick.planner.home import Home
from tallystick.settings.config import Config

Configs = Callable[..., Config]
Homes = Callable[..., Home]

KINDS = ["local", pytest.param("cluster", marks=pytest.mark.services)]


@pytest.fixture(params=KINDS)
def configs(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configs:
    """The configuration of an empty home of a name, with further settings if need be."""
    on_cluster = request.param == "cluster"
    if on_cluster:
        server = request.getfixturevalue("s3_server")
        server.create_bucket("homes")
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)

    def config(name: str = "home", **settings: Any) -> Config:
        where: dict[str, str] = {}
        own = uuid.uuid4().hex[:12]
        if on_cluster:
            where["lake"] = f"s3://homes/{own}/lake"
            where["catalog"] = request.getfixturevalue("postgres_server").create_database(f"tally_{own}")
        engine = {"threads": 1, "memory": "300MB"}
        return Config.model_validate({"home": tmp_path / name, "engine": engine} | where | settings)

    return config


@pytest.fixture
def homes(configs: Configs) -> Homes:
    """An empty home of a name, with further settings if need be."""
    return lambda name="home", **settings: Home(configs(name, **settings))


@pytest.fixture
def home(homes: Homes) -> Home:
    """An empty home."""
    return homes()

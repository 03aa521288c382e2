"""A home in a temporary folder, with its settings database there or on PostgreSQL."""

from __future__ import annotations

import pytest

from tallystick.planner.home import Home
from tallystick.settings.config import Config, Engine


@pytest.fixture
def home(config: Config) -> Home:
    return Home(config.model_copy(update={"engine": Engine(threads=1, memory="300MB")}))

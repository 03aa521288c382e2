"""A home in a temporary folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.planner.home import Home
from tallystick.settings.config import Config, Engine


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(Config(home=tmp_path / "home", engine=Engine(threads=1, memory="300MB")))

"""Prints the API's description as JSON; needs no data and no server."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tallystick.api.app import create_app
from tallystick.planner.home import Home
from tallystick.settings.config import Config

with tempfile.TemporaryDirectory() as folder:
    home = Home(Config(home=Path(folder)))
    print(json.dumps(create_app(home).openapi(), indent=1, sort_keys=True, ensure_ascii=False))

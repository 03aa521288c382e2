"""What most commands begin with: the configuration, the logs, and the home."""

from __future__ import annotations

from pathlib import Path

from tallystick.planner.home import Home
from tallystick.settings.config import Config
from tallystick.settings.loading import load_config


def configuration(home: Path | None) -> Config:
    """The configuration in force, of the home that ``--home`` names if it was given."""
    return load_config(given={} if home is None else {"home": home})


def open_home(home: Path | None, *, log_level: str = "warning") -> Home:
    """The home to work on, with logs set up. ``log_level`` counts where the configuration names none."""
    from tallystick.cli.logging import configure_logging

    config = configuration(home)
    configure_logging(config.log, default_level=log_level)
    return Home(config)

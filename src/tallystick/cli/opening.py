"""What most commands begin with: the configuration, the logs, and the home."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import typer

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


def release_of(home: Home, tenant: str, as_of: str | None) -> int | None:
    """The release that readers saw at the end of a UTC day, YYYY-MM-DD; None, the current one, where none is named.

    Raises BadParameter for what is no day, NotFoundError for a day of which no release is kept.
    """
    if as_of is None:
        return None
    try:
        day = date.fromisoformat(as_of)
    except ValueError as error:
        raise typer.BadParameter(f"{as_of!r} is not a day; write YYYY-MM-DD", param_hint="--as-of") from error
    return home.release_before(tenant, datetime.combine(day + timedelta(days=1), time.min, UTC))

"""The fetcher and the collector that a configuration names, from the installed ones.

An entry point of the groups ``tallystick.fetchers`` and ``tallystick.collectors`` is a function of a MeteringConfig.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any, Final

from tallystick.errors import ConfigError
from tallystick.sources.metering.base import Collector, Fetcher
from tallystick.sources.metering.options import MeteringConfig

FETCHERS: Final = "tallystick.fetchers"
COLLECTORS: Final = "tallystick.collectors"


def open_fetcher(config: MeteringConfig) -> Fetcher:
    """What ``[fetcher] backend`` names. Raises ConfigError for an unknown one and for options that are wrong."""
    fetcher: Fetcher = _load(FETCHERS, config.fetcher, "[fetcher] backend")(config)
    return fetcher


def open_collector(config: MeteringConfig) -> Collector:
    """What ``[collect] collector`` names. Raises ConfigError for an unknown one and for options that are wrong."""
    collector: Collector = _load(COLLECTORS, config.collect.collector, "[collect] collector")(config)
    return collector


def _load(group: str, name: str, option: str) -> Any:
    found = entry_points(group=group)
    for entry in found:
        if entry.name == name:
            return entry.load()
    raise ConfigError(f"{option}: there is no {name!r}, only {', '.join(sorted({entry.name for entry in found}))}")

"""The installed kinds of source, by name. What ships in the box comes through the same door as a plugin."""

from __future__ import annotations

from importlib.metadata import entry_points

from tallystick.errors import ConfigError
from tallystick.sources.base import Source

GROUP = "tallystick.sources"


def load_sources() -> dict[str, Source]:
    """Every installed kind of source. Raises ConfigError for an entry point that is not one."""
    sources = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        source = entry.load()
        if not isinstance(source, Source):
            raise ConfigError(f"the plugin {entry.value} of the group {GROUP} is not a Source")
        sources[entry.name] = source
    return sources

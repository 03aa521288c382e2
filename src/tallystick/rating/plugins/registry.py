"""Which rating modules of others are installed: what stands behind CloudKitty's entry points and is not built in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final

GROUP: Final = "cloudkitty.rating.processors"
BUILT_IN: Final = frozenset(("hashmap", "noop", "pyscripts", "tiers"))
"""What CloudKitty's package registers under these names is not used: Tallystick does the same itself."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A module that is installed: by its name, where its class is, and the package with version that it comes from."""

    name: str
    target: str
    package: str
    summary: str


@dataclass(frozen=True, slots=True)
class EnabledPlugin:
    """A module and the half-open interval of period starts in which it takes part; no end is for ever."""

    plugin: Plugin
    begin: datetime
    end: datetime | None


def missing(name: str) -> Plugin:
    """What stands for a module that is enabled and not installed: nothing can be rated by it."""
    return Plugin(name, "", "", "")


@cache
def installed() -> dict[str, Plugin]:
    """The modules, by name. What is installed while this process runs is found by the next."""
    found = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    return {entry.name: _plugin(entry) for entry in found if entry.name not in BUILT_IN}


def _plugin(entry: EntryPoint) -> Plugin:
    if entry.dist is None:
        return Plugin(entry.name, entry.value, "", "")
    summary = str(entry.dist.metadata.json.get("summary", ""))
    return Plugin(entry.name, entry.value, f"{entry.dist.name} {entry.dist.version}", summary)

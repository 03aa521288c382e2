"""The process of a module of others: loads its class, makes one of it per scope, and hands it frames.

The module comes from the operator's own installation and is trusted as that is; the process keeps what it does wrong
(memory, time, a crash) away from the rest.
"""

from __future__ import annotations

import inspect
from importlib.metadata import EntryPoint
from typing import Any

from tallystick.rating.frames.cell import confine
from tallystick.rating.frames.cell.frame import Frame
from tallystick.rating.frames.cell.serving import RatingError, serve, told
from tallystick.rating.frames.cell.timing import OutOfTime, timed, watch_time
from tallystick.rating.plugins import compat
from tallystick.rating.plugins.registry import GROUP


class Module:
    """A module at work."""

    def __init__(self, name: str, kind: type, cpu_seconds: float) -> None:
        self._name, self._kind, self._cpu_seconds = name, kind, cpu_seconds
        self._of_scope: dict[str | None, Any] = {}
        self._dated = "start" in inspect.signature(kind.reload_config).parameters  # type: ignore[attr-defined]

    def problems(self) -> list[dict[str, Any]]:
        """None: what cannot be loaded does not get here."""
        return []

    def rate(self, frame: Frame, scope: str | None) -> None:
        """Let the module of a scope reload what it keeps for the period, and process it. Raises RatingError."""
        try:
            with timed(self._cpu_seconds):
                if scope not in self._of_scope:
                    self._of_scope[scope] = self._kind(scope)
                module = self._of_scope[scope]
                module.reload_config(frame.begin) if self._dated else module.reload_config()
                frame.take(self._processed(module, frame), by_position=True)
        except OutOfTime:
            reason = f"more than {self._cpu_seconds:g} s of CPU time for one period"
            raise RatingError(self._name, None, reason, endless=True) from None
        except Exception as error:
            raise RatingError(self._name, None, told(error)) from None

    def _processed(self, module: Any, frame: Frame) -> Any:
        from cloudkitty.dataframe import DataFrame, DataPoint

        given = DataFrame(frame.begin, frame.end)
        for metric, points in frame.usage.items():
            for point in points:
                vol, rating = point["vol"], point["rating"]
                made = DataPoint(vol["unit"], vol["qty"], rating["price"], point["groupby"], point["metadata"])
                given.add_point(made, metric)
        return module.process(given).as_dict(mutable=True)


def prepare(settings: dict[str, Any]) -> Module:
    """Load the module."""
    plugin = settings["plugin"]
    watch_time()
    compat.provide()
    kind = EntryPoint(plugin["name"], plugin["target"], GROUP).load()
    confine.limit_memory(settings["memory_bytes"])
    return Module(plugin["name"], kind, settings["cpu_seconds"])


if __name__ == "__main__":
    serve(prepare)

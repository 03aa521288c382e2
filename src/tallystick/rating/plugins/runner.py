"""Running a module of others over the points of a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Final

from tallystick.engine.duck import Resources
from tallystick.rating.frames.limits import Problem, ScriptLimits
from tallystick.rating.frames.process import CellError
from tallystick.rating.frames.running import Program, run
from tallystick.rating.plugins.registry import Plugin

_CELL: Final = "tallystick.rating.plugins.cell"


def rate(plugin: Plugin, source: Path, target: Path, limits: ScriptLimits, resources: Resources) -> tuple[Problem, ...]:
    """Let a module rate the points of a Parquet file; write another. Both have the columns of ``POINTS``.

    A scope and period that it fails on keeps the points that it had, and is a problem. Raises CellError where the
    module is not there or cannot be loaded.
    """
    if not plugin.target:
        raise CellError(f"The rating module {plugin.name} is enabled but not installed: install it, or disable it.")
    program = Program(_CELL, {"plugin": asdict(plugin)}, packages=True)
    return run(program, source, target, limits, resources)

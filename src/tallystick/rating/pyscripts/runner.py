"""Running scripts over the points of a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tallystick.engine.duck import Resources
from tallystick.rating.frames.limits import Problem, ScriptLimits
from tallystick.rating.frames.process import Cell, CellError
from tallystick.rating.frames.running import Program, run
from tallystick.rating.pyscripts.scripts import Script, in_order
from tallystick.rating.rules.errors import InvalidRuleError

_CELL: Final = "tallystick.rating.pyscripts.cell"


def rate(
    scripts: Sequence[Script], source: Path, target: Path, limits: ScriptLimits, resources: Resources
) -> tuple[Problem, ...]:
    """Run scripts, each for the periods that it is for, over the points of a Parquet file; write another.

    Both have the columns of ``POINTS``, and every price is there. A scope and period that a script fails on keeps the
    points that it had before all scripts, and is a problem. Raises CellError where scripts cannot be confined.
    """
    settings = {
        "kernel": limits.kernel,
        "scripts": [
            (script.name, script.data, *(moment and moment.isoformat() for moment in (script.begin, script.end)))
            for script in in_order(scripts)
        ],
    }
    return run(Program(_CELL, settings), source, target, limits, resources)


def check_source(name: str, data: str) -> None:
    """Raises InvalidRuleError, with line and reason, for a script that does not compile. Nothing of it is run."""
    limits = ScriptLimits()
    settings = {
        "kernel": False,
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": limits.cpu_seconds,
        "scripts": [(name, data, None, None)],
    }
    try:
        with Cell(_CELL, settings, limits.wall_seconds) as cell:
            problems = cell.problems
    except CellError as error:
        raise InvalidRuleError(f"Script {name} cannot be compiled: {error}") from error
    for problem in problems:
        where = "" if problem["line"] is None else f" line {problem['line']}:"
        raise InvalidRuleError(f"Script {name} cannot be compiled:{where} {problem['reason']}")

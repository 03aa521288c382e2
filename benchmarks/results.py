"""What a benchmark found: a line per figure, with its target, shown as a table and kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. Smaller is better; without a target it is there to be read beside the others."""

    room: str
    name: str
    value: float
    unit: str
    target: float | None = None

    @property
    def verdict(self) -> str:
        """PASS or FAIL against the target, or nothing."""
        if self.target is None:
            return ""
        return "PASS" if self.value <= self.target else "FAIL"


def show(machine: str, figures: Sequence[Figure]) -> None:
    """Print the machine and the figures."""
    table = Table("Benchmark", "Figure", "Measured", "Target", "", title=machine)
    for column in (2, 3):
        table.columns[column].justify = "right"
    for figure in figures:
        target = "" if figure.target is None else f"{figure.target:g} {figure.unit}"
        table.add_row(figure.room, figure.name, f"{figure.value:,.3g} {figure.unit}", target, figure.verdict)
    Console(width=120).print(table)


def keep(path: Path, machine: str, figures: Sequence[Figure]) -> None:
    """Write the figures to a JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found = [asdict(figure) | {"verdict": figure.verdict} for figure in figures]
    path.write_text(json.dumps({"machine": machine, "figures": found}, indent=1) + "\n")

"""Rating a day where a module is no SQL: from file to file, module by module, and what could not be rated.

A frame that a module fails on goes on with the prices that it had, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tallystick.engine.duck import Resources, literal
from tallystick.engine.models import hashmap_model, tiers_model
from tallystick.engine.relations import relation_of
from tallystick.lake.schemas import POINTS, ColumnType
from tallystick.rating.days import HASHMAP, IN_SQL, PYSCRIPTS, DayRating, Segment
from tallystick.rating.frames.limits import Problem, ScriptLimits
from tallystick.rating.plugins import runner as plugins
from tallystick.rating.pyscripts import runner as scripts
from tallystick.rating.skipping import leave_out

RATED = "rated_by_modules"
"""The view of the points of a day that are rated."""
PROBLEMS = "rating_problems"
"""The view of scopes and periods that a module failed on."""


@dataclass(frozen=True)
class Chain:
    """The modules of a day at work. ``connection`` has the relations of the day as views."""

    rating: DayRating
    connection: duckdb.DuckDBPyConnection
    folder: Path
    """For files on the way."""
    resources: Resources

    def rate(self, unrated: str) -> None:
        """Rate what a SELECT gives: makes the views ``rated_by_modules`` and ``rating_problems``."""
        files: list[Path] = []
        problems: list[Problem] = []
        for number, segment in enumerate(self.rating.segments):
            last = self._write(f"{number}-0", f"SELECT * FROM ({unrated}) AS unrated WHERE {_within(segment)}")
            for step, module in enumerate(segment.modules, 1):
                name = f"{number}-{step}"
                if module in IN_SQL:
                    self._show("points", [last])
                    model = hashmap_model() if module == HASHMAP else tiers_model()
                    last = self._write(name, model.sql)
                else:
                    last, failed = self._run(module, segment, last, name)
                    problems += failed
            files.append(last)
        if not self.rating.skips.idle:
            files, complaints = self._leave_out(files)
            problems += complaints
        self._show(RATED, files)
        self.connection.execute(f"CREATE OR REPLACE VIEW {PROBLEMS} AS {_problems(problems)}")

    def _run(self, module: str, segment: Segment, source: Path, name: str) -> tuple[Path, tuple[Problem, ...]]:
        target, limits = self._path(name), ScriptLimits()
        rules = self.rating.rules.between(segment.begin, segment.end)
        if module == PYSCRIPTS:
            return target, scripts.rate(rules.scripts, source, target, limits, self.resources)
        plugin = next(one.plugin for one in rules.plugins if one.plugin.name == module)
        return target, plugins.rate(plugin, source, target, limits, self.resources)

    def _leave_out(self, files: Iterable[Path]) -> tuple[list[Path], list[Problem]]:
        kept: list[Path] = []
        problems: list[Problem] = []
        for number, source in enumerate(files):
            kept.append(self._path(f"kept-{number}"))
            problems += leave_out(self.rating.skips, source, kept[-1], self.resources)
        return kept, problems

    def _write(self, name: str, select: str) -> Path:
        target = self._path(name)
        columns = ", ".join(POINTS.names())
        self.connection.execute(
            f"COPY (SELECT {columns} FROM ({select}) AS selected) TO {literal(str(target))}"
            " (FORMAT parquet, COMPRESSION zstd)"
        )
        return target

    def _show(self, name: str, files: Iterable[Path]) -> None:
        listed = ", ".join(literal(str(file)) for file in files)
        self.connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet([{listed}])")

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.parquet"


def _within(segment: Segment) -> str:
    begin, end = (f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S.%f}'" for moment in (segment.begin, segment.end))
    return f"period_start >= {begin} AND period_start < {end}"


def _problems(problems: Iterable[Problem]) -> str:
    columns = {"scope_id": ColumnType.TEXT, "period_start": ColumnType.TIMESTAMP, "problem": ColumnType.TEXT}
    first = {(one.scope_id, one.period_start): one for one in reversed(list(problems))}
    return relation_of(columns, ((*key, str(one)) for key, one in sorted(first.items())))

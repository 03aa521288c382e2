"""Leaving out points after they were rated, by the skip expressions of the metering source that they come from."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from tallystick.engine.duck import Resources, connect, literal
from tallystick.rating.expressions import NEVER, Expression, SkipRun
from tallystick.rating.frames import tables
from tallystick.rating.frames.cell.reading import Reader
from tallystick.rating.frames.cell.serving import told
from tallystick.rating.frames.limits import Problem
from tallystick.rating.frames.tables import FrameText
from tallystick.sources.metering.options import MeteringConfig


@dataclass(frozen=True)
class SkipRules:
    """The expression of each metric, and of all others. Raises ConfigError for one that is none."""

    default: str = NEVER
    by_metric: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for text in (self.default, *self.by_metric.values()):
            Expression(text)

    @classmethod
    def of(cls, config: MeteringConfig) -> SkipRules:
        """Those of a metering source."""
        own = {metric.type_name: metric.skip_expression for metric in config.metrics if metric.skip_expression}
        return cls(config.skip_expression, own)

    @property
    def idle(self) -> bool:
        """Whether nothing can be left out."""
        return all(Expression(text).never for text in (self.default, *self.by_metric.values()))

    def wanted(self) -> str:
        """The condition of the points that an expression looks at."""
        looked_at = {metric: not Expression(text).never for metric, text in self.by_metric.items()}
        others = Expression(self.default).never
        names = sorted(metric for metric, looks in looked_at.items() if looks is others)
        listed = ", ".join(literal(name) for name in names)
        if others:
            return f"metric IN ({listed})" if names else "false"
        return f"metric NOT IN ({listed})" if names else "true"


def leave_out(rules: SkipRules, source: Path, target: Path, resources: Resources) -> tuple[Problem, ...]:
    """Copy a file with the columns of ``POINTS`` without the points that an expression is true of.

    A point whose expression cannot be evaluated is kept, and is a problem of its scope and period.
    """
    skipped: list[int | None] = []
    problems: list[Problem] = []
    expressions = {text: Expression(text) for text in (rules.default, *rules.by_metric.values())}
    with closing(connect(resources)) as connection:
        reader = Reader()
        for frame in tables.frames(connection, source, rules.wanted()):
            _, _, given = reader.read(frame.line.decode())
            for metric, points in given.usage.items():
                run = expressions[rules.by_metric.get(metric, rules.default)].of(metric)
                for point in points:
                    if _skips(run, metric, frame, point, problems):
                        skipped.append(given.origin(point))
        connection.register("skipped", pa.table({tables.ROW: pa.array(skipped, pa.int64())}))
        connection.execute(
            f"COPY (SELECT * EXCLUDE ({tables.ROW}) FROM read_parquet({literal(str(source))}, file_row_number = true)"
            f" ANTI JOIN skipped USING ({tables.ROW}) ORDER BY {tables.ROW})"
            f" TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)"
        )
    return tuple(problems)


def _skips(run: SkipRun, metric: str, frame: FrameText, point: Mapping[str, object], problems: list[Problem]) -> bool:
    try:
        return run.skips(point)
    except Exception as error:  # whatever an expression of the user's raises
        key = frame.key
        by = f"skip expression of {metric}"
        problems.append(Problem(key.scope_id, key.begin, key.end, by, None, told(error)))
        return False

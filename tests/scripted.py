"""Points in Parquet, as the chain gives them to rating modules, and what scripts make of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tallystick.engine.duck import Resources
from tallystick.rating.frames.limits import Problem, ScriptLimits
from tallystick.rating.pyscripts.runner import rate
from tallystick.rating.pyscripts.scripts import Script

DAY = datetime(2026, 1, 5, tzinfo=UTC)
LIMITS = ScriptLimits(cpu_seconds=2, wall_seconds=20)


@dataclass(frozen=True)
class Made:
    """A point of an hour of the day."""

    metric: str = "instance"
    qty: str = "2"
    price: str = "0"
    scope: str = "alpha"
    hour: int = 0
    groupby: Mapping[str, str] = field(default_factory=lambda: {"id": "vm-1"})
    metadata: Mapping[str, str] | None = field(default_factory=lambda: {"flavor": "small"})
    unit: str | None = "instance"

    @property
    def set_id(self) -> str:
        """The id of its attributes."""
        texts = (json.dumps(pairs, sort_keys=True, separators=(",", ":")) for pairs in (self.groupby, self.metadata))
        return hashlib.md5(chr(30).join("" if text in {"{}", "null"} else text for text in texts).encode()).hexdigest()


def write_points(path: Path, points: Sequence[Made]) -> Path:
    """A file of points."""
    text, amount, moment = pa.string(), pa.decimal128(38, 18), pa.timestamp("us")
    pairs = pa.map_(text, text)
    schema = pa.schema(
        [
            *(
                ("x_source_id", text),
                ("billing_period", pa.date32()),
                ("x_file_id", text),
                ("x_dimension_set_id", text),
                ("x_series_id", text),
            ),
            *(("x_row_number", pa.int64()), ("period_start", moment), ("period_end", moment), ("scope_id", text)),
            *(("metric", text), ("unit", text), ("qty", amount), ("price", amount), ("resource_id", text)),
            *(("description", text), ("groupby", pairs), ("metadata", pairs)),
        ]
    )
    rows = [_row(number, point) for number, point in enumerate(points, 1)]
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return path


def _row(number: int, point: Made) -> dict[str, Any]:
    begin = DAY.replace(tzinfo=None) + timedelta(hours=point.hour)
    return {
        "x_source_id": "cloudkitty",
        "billing_period": date(2026, 1, 5),
        "x_file_id": "file",
        "x_dimension_set_id": point.set_id,
        "x_row_number": number,
        "period_start": begin,
        "period_end": begin + timedelta(hours=1),
        "scope_id": point.scope,
        "metric": point.metric,
        "unit": point.unit,
        "qty": Decimal(point.qty),
        "price": Decimal(point.price),
        "resource_id": point.groupby.get("id"),
        "description": f"point {number}",
        "groupby": list(point.groupby.items()),
        "metadata": None if point.metadata is None else list(point.metadata.items()),
    }


def read_points(path: Path) -> list[dict[str, Any]]:
    """The rows of such a file, in their order."""
    result = duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)])
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def script(data: str, name: str = "one", order: int = 0, **dates: datetime) -> Script:
    """A script that is for ever, unless dates are given."""
    return Script(f"id-{name}", name, data, DAY + timedelta(seconds=order), **dates)


def rated(
    tmp_path: Path, points: Sequence[Made], *scripts: Script | str, limits: ScriptLimits = LIMITS
) -> tuple[list[dict[str, Any]], tuple[Problem, ...]]:
    """What scripts make of points."""
    source, target = write_points(tmp_path / "source.parquet", points), tmp_path / "target.parquet"
    given = [script(each) if isinstance(each, str) else each for each in scripts]
    problems = rate(given, source, target, limits, Resources(1, "500MB", tmp_path))
    return read_points(target), problems

"""Points as frames and back: the SQL of both ways, so that Python touches no point outside the scripts' process."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from tallystick.engine.duck import literal
from tallystick.lake.schemas import POINTS
from tallystick.sources import dimensions
from tallystick.sources.header import RawColumn

_BATCH_ROWS: Final = 10_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN: Final = "rtrim(rtrim(CAST({0} AS VARCHAR), '0'), '.')"
_PAIRS: Final = "MAP(VARCHAR, VARCHAR)"
_DELIVERED: Final = "json_array(x_file_id, x_row_number, description)"
ROW: Final = "file_row_number"
"""The number of a point in its file, from 0."""
_READ: Final = f"""
SELECT
  scope_id, epoch_us(period_start), epoch_us(period_end),
  CAST(json_array(
    metric, unit, {_PLAIN.format("qty")}, {_PLAIN.format("price")}, groupby, metadata, {{origin}}
  ) AS VARCHAR)
FROM read_parquet(?, file_row_number = true)
WHERE {{wanted}}
ORDER BY scope_id, period_start, period_end, metric, x_file_id, x_row_number, file_row_number
"""
"""Scope, begin, end (microseconds of the epoch) and the text of a point, see ``cell.frame.Frame``."""


def _number(text: str) -> str:
    """The decimal of a plain text, in two parts: DuckDB's own cast of a text to 38 digits takes ten times as long."""
    digits = f"ltrim({text}, '-')"
    whole = f"CAST(CAST(split_part({digits}, '.', 1) AS HUGEINT) AS DECIMAL(38, 18))"
    rest = f"CAST(CAST(concat('0.', split_part({digits}, '.', 2)) AS DECIMAL(18, 18)) AS DECIMAL(38, 18))"
    return f"CASE WHEN starts_with({text}, '-') THEN -({whole} + {rest}) ELSE {whole} + {rest} END"


_POINT: Final = "STRUCT(m VARCHAR, u VARCHAR, q VARCHAR, p VARCHAR, g JSON, x JSON, o VARCHAR[])[]"
_ANSWERED: Final = {"n": "BIGINT", "i": "BIGINT", "b": "TIMESTAMP", "e": "TIMESTAMP", "points": _POINT}
_TEXTS: Final = {name: RawColumn(at, name, "VARCHAR") for at, name in enumerate(("g", "x"))}
_GROUPBY, _METADATA = (
    f"NULLIF({dimensions.from_cell(column, keep_empty=True)}, {dimensions.NONE})" for column in _TEXTS.values()
)
_COLUMNS: Final = ", ".join(f"CAST({column.name} AS {column.type.value}) AS {column.name}" for column in POINTS.columns)
_WRITE: Final = f"""
WITH common AS (SELECT MIN(x_source_id) AS x_source_id, MIN(billing_period) AS billing_period FROM source),
answered AS MATERIALIZED (
  SELECT n, i, b, e, UNNEST(points, recursive := true), UNNEST(RANGE(LEN(points))) AS step
  FROM answers
),
said AS (
  SELECT g, x, {_GROUPBY} AS groupby_pairs, {_METADATA} AS metadata_pairs
  FROM (SELECT DISTINCT g, x, CAST(g AS VARCHAR) AS c0, CAST(x AS VARCHAR) AS c1 FROM answered)
),
attributes AS MATERIALIZED (
  SELECT
    g, x,
    {dimensions.set_id("groupby_pairs", "metadata_pairs")} AS x_dimension_set_id,
    json_extract_string(groupby_pairs, '$.id') AS resource_id,
    {dimensions.as_map("groupby_pairs")} AS groupby,
    {dimensions.as_map("metadata_pairs")} AS metadata
  FROM said
),
rated AS (
  SELECT
    common.*,
    o[1] AS x_file_id,
    x_dimension_set_id,
    CAST(o[2] AS BIGINT) AS x_row_number,
    b AS period_start,
    e AS period_end,
    frames.scope_id,
    m AS metric,
    u AS unit,
    {_number("q")} AS qty,
    {_number("p")} AS price,
    resource_id,
    o[3] AS description,
    groupby,
    metadata,
    n,
    i + step AS i
  FROM answered JOIN attributes USING (g, x) JOIN frames USING (n) CROSS JOIN common
  WHERE NOT failed
),
kept AS (
  SELECT source.*, n, ROW_NUMBER() OVER (PARTITION BY n ORDER BY metric, x_file_id, x_row_number) AS i
  FROM source JOIN frames USING (scope_id, period_start, period_end)
  WHERE failed
)
SELECT {_COLUMNS} FROM (SELECT * FROM rated UNION ALL BY NAME SELECT * FROM kept) ORDER BY n, i
"""
"""Grain: one row per point. What was answered, and of frames that failed what they held before.

Attributes are brought into their canonical form once for all points that share them."""


@dataclass(frozen=True, slots=True)
class FrameKey:
    """Which frame: its number from 0 in their order, its scope and its period."""

    number: int
    scope_id: str
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class FrameText:
    """A frame on its way in."""

    key: FrameKey
    text: str
    """See ``cell.frame.Frame``."""

    @property
    def line(self) -> bytes:
        """What the process reads."""
        return f"{self.key.number}\t{json.dumps(self.key.scope_id)}\t{self.text}\n".encode()


def frames(
    connection: duckdb.DuckDBPyConnection, source: Path, *, origin: str = _DELIVERED, wanted: str = "true"
) -> Iterator[FrameText]:
    """The points of a file by scope and period, in this order.

    ``origin`` is an expression whose value comes with each point, by default what ``write`` needs; ``wanted`` is the
    condition of the points that are read.
    """
    result = connection.cursor().execute(_READ.format(origin=origin, wanted=wanted), [str(source)])
    rows = (row for batch in iter(lambda: result.fetchmany(_BATCH_ROWS), []) for row in batch)
    for number, ((scope_id, begin, end), points) in enumerate(groupby(rows, key=itemgetter(0, 1, 2))):
        text = f"[{begin},{end},[{','.join(point[3] for point in points)}]]"
        yield FrameText(FrameKey(number, scope_id, _moment(begin), _moment(end)), text)


def write(
    connection: duckdb.DuckDBPyConnection,
    source: Path,
    answers: Path,
    done: Iterable[tuple[FrameKey, bool]],
    target: Path,
) -> None:
    """Write the points as they are now, in the order of frames.

    ``done``: every frame and whether it failed. Raises duckdb.Error for answers that are none.
    """
    connection.register("frames", _frames_table(done))
    connection.execute(f"CREATE OR REPLACE VIEW source AS SELECT * FROM read_parquet({literal(str(source))})")
    declared = ", ".join(f"{name}: '{type_}'" for name, type_ in _ANSWERED.items())
    connection.execute(
        f"CREATE OR REPLACE VIEW answers AS SELECT * FROM read_json({literal(str(answers))},"
        f" format = 'newline_delimited', columns = {{{declared}}})"
    )
    connection.execute(f"COPY ({_WRITE}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)")


def _frames_table(done: Iterable[tuple[FrameKey, bool]]) -> pa.Table:
    moment = pa.timestamp("us")
    fields = {"n": pa.int64(), "scope_id": pa.string(), "period_start": moment, "period_end": moment}
    rows = [
        {"n": key.number, "scope_id": key.scope_id, "period_start": key.begin, "period_end": key.end, "failed": failed}
        for key, failed in done
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema({**fields, "failed": pa.bool_()}))


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)

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
import pyarrow.compute as pc

from tallystick.engine.duck import literal
from tallystick.lake.schemas import POINTS
from tallystick.rating.frames.cell.reading import FIELDS
from tallystick.sources import dimensions
from tallystick.sources.header import RawColumn

_BATCH_ROWS: Final = 10_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
ROW: Final = "file_row_number"
"""The number of a point in its file, from 0."""


def _json(value: str) -> str:
    return f"COALESCE(CAST(to_json({value}) AS VARCHAR), 'null')"


_TAB: Final = "chr(9)"
_HEAD: Final = (_json("scope_id"), "epoch_us(period_start)", "epoch_us(period_end)")
_FIELD: Final = {
    "unit": _json("COALESCE(unit, 'undefined')"),
    "qty": "CAST(qty AS VARCHAR)",
    "price": "CAST(price AS VARCHAR)",
    "origin": ROW,
}
_READ: Final = f"""
SELECT
  concat_ws({_TAB}, {", ".join(_HEAD)}, '') AS head,
  concat_ws({_TAB}, {", ".join(_FIELD.get(name, _json(name)) for name in FIELDS)}, '') AS point
FROM read_parquet(?, file_row_number = true)
WHERE {{wanted}}
ORDER BY scope_id, period_start, period_end, metric, x_file_id, x_row_number, {ROW}
"""
"""The head of the frame and the fields of a point, see ``cell.reading``."""


def _number(text: str) -> str:
    """The decimal of a plain text, in two parts: DuckDB's own cast of a text to 38 digits takes ten times as long."""
    digits = f"ltrim({text}, '-')"
    whole = f"CAST(CAST(split_part({digits}, '.', 1) AS HUGEINT) AS DECIMAL(38, 18))"
    rest = f"CAST(CAST(concat('0.', split_part({digits}, '.', 2)) AS DECIMAL(18, 18)) AS DECIMAL(38, 18))"
    return f"CASE WHEN starts_with({text}, '-') THEN -({whole} + {rest}) ELSE {whole} + {rest} END"


_LISTS: Final = {
    "o": "BIGINT",
    "m": "VARCHAR",
    "u": "VARCHAR",
    "q": "VARCHAR",
    "p": "VARCHAR",
    "g": "JSON",
    "x": "JSON",
}
_ANSWERED: Final = {
    **{"n": "BIGINT", "i": "BIGINT", "b": "TIMESTAMP", "e": "TIMESTAMP"},
    **{name: f"{type_}[]" for name, type_ in _LISTS.items()},
}
_TEXTS: Final = {name: RawColumn(at, name, "VARCHAR") for at, name in enumerate(("g", "x"))}
_GROUPBY, _METADATA = (
    f"NULLIF({dimensions.from_cell(column, keep_empty=True)}, {dimensions.NONE})" for column in _TEXTS.values()
)
_ALL: Final = " AND ".join(f"{name} IS NOT NULL" for name in _LISTS if name != "o")
_BELIEVED: Final = (
    f"CASE WHEN given.{ROW} IS NOT NULL OR (o IS NULL AND {_ALL}) THEN true ELSE error('an answer that is none') END"
)
_COLUMNS: Final = ", ".join(f"CAST({column.name} AS {column.type.value}) AS {column.name}" for column in POINTS.columns)


def _same_frame(points: str) -> str:
    keys = ("scope_id", "period_start", "period_end")
    return " AND ".join(f"{points}.{key} IS NOT DISTINCT FROM frames.{key}" for key in keys)


def _unless_said(name: str) -> str:
    """An attribute, or what follows from attributes."""
    return f"CASE WHEN g IS NULL THEN given.{name} ELSE attributes.{name} END AS {name}"


_SET: Final = "CASE WHEN g IS NULL THEN given.x_dimension_set_id ELSE attributes.x_dimension_set_id END"
_SERIES: Final = (
    "CASE WHEN g IS NULL AND m IS NULL THEN given.x_series_id"
    f" ELSE {dimensions.series_id('frames.scope_id', 'COALESCE(m, given.metric)', _SET)} END"
)
_WRITE: Final = f"""
WITH common AS (SELECT MIN(x_source_id) AS x_source_id, MIN(billing_period) AS billing_period FROM source),
answered AS MATERIALIZED (
  SELECT n, b, e, i + UNNEST(RANGE(LEN(o))) AS i, {", ".join(f"UNNEST({name}) AS {name}" for name in _LISTS)}
  FROM answers
),
said AS (
  SELECT g, x, {_GROUPBY} AS groupby_pairs, {_METADATA} AS metadata_pairs
  FROM (SELECT DISTINCT g, x, CAST(g AS VARCHAR) AS c0, CAST(x AS VARCHAR) AS c1 FROM answered WHERE g IS NOT NULL)
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
    given.x_file_id,
    {_unless_said("x_dimension_set_id")},
    {_SERIES} AS x_series_id,
    given.x_row_number,
    b AS period_start,
    e AS period_end,
    frames.scope_id,
    COALESCE(m, given.metric) AS metric,
    COALESCE(u, given.unit) AS unit,
    CASE WHEN q IS NULL THEN given.qty ELSE {_number("q")} END AS qty,
    CASE WHEN p IS NULL THEN given.price ELSE {_number("p")} END AS price,
    {_unless_said("resource_id")},
    given.description,
    {_unless_said("groupby")},
    {_unless_said("metadata")},
    n,
    i
  FROM answered
  JOIN frames USING (n)
  LEFT JOIN source AS given ON given.{ROW} = o AND {_same_frame("given")}
  LEFT JOIN attributes USING (g, x)
  CROSS JOIN common
  WHERE NOT failed AND {_BELIEVED}
),
kept AS (
  SELECT source.*, n, ROW_NUMBER() OVER (PARTITION BY n ORDER BY metric, x_file_id, x_row_number, {ROW}) AS i
  FROM source JOIN frames ON {_same_frame("source")}
  WHERE failed
)
SELECT {_COLUMNS} FROM (SELECT * FROM rated UNION ALL BY NAME SELECT * FROM kept) ORDER BY n, i
"""
"""Grain: one row per point. What was answered, and of frames that failed what they held before.

What has not changed of a point is as it was read; other attributes are brought into their canonical form once for all
points that share them. An answer about a point of another frame, or about none that does not say all, is an error."""


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
    line: bytes
    """What the process reads, see ``cell.reading``."""


def frames(connection: duckdb.DuckDBPyConnection, source: Path, wanted: str = "true") -> Iterator[FrameText]:
    """The points of a file by scope and period, in this order; ``wanted`` is the condition of those that are read."""
    batches = connection.cursor().execute(_READ.format(wanted=wanted), [str(source)]).to_arrow_reader(_BATCH_ROWS)
    parts = (part for batch in batches for part in _parts(batch))
    for number, (head, found) in enumerate(groupby(parts, key=itemgetter(0))):
        scope_id, begin, end, _ = head.split("\t")
        key = FrameKey(number, json.loads(scope_id), _moment(begin), _moment(end))
        yield FrameText(key, f"{number}\t{head}{''.join(points for _, points in found)}\n".encode())


def _parts(batch: pa.RecordBatch) -> Iterator[tuple[str, str]]:
    """Heads of frames and the fields of their points, so far as they are in a batch."""
    runs = pc.run_end_encode(batch.column("head"))
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), runs.run_ends])
    points = pc.binary_join(pa.ListArray.from_arrays(offsets, batch.column("point")), "")
    return zip(runs.values.to_pylist(), points.to_pylist(), strict=True)


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
    connection.execute(
        f"CREATE OR REPLACE VIEW source AS SELECT * FROM read_parquet({literal(str(source))}, {ROW} = true)"
    )
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


def _moment(microseconds: str) -> datetime:
    return _EPOCH + timedelta(microseconds=int(microseconds))

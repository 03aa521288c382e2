"""Sessions of the report store over given rows, each answer held against DuckDB's."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from tallystick.engine.dialect import translated
from tallystick.engine.publication import ShownRelease
from tallystick.engine.published_session import PublishedSession
from tallystick.engine.report_store import ReportStore
from tallystick.engine.session import NO_PARAMETERS, Parameters, Session
from tallystick.engine.stored_rollups import PREFIX
from tallystick.lake.parts import Partition, fingerprint
from tallystick.lake.schemas import TableSchema

_RELEASES = itertools.count(1)
_ONE_AT_A_TIME = threading.Lock()


class PublishedRows(PublishedSession):
    """The rows of a session, published; every answer has the same values, of the same types, as the session gives."""

    def __init__(self, store: ReportStore, rows: Session) -> None:
        with _ONE_AT_A_TIME:  # an older release never takes over, and an API warms itself while it is asked
            number = next(_RELEASES)
            release = ShownRelease(number, f"release {number}")
            assert store.publish("default", release, RowContents(rows))
            session = store.session("default", release)
        assert session is not None
        super().__init__(session, lambda: rows)
        self._expected = rows

    def rows(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> list[tuple[Any, ...]]:
        found = super().rows(sql, parameters)
        if any(table.startswith(PREFIX) for table in translated(sql, "postgres").tables):
            return found
        assert Counter(map(repr, found)) == Counter(map(repr, self._expected.rows(sql, parameters)))
        return found

    def rollup(self, sql: str, parameters: Parameters) -> str | None:
        table = super().rollup(sql, parameters)
        assert table is not None
        found = super().rows(f"SELECT * FROM {table}")
        assert Counter(map(repr, found)) == Counter(map(repr, self._expected.rows(sql, parameters)))
        return table


class RowContents:
    """What a session holds, as it is published."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def partitions(self, schema: TableSchema) -> Mapping[Partition, str]:
        """Every partition, named by its rows."""
        rows = self._session.rows(f"SELECT DISTINCT x_source_id, billing_period FROM {schema.name}")
        partitions = [Partition(*row) for row in rows]
        return {each: fingerprint(str(self._table(schema, each).to_pylist())) for each in partitions}

    @contextmanager
    def batches(self, schema: TableSchema, partition: Partition) -> Iterator[Iterator[pa.RecordBatch]]:
        """The rows of a partition."""
        yield iter(self._table(schema, partition).to_batches(max_chunksize=100))

    def _table(self, schema: TableSchema, partition: Partition) -> pa.Table:
        return self._session.arrow(
            f"SELECT {', '.join(schema.names())} FROM {schema.name}"
            " WHERE x_source_id = $source AND billing_period = $period",
            {"source": partition.source_id, "period": partition.billing_period},
        )

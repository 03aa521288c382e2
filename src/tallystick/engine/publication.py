"""Bringing a release into the report store: one transaction on the schema of one tenant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, Protocol

import pyarrow as pa
from psycopg.sql import SQL, Composed, Identifier
from pyarrow import csv

from tallystick.engine.dialect import LOWERING
from tallystick.engine.postgres import Connection
from tallystick.lake.parts import Partition, fingerprint
from tallystick.lake.schemas import DIMENSION_SETS, LEDGER_DAILY, ColumnType, TableSchema

PUBLISHED: Final = (LEDGER_DAILY, DIMENSION_SETS)
"""The tables that are published."""

_TYPES: Final = {
    ColumnType.TEXT: 'text COLLATE "C"',
    ColumnType.DECIMAL: "numeric(38, 18)",
    ColumnType.INTEGER: "bigint",
    ColumnType.DATE: "date",
    ColumnType.TIMESTAMP: "timestamp",
}
_INDEXES: Final = {
    LEDGER_DAILY.name: ("period_start", "x_source_id, billing_period"),
    DIMENSION_SETS.name: ("kind, key", "x_source_id, billing_period"),
}
_SIMPLE_CASE: Final = ("pg_c_utf8", "C.utf8", "C.UTF-8", "en_US.utf8", "und-x-icu")
"""Collations that know the small form of every letter, the best first."""
_OWN_TABLES: Final = {
    "published": "release_id bigint NOT NULL, fingerprint text NOT NULL, published_at timestamptz NOT NULL",
    "parts": (
        "table_name text, x_source_id text, billing_period date, computed_from text NOT NULL,"
        " PRIMARY KEY (table_name, x_source_id, billing_period)"
    ),
    "rollups": "name text PRIMARY KEY, release_id bigint NOT NULL, statement text NOT NULL, kept boolean NOT NULL",
}
_MAY_MAKE_ROLES: Final = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"


def _declared(schema: TableSchema) -> str:
    return ", ".join(f"{column.name} {_TYPES[column.type]}" for column in schema.columns)


_LAYOUT: Final = fingerprint(repr(_OWN_TABLES), repr(_INDEXES), *map(_declared, PUBLISHED))
"""Moves when the tables are declared otherwise; then they are made and filled anew."""


@dataclass(frozen=True, slots=True)
class ShownRelease:
    """A release as the store knows it: its number, and what tells it from another of that number."""

    release_id: int
    fingerprint: str


class Contents(Protocol):
    """What a release holds."""

    def partitions(self, schema: TableSchema) -> Mapping[Partition, str]:
        """The partitions of a table, each with the name of what it was computed from."""

    def batches(self, schema: TableSchema, partition: Partition) -> AbstractContextManager[Iterator[pa.RecordBatch]]:
        """The rows of a partition, all columns of the table in their order."""


class Publication:
    """One transaction that brings a release into a tenant's schema."""

    def __init__(self, connection: Connection, schema: str, reader: str) -> None:
        """``reader`` is the role that may read the schema."""
        self._connection = connection
        self._schema = schema
        self._reader = reader

    def prepare(self) -> None:
        """Wait for other publishers, then make the tables as they are declared, unless they are so already."""
        self._connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"tally reports {self._schema}",)
        )
        self._run("CREATE SCHEMA IF NOT EXISTS {schema}")
        self._run("CREATE TABLE IF NOT EXISTS {schema}.layout (name text NOT NULL)")
        if self._rows("SELECT name FROM {schema}.layout") != [(_LAYOUT,)]:
            self._lay_out()
        self._admit_reader()

    def _lay_out(self) -> None:
        declared = {schema.name: _declared(schema) for schema in PUBLISHED} | _OWN_TABLES
        for name in declared:
            self._run(f"DROP TABLE IF EXISTS {{schema}}.{name} CASCADE")
        self._run(f"DROP COLLATION IF EXISTS {{schema}}.{LOWERING}")
        self._run(f"CREATE COLLATION {{schema}}.{LOWERING} FROM {{source}}", source=Identifier(self._simple_case()))
        for name, columns in declared.items():
            self._run(f"CREATE TABLE {{schema}}.{name} ({columns})")
        for name, indexes in _INDEXES.items():
            for columns in indexes:
                self._run(f"CREATE INDEX ON {{schema}}.{name} ({columns})")
        self._run("DELETE FROM {schema}.layout")
        self._run("INSERT INTO {schema}.layout VALUES (%(name)s)", {"name": _LAYOUT})

    def _simple_case(self) -> str:
        known = {name for (name,) in self._rows("SELECT collname FROM pg_collation WHERE collencoding IN (-1, 6)")}
        return next(name for name in _SIMPLE_CASE if name in known)

    def _admit_reader(self) -> None:
        """Let the tenant's reader read, once it is there; make it where we may."""
        role = Identifier(self._reader)
        if not self._connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (self._reader,)).fetchone():
            if self._rows(_MAY_MAKE_ROLES) != [(True,)]:
                return
            self._run("CREATE ROLE {role} NOLOGIN", role=role)
        self._run("GRANT USAGE ON SCHEMA {schema} TO {role}", role=role)
        for name in (*(schema.name for schema in PUBLISHED), "published"):
            self._run(f"GRANT SELECT ON {{schema}}.{name} TO {{role}}", role=role)

    def shown(self) -> ShownRelease | None:
        """The release that the tables show."""
        rows = self._rows("SELECT release_id, fingerprint FROM {schema}.published")
        return ShownRelease(*rows[0]) if rows else None

    def bring(self, contents: Contents) -> bool:
        """Replace the partitions that differ from a release's; whether there were any."""
        changed = False
        for schema in PUBLISHED:
            wanted = contents.partitions(schema)
            there = self._parts(schema)
            for partition in sorted(wanted.keys() | there.keys()):
                if wanted.get(partition) == there.get(partition):
                    continue
                changed = True
                self._remove(schema, partition)
                if partition in wanted:
                    self._copy(schema, partition, contents)
                    self._note(schema, partition, wanted[partition])
        return changed

    def _parts(self, schema: TableSchema) -> dict[Partition, str]:
        rows = self._rows(
            "SELECT x_source_id, billing_period, computed_from FROM {schema}.parts"
            f" WHERE table_name = '{schema.name}'"
        )
        return {Partition(source, period): name for source, period, name in rows}

    def _remove(self, schema: TableSchema, partition: Partition) -> None:
        where = {"source": partition.source_id, "period": partition.billing_period, "table": schema.name}
        condition = "x_source_id = %(source)s AND billing_period = %(period)s"
        self._run(f"DELETE FROM {{schema}}.{schema.name} WHERE {condition}", where)
        self._run(f"DELETE FROM {{schema}}.parts WHERE table_name = %(table)s AND {condition}", where)

    def _copy(self, schema: TableSchema, partition: Partition, contents: Contents) -> None:
        names = ", ".join(schema.names())
        copy = f"COPY {{schema}}.{schema.name} ({names}) FROM STDIN (FORMAT csv)"
        with (
            contents.batches(schema, partition) as batches,
            self._connection.cursor() as cursor,
            cursor.copy(self._with_schema(copy)) as target,
        ):
            for batch in batches:
                target.write(_as_csv(batch))

    def _note(self, schema: TableSchema, partition: Partition, name: str) -> None:
        row = {"table": schema.name, "source": partition.source_id, "period": partition.billing_period, "name": name}
        self._run("INSERT INTO {schema}.parts VALUES (%(table)s, %(source)s, %(period)s, %(name)s)", row)

    def show(self, release: ShownRelease) -> None:
        """Name the release that the tables show from the end of the transaction on."""
        self._run("DELETE FROM {schema}.published")
        row = {"number": release.release_id, "fingerprint": release.fingerprint}
        self._run("INSERT INTO {schema}.published VALUES (%(number)s, %(fingerprint)s, now())", row)

    def _with_schema(self, sql: str, **names: Identifier) -> Composed:
        return SQL(sql).format(schema=Identifier(self._schema), **names)

    def _run(self, sql: str, values: Mapping[str, object] | None = None, **names: Identifier) -> None:
        self._connection.execute(self._with_schema(sql, **names), values)

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(self._with_schema(sql)).fetchall()


def _as_csv(batch: pa.RecordBatch) -> bytes:
    """Rows as COPY reads them: texts are quoted, so that an empty one is not taken for a missing one."""
    target = BytesIO()
    csv.write_csv(batch, target, csv.WriteOptions(include_header=False, quoting_style="needed"))
    return target.getvalue()

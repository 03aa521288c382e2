"""A lake on the servers, for tests of what runs inside Trino: rows go in as Parquet files and come out of them."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.io.pyarrow import schema_to_pyarrow

from servers.seaweedfs import SeaweedFS
from tallystick.engine.derive import write_part
from tallystick.engine.duck import create_view, relation
from tallystick.engine.models import Model
from tallystick.engine.trino import StagedInput, TrinoEngine
from tallystick.lake.iceberg import iceberg_schema
from tallystick.lake.schemas import TableSchema
from tallystick.lake.staging import Staging
from tallystick.lake.tables import field_ids
from tallystick.planner.home import Home

Rows = Sequence[tuple[object, ...]]


@dataclass(frozen=True)
class StagedLake:
    """The lake of a home on the cluster, and the Trino that reads it."""

    home: Home
    s3: SeaweedFS

    @property
    def bucket(self) -> str:
        """Where the lake lies."""
        return str(self.home.config.lake).removeprefix("s3://")

    @property
    def engine(self) -> TrinoEngine:
        """Trino."""
        return TrinoEngine(str(self.home.config.engine.trino))

    @property
    def catalog(self) -> Catalog:
        """The catalogue of the lake's tables."""
        return self.home.lake.catalog

    @property
    def staging(self) -> Staging:
        """Staging tables of a tenant."""
        return Staging(self.catalog, self.home.lake.storage.below("acme/staging"))

    def put(self, path: Path, key: str) -> str:
        """Upload a file; gives its address."""
        self.s3.client().upload_file(str(path), self.bucket, key)
        return f"s3://{self.bucket}/{key}"

    def fetch(self, uris: Iterable[str], folder: Path) -> list[str]:
        """Download files; gives their paths."""
        paths = [folder / uri.rpartition("/")[2] for uri in uris]
        for uri, path in zip(uris, paths, strict=True):
            self.s3.client().download_file(self.bucket, uri.removeprefix(f"s3://{self.bucket}/"), str(path))
        return [str(path) for path in paths]

    def run(self, model: Model, inputs: Mapping[str, tuple[TableSchema, Rows]], extra: Mapping[str, str]) -> list[Rows]:
        """What a model gives on DuckDB and on Trino, in a fixed order of rows."""
        here = f"acme/{uuid.uuid4().hex}"
        target = model.table
        with tempfile.TemporaryDirectory() as name, database() as connection:
            folder, staged = Path(name), {}
            for view, (schema, rows) in inputs.items():
                path = folder / f"{view}.parquet"
                write_rows(connection, schema, rows, path)
                create_view(connection, view, schema, ids(schema), [str(path)])
                staged[view] = StagedInput(iceberg_schema(schema), [self.put(path, f"{here}/{view}.parquet")])
            for view, select in extra.items():
                connection.execute(f"CREATE VIEW {view} AS {select}")
            write_part(connection, model, ids(target), folder / "duckdb.parquet")
            uris = self.engine.write_part(
                model,
                staged,
                extra,
                staging=self.staging,
                target=iceberg_schema(target),
                folder_uri=f"s3://{self.bucket}/{here}/out",
            )
            results = [str(folder / "duckdb.parquet")], self.fetch(uris, folder)
            return [read(connection, target, paths) for paths in results]


def database() -> duckdb.DuckDBPyConnection:
    """An empty database."""
    return duckdb.connect(config={"threads": 1})


def ids(schema: TableSchema):  # type: ignore[no-untyped-def]
    """The field ids that a table gets when it is made."""
    return field_ids(iceberg_schema(schema))


def write_rows(connection: duckdb.DuckDBPyConnection, schema: TableSchema, rows: Rows, path: Path) -> None:
    """Rows as a part of a table: a Parquet file with field ids."""
    types = schema_to_pyarrow(iceberg_schema(schema), include_field_ids=False)
    values = [[_given(row[position]) for row in rows] for position in range(len(types))]
    arrays = [pa.array(column, field.type) for column, field in zip(values, types, strict=True)]
    connection.register("given", pa.Table.from_arrays(arrays, names=types.names))
    write_part(connection, Model(schema, "SELECT * FROM given"), ids(schema), path)


def _given(value: object) -> object:
    return list(value.items()) if isinstance(value, dict) else value


def read(connection: duckdb.DuckDBPyConnection, schema: TableSchema, paths: Sequence[str]) -> Rows:
    """The rows of data files, ordered by all columns."""
    return connection.execute(f"SELECT * FROM ({relation(schema, ids(schema), paths)}) ORDER BY ALL").fetchall()

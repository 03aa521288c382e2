"""What computing inside Trino rests on: its files have our field ids, outlive their staging table, and read as ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import DateType, DecimalType, LongType, MapType, NestedField, StringType, TimestampType

from services.staged import StagedLake, database
from tallystick.engine.duck import relation
from tallystick.engine.trino import TrinoEngine
from tallystick.errors import TallyError, UnavailableError
from tallystick.lake.schemas import Column, ColumnType, TableSchema
from tallystick.lake.staging import NAMESPACE, written
from tallystick.lake.tables import field_ids, swap

pytestmark = pytest.mark.services

SOURCE, AUGUST = "a-source-with-a-long-name", date(2026, 8, 1)
DATA = "warehouse/proof/things/data"
FOLDER = f"{DATA}/{SOURCE}/2026-08-01/{'0' * 40}"
"""Where the part is, below the bucket."""
MOST = Decimal("99999999999999999999.999999999999999999")
LEAST = MOST.copy_negate()
LATE, EARLY = datetime.fromisoformat("2026-08-31 23:59:59.999999"), datetime.fromisoformat("1969-12-31")
ROWS = [
    (SOURCE, AUGUST, LATE, MOST, {"a": "1", "": None}, 2**63 - 1, {}),
    (SOURCE, AUGUST, EARLY, LEAST, {"ключ 'x\"": "☃\n"}, -(2**63), None),
    (SOURCE, AUGUST, None, Decimal("-1E-18"), None, None, {"late": "column"}),
]
AS_TRINO = f"""
    ('{SOURCE}', DATE '2026-08-01', TIMESTAMP '{LATE}', DECIMAL '{MOST}',
        MAP(ARRAY['a', ''], ARRAY['1', NULL]), 9223372036854775807, MAP()),
    ('{SOURCE}', DATE '2026-08-01', TIMESTAMP '{EARLY}', DECIMAL '{LEAST}',
        MAP(ARRAY['ключ ''x"'], ARRAY['☃\n']), -9223372036854775808, NULL),
    ('{SOURCE}', DATE '2026-08-01', NULL, DECIMAL '-0.000000000000000001',
        NULL, NULL, MAP(ARRAY['late'], ARRAY['column']))
"""
SCHEMA = TableSchema(
    "things",
    tuple(
        Column(name, type)
        for name, type in (
            ("x_source_id", ColumnType.TEXT),
            ("billing_period", ColumnType.DATE),
            ("moment", ColumnType.TIMESTAMP),
            ("amount", ColumnType.DECIMAL),
            ("tags", ColumnType.TEXT_MAP),
            ("number", ColumnType.INTEGER),
            ("late_tags", ColumnType.TEXT_MAP),
        )
    ),
)


@pytest.fixture(scope="module")
def target(staged_lake: StagedLake) -> Table:
    """A table that was widened, so that its field ids are not in the order of its columns."""
    catalog = staged_lake.catalog
    catalog.create_namespace("proof")
    types = (
        StringType(),
        DateType(),
        TimestampType(),
        DecimalType(38, 18),
        MapType(8, StringType(), 9, StringType(), False),
    )
    columns = [
        NestedField(n, c.name, t, required=False)
        for n, (c, t) in enumerate(zip(SCHEMA.columns, types, strict=False), 1)
    ]
    table = catalog.create_table(
        ("proof", "things"), Schema(*columns), location=f"s3://{staged_lake.bucket}/{DATA.removesuffix('/data')}"
    )
    with table.update_spec() as spec:
        spec.add_field("x_source_id", IdentityTransform())
        spec.add_field("billing_period", IdentityTransform())
    with table.update_schema() as update:
        update.add_column("number", LongType())
        update.add_column("late_tags", MapType(20, StringType(), 21, StringType(), False))
    return catalog.load_table(("proof", "things"))


@pytest.fixture(scope="module")
def files(staged_lake: StagedLake, target: Table) -> list[str]:
    """The addresses of what Trino wrote into a staging table that has been dropped since."""
    with staged_lake.staging.writing(target.schema(), f"s3://{staged_lake.bucket}/{FOLDER}") as staging:
        name = f'"{NAMESPACE}"."{staging.name()[-1]}"'
        staged_lake.engine.execute(f"INSERT INTO {name} SELECT * FROM (VALUES {AS_TRINO}) AS t")
        found = written(staging)
    assert staged_lake.catalog.list_tables(NAMESPACE) == []
    assert list(staged_lake.staging.files.list("")) == []
    assert staged_lake.engine.execute(f"SHOW TABLES FROM {NAMESPACE}") == []
    return found


def test_the_files_outlive_the_staging_table_and_lie_where_the_part_is(
    staged_lake: StagedLake, files: list[str]
) -> None:
    assert files
    assert {uri.rpartition("/")[0] for uri in files} == {f"s3://{staged_lake.bucket}/{FOLDER}"}
    listed = staged_lake.s3.client().list_objects_v2(Bucket=staged_lake.bucket, Prefix=FOLDER)
    assert [f"s3://{staged_lake.bucket}/{each['Key']}" for each in listed["Contents"]] == files


def test_their_columns_have_the_field_ids_of_the_target(
    staged_lake: StagedLake, target: Table, files: list[str], tmp_path: Path
) -> None:
    wanted = {column.name: column.field_id for column in target.schema().fields}
    assert list(wanted.values()) == sorted(wanted.values())
    assert wanted["number"] > wanted["tags"] + 2, "the ids of the map's key and value lie between"
    for path in staged_lake.fetch(files, tmp_path):
        assert dict(_field_ids(pq.read_schema(path))) == dict(_named_ids(target))


def test_committed_they_read_alike_everywhere(
    staged_lake: StagedLake, target: Table, files: list[str], tmp_path: Path
) -> None:
    swap(target, add=files, remove=[], token=1)
    target.refresh()
    by_trino = staged_lake.engine.execute("SELECT * FROM proof.things")
    arrow = target.scan().to_arrow()
    by_pyiceberg = [
        tuple(_plain(arrow.column(name)[row].as_py()) for name in arrow.column_names) for row in range(len(arrow))
    ]
    with database() as connection:
        sql = relation(SCHEMA, field_ids(target.schema()), staged_lake.fetch(files, tmp_path))
        by_duckdb = connection.execute(sql).fetchall()
    for rows in (by_trino, by_pyiceberg, by_duckdb):
        assert sorted(map(tuple, rows), key=str) == sorted(ROWS, key=str)


def test_rows_lie_in_the_order_that_was_asked_for(staged_lake: StagedLake, target: Table, tmp_path: Path) -> None:
    folder = f"s3://{staged_lake.bucket}/{FOLDER.replace('0' * 40, '1' * 40)}"
    with staged_lake.staging.writing(target.schema(), folder, ["moment", "number"]) as staging:
        name = f'"{NAMESPACE}"."{staging.name()[-1]}"'
        many = "SELECT CAST(x * 7919 % 1000 AS BIGINT) FROM UNNEST(sequence(1, 2000)) AS t (x)"
        staged_lake.engine.execute(f"INSERT INTO {name} (number) {many}")
        (file,) = staged_lake.fetch(written(staging), tmp_path)
    numbers = pq.read_table(file).column("number").to_pylist()
    assert len(numbers) == 2000
    assert numbers == sorted(numbers)


def test_what_a_killed_process_left_is_swept_up(staged_lake: StagedLake, target: Table) -> None:
    staging, now = staged_lake.staging, datetime.now(UTC)
    with staging.writing(target.schema(), f"s3://{staged_lake.bucket}/{FOLDER}"):
        assert staging.sweep(now - timedelta(hours=1)) == 0
        assert staging.sweep(now + timedelta(hours=1)) == 1
        assert staged_lake.catalog.list_tables(NAMESPACE) == []
        assert list(staging.files.list("")) == []


@pytest.mark.parametrize(
    ("sql", "kind", "says"),
    [
        ("SELECT 1 / 0", TallyError, "DIVISION_BY_ZERO"),
        (
            f"SELECT SUM(x) FROM (VALUES DECIMAL '{MOST}', DECIMAL '{MOST}') AS t (x)",
            TallyError,
            "NUMERIC_VALUE_OUT_OF_RANGE",
        ),
        ("SELECT 1 FROM nowhere.nothing", TallyError, "SCHEMA_NOT_FOUND"),
    ],
)
def test_an_error_says_where_and_what(staged_lake: StagedLake, sql: str, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=rf"^Trino at trino://127.0.0.1:\d+: .*\({says}, query \d+"):
        staged_lake.engine.execute(sql)


def test_nobody_there() -> None:
    with pytest.raises(UnavailableError, match=r"^Trino at trino://127.0.0.1:9 does not answer"):
        TrinoEngine("trino://someone@127.0.0.1:9/tally").execute("SELECT 1")


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, list) else value


def _field_ids(schema) -> Iterator[tuple[str, int]]:  # type: ignore[no-untyped-def]
    for field in schema:
        yield field.name, int(field.metadata[b"PARQUET:field_id"])
        if hasattr(field.type, "key_field"):
            yield f"{field.name}.key", int(field.type.key_field.metadata[b"PARQUET:field_id"])
            yield f"{field.name}.value", int(field.type.item_field.metadata[b"PARQUET:field_id"])


def _named_ids(table: Table) -> Iterator[tuple[str, int]]:
    for name, found in field_ids(table.schema()).items():
        yield name, found.id
        if found.key is not None and found.value is not None:
            yield f"{name}.key", found.key
            yield f"{name}.value", found.value

"""The lake: parts are swapped in one commit, readers name a snapshot, old processes are refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
from pyiceberg.types import LongType

from tallystick.engine.derive import write_part
from tallystick.engine.duck import Resources, connect, create_view
from tallystick.engine.models import Model
from tallystick.errors import ConflictError
from tallystick.lake.parts import Part, Partition, fingerprint, part_of
from tallystick.lake.schemas import CHARGE_SETS
from tallystick.lake.storage import LocalStorage
from tallystick.lake.tables import Lake, current_parts, data_files, field_ids, open_lake, swap

AUGUST = Partition("source-1", date(2026, 8, 1))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return open_lake(LocalStorage(tmp_path), tmp_path, None)


@pytest.fixture
def duck(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    return connect(Resources(1, "200MB", tmp_path / "spill"))


def pair(lake: Lake, duck: duckdb.DuckDBPyConnection, name: str, value: str, tenant: str = "t") -> str:
    """A part of one row."""
    table = lake.table(tenant, CHARGE_SETS)
    sql = (
        f"SELECT 'source-1' AS x_source_id, DATE '2026-08-01' AS billing_period, 's' AS dimension_set_id, "
        f"'tag' AS kind, 'team' AS key, '{value}' AS value"
    )
    file = f"{CHARGE_SETS.name}/data/{Part(AUGUST, name).file}"
    with lake.files(tenant).writing(file) as path:
        write_part(duck, Model(CHARGE_SETS, sql), field_ids(table.schema()), path)
    return lake.files(tenant).uri(file)


@pytest.mark.parametrize("root", ["file:///warehouse/t/charges/data", "s3://bucket/warehouse/t/charges/data"])
def test_a_part_is_known_by_the_paths_of_its_files(root: str) -> None:
    part = Part(AUGUST, fingerprint("a", "b"))
    assert part.file == f"source-1/2026-08-01/{part.fingerprint}.parquet"
    assert {part_of(f"{root}/{name}") for name in (part.file, part.listing, f"{part.folder}/one.parquet")} == {part}


@pytest.mark.parametrize(("one", "other"), [(("ab", "c"), ("a", "bc")), (("a", ""), ("a",)), (("a", "b"), ("b", "a"))])
def test_fingerprints_tell_ingredients_apart(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert fingerprint(*one) != fingerprint(*other)


def test_a_swap_replaces_and_the_older_snapshot_still_reads(lake: Lake, duck: duckdb.DuckDBPyConnection) -> None:
    table = lake.table("t", CHARGE_SETS)
    swap(table, add=[pair(lake, duck, "one", "red")], remove=[], token=1)
    first = table.current_snapshot()
    swap(table, add=[pair(lake, duck, "two", "blue")], remove=current_parts(table)[Part(AUGUST, "one")], token=2)

    assert [part.fingerprint for part in current_parts(table)] == ["two"]
    assert first is not None
    assert [Path(file.file_path).stem for file in data_files(table, first.snapshot_id)] == ["one"]


def test_an_older_token_is_refused(lake: Lake, duck: duckdb.DuckDBPyConnection) -> None:
    table = lake.table("t", CHARGE_SETS)
    swap(table, add=[pair(lake, duck, "one", "red")], remove=[], token=2)
    with pytest.raises(ConflictError, match="newer process"):
        swap(table, add=[pair(lake, duck, "two", "blue")], remove=[], token=1)


def test_a_commit_on_what_was_read_before_another_commit_is_refused(
    lake: Lake, duck: duckdb.DuckDBPyConnection
) -> None:
    table, late = lake.table("t", CHARGE_SETS), lake.table("t", CHARGE_SETS)
    swap(table, add=[pair(lake, duck, "one", "red")], remove=[], token=1)
    with pytest.raises(ConflictError, match="changed while"):
        swap(late, add=[pair(lake, duck, "two", "blue")], remove=[], token=1)


def test_a_part_without_rows_is_remembered(lake: Lake, duck: duckdb.DuckDBPyConnection) -> None:
    table = lake.table("t", CHARGE_SETS)
    nothing = Model(CHARGE_SETS, "SELECT " + ", ".join(f"NULL AS {n}" for n in CHARGE_SETS.names()) + " WHERE false")
    part = Part(AUGUST, "empty")
    file = f"{CHARGE_SETS.name}/data/{part.file}"
    with lake.files("t").writing(file) as path:
        assert write_part(duck, nothing, field_ids(table.schema()), path) == 0
    swap(table, add=[lake.files("t").uri(file)], remove=[], token=1)
    assert set(current_parts(table)) == {part}


def test_columns_resolve_by_field_id_after_rename_add_and_widen(lake: Lake, duck: duckdb.DuckDBPyConnection) -> None:
    table = lake.table("t", CHARGE_SETS)
    path = pair(lake, duck, "one", "red").removeprefix("file://")
    with table.update_schema() as update:
        update.rename_column("value", "tag_value")
        update.add_column("weight", LongType())
    ids = {field.name: field.field_id for field in table.schema().fields}
    rows = duck.execute(
        f"SELECT tag_value, weight FROM read_parquet('{path}', schema = MAP {{"
        f"{ids['tag_value']}: {{name: 'tag_value', type: 'VARCHAR', default_value: NULL}}, "
        f"{ids['weight']}: {{name: 'weight', type: 'BIGINT', default_value: NULL}}}})"
    ).fetchall()
    assert rows == [("red", None)]


def test_tenants_do_not_see_each_other(lake: Lake, duck: duckdb.DuckDBPyConnection) -> None:
    swap(lake.table("a", CHARGE_SETS), add=[pair(lake, duck, "one", "red", tenant="a")], remove=[], token=1)
    assert current_parts(lake.table("b", CHARGE_SETS)) == {}


def test_an_empty_table_reads_as_no_rows(lake: Lake, duck: duckdb.DuckDBPyConnection) -> None:
    create_view(duck, "charge_sets", CHARGE_SETS, field_ids(lake.table("t", CHARGE_SETS).schema()), [])
    assert duck.execute("SELECT COUNT(*) FROM charge_sets").fetchone() == (0,)

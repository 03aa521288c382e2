"""Parts of one file and of several: when one is there, what it is made of, and how a table comes to hold it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from planner.conftest import Homes
from tallystick.engine.derive import write_part
from tallystick.engine.duck import Resources, connect, create_view
from tallystick.engine.models import Model
from tallystick.errors import ConflictError
from tallystick.lake.parts import Part, Partition
from tallystick.lake.schemas import CHARGE_SETS
from tallystick.planner.inventory import compacted
from tallystick.planner.store import Store

AUGUST = Partition("source-1", date(2026, 8, 1))
ONE, TWO, MANY = Part(AUGUST, "one"), Part(AUGUST, "two"), Part(AUGUST, "many")


@pytest.fixture
def store(homes: Homes) -> Store:
    return homes().store("t")


@pytest.fixture
def duck(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    return connect(Resources(1, "200MB", tmp_path / "spill"))


def model(*values: str) -> Model:
    rows = ", ".join(f"('source-1', DATE '2026-08-01', 's', 'tag', 'team', '{value}')" for value in values)
    return Model(CHARGE_SETS, f"SELECT * FROM (VALUES {rows}) AS rows ({', '.join(CHARGE_SETS.names())})")


def write(store: Store, duck: duckdb.DuckDBPyConnection, part: Part, *values: str) -> None:
    with store.writing(CHARGE_SETS, part) as path:
        write_part(duck, model(*values), store.ids[CHARGE_SETS.name], path)


def write_files(store: Store, duck: duckdb.DuckDBPyConnection, part: Part, files: dict[str, str]) -> list[str]:
    """What an engine of its own does: files of its own names below the part's folder."""
    folder = store.files.name(store.folder_uri(CHARGE_SETS, part))
    for name, value in files.items():
        with store.files.writing(f"{folder}/{name}") as path:
            write_part(duck, model(value), store.ids[CHARGE_SETS.name], path)
    return [f"{store.folder_uri(CHARGE_SETS, part)}/{name}" for name in files]


def values(store: Store, duck: duckdb.DuckDBPyConnection, *parts: Part) -> list[str]:
    with store.reading() as reading:
        create_view(duck, "v", CHARGE_SETS, store.ids[CHARGE_SETS.name], reading.paths(CHARGE_SETS, parts))
        return [value for (value,) in duck.execute("SELECT value FROM v ORDER BY value").fetchall()]


def test_a_part_of_several_files_is_there_when_its_list_is(store: Store, duck: duckdb.DuckDBPyConnection) -> None:
    uris = write_files(store, duck, MANY, {"a.parquet": "red", "b.parquet": "blue"})
    assert not store.exists(CHARGE_SETS, MANY)
    with pytest.raises(ConflictError, match="is not there any more"):
        store.uris(CHARGE_SETS, MANY)
    store.publish_files(CHARGE_SETS, MANY, uris)
    assert store.exists(CHARGE_SETS, MANY)
    assert sorted(store.uris(CHARGE_SETS, MANY)) == sorted(uris)
    assert store.size(CHARGE_SETS, MANY) == sum(store.files.size(store.files.name(uri)) for uri in uris)
    assert values(store, duck, MANY) == ["blue", "red"]


def test_the_first_list_counts(store: Store, duck: duckdb.DuckDBPyConnection) -> None:
    first = write_files(store, duck, MANY, {"a.parquet": "red"})
    again = write_files(store, duck, MANY, {"b.parquet": "red"})
    store.publish_files(CHARGE_SETS, MANY, first)
    store.publish_files(CHARGE_SETS, MANY, again)
    assert store.uris(CHARGE_SETS, MANY) == first


def test_a_table_holds_both_kinds_and_swaps_them_whole(store: Store, duck: duckdb.DuckDBPyConnection) -> None:
    write(store, duck, ONE, "green")
    store.publish_files(
        CHARGE_SETS, MANY, write_files(store, duck, MANY, {"a.parquet": "red", "b.parquet": "blue", "c.parquet": "red"})
    )
    assert store.commit(CHARGE_SETS, [ONE, MANY], token=1)
    assert store.parts(CHARGE_SETS) == {ONE, MANY}
    assert store.row_counts()[CHARGE_SETS.name] == 4
    assert not store.commit(CHARGE_SETS, [ONE, MANY], token=2)
    assert store.commit(CHARGE_SETS, [ONE], token=3)
    assert (store.parts(CHARGE_SETS), store.row_counts()[CHARGE_SETS.name]) == ({ONE}, 1)


def test_what_was_put_together_stands_for_its_parts(store: Store, duck: duckdb.DuckDBPyConnection) -> None:
    for part in (ONE, TWO):
        write(store, duck, part, part.fingerprint)
    assert store.settled(CHARGE_SETS, [ONE, TWO]) == {ONE, TWO}
    whole = compacted([TWO, ONE])
    write(store, duck, whole, "one", "two")
    assert store.settled(CHARGE_SETS, [ONE, TWO]) == {whole}
    assert store.settled(CHARGE_SETS, [ONE]) == {ONE}
    assert values(store, duck, *store.settled(CHARGE_SETS, [ONE, TWO])) == ["one", "two"]


def test_an_inventory_shows_the_moment_at_which_it_was_asked(store: Store, duck: duckdb.DuckDBPyConnection) -> None:
    inventory = store.inventory()
    assert not inventory.exists(CHARGE_SETS, ONE)
    write(store, duck, ONE, "red")
    assert not inventory.exists(CHARGE_SETS, ONE)
    assert store.lying(CHARGE_SETS, [ONE, TWO]) == {ONE}


def test_a_part_that_is_gone_is_not_committed(store: Store, duck: duckdb.DuckDBPyConnection) -> None:
    write(store, duck, ONE, "red")
    store.files.remove(store.name(CHARGE_SETS, ONE))
    with pytest.raises(ConflictError, match="is not there any more"):
        store.commit(CHARGE_SETS, [ONE], token=1)


def test_the_list_holds_names_and_bytes(store: Store, duck: duckdb.DuckDBPyConnection) -> None:
    uris = write_files(store, duck, MANY, {"a.parquet": "red"})
    store.publish_files(CHARGE_SETS, MANY, uris)
    listed = json.loads(store.files.read("charge_sets/data/source-1/2026-08-01/many.json"))
    assert listed == {"a.parquet": store.files.size("charge_sets/data/source-1/2026-08-01/many/a.parquet")}

"""``tally sql`` reads, in five formats, and exactly."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tallystick.cli.options import SqlFormat
from tallystick.cli.sql import check_query, run_query, write_answer
from tallystick.engine.testing import memory_session
from tallystick.errors import TallyError

COST = Decimal("0.100000000000000001")
QUERY = "SELECT service_name, billed_cost, charge_period_start, tags FROM charges ORDER BY x_row_number"


@pytest.fixture
def answer() -> pa.Table:
    rows: list[dict[str, object]] = [
        {
            "x_row_number": 1,
            "service_name": 'Compute, "big"',
            "billed_cost": COST,
            "charge_period_start": datetime(2026, 8, 1),  # noqa: DTZ001
            "tags": {"team": "a"},
        },
        {"x_row_number": 2, "billed_cost": Decimal("1E-18")},
    ]
    with memory_session(charges=rows) as session:
        return run_query(session, QUERY)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1", "select 1;", "WITH a AS (SELECT 1) SELECT * FROM a", "FROM charges", "SHOW TABLES",
        "DESCRIBE charges", "EXPLAIN SELECT 1", "explain analyze SELECT 1", "VALUES (1)", "SUMMARIZE charges",
    ],
)  # fmt: skip
def test_reading_is_accepted(query: str) -> None:
    check_query(query)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("INSERT INTO charges SELECT * FROM charges", "INSERT is refused"),
        ("UPDATE charges SET billed_cost = 0", "UPDATE is refused"),
        ("DELETE FROM charges", "DELETE is refused"),
        ("CREATE TABLE a (b INTEGER)", "CREATE is refused"),
        ("DROP VIEW charges", "DROP is refused"),
        ("COPY charges TO 'a.csv'", "COPY is refused"),
        ("ATTACH 'a.db'", "ATTACH is refused"),
        ("INSTALL httpfs", "LOAD is refused"),
        ("SET threads = 1", "SET is refused"),
        ("PRAGMA enable_profiling", "is refused"),
        ("CALL pragma_version()", "CALL is refused"),
        ("EXPLAIN ANALYZE DELETE FROM charges", "DELETE is refused"),
        ("/* */ EXPLAIN DELETE FROM charges", "EXPLAIN is refused"),
        ("SELECT 1; SELECT 2", "one statement at a time"),
        ("", "one statement at a time"),
        ("SELEKT 1", "not SQL"),
    ],
)
def test_anything_else_is_refused(query: str, said: str) -> None:
    with pytest.raises(TallyError, match=said):
        check_query(query)


def test_what_duckdb_says_reaches_the_user() -> None:
    with memory_session() as session, pytest.raises(TallyError, match="bill_cost"):
        run_query(session, "SELECT bill_cost FROM charges")


def test_csv(answer: pa.Table, tmp_path: Path) -> None:
    write_answer(answer, SqlFormat.CSV, tmp_path / "a")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a").read_text())))
    assert [row["billed_cost"] for row in rows] == ["0.100000000000000001", "0.000000000000000001"]
    assert (rows[0]["service_name"], rows[0]["tags"]) == ('Compute, "big"', '{"team": "a"}')
    assert (rows[0]["charge_period_start"], rows[1]["charge_period_start"]) == ("2026-08-01T00:00:00", "")


def test_json(answer: pa.Table, tmp_path: Path) -> None:
    write_answer(answer, SqlFormat.JSON, tmp_path / "a")
    text = (tmp_path / "a").read_text()
    rows = json.loads(text, parse_float=Decimal)
    assert rows[0] == {
        "service_name": 'Compute, "big"',
        "billed_cost": COST,
        "charge_period_start": "2026-08-01T00:00:00",
        "tags": {"team": "a"},
    }
    assert rows[1]["billed_cost"] == Decimal("1E-18")
    assert "E-" not in text, "no exponent: some readers take such a number for a float"


def test_parquet_and_arrow_keep_types(answer: pa.Table, tmp_path: Path) -> None:
    write_answer(answer, SqlFormat.PARQUET, tmp_path / "a.parquet")
    write_answer(answer, SqlFormat.ARROW, tmp_path / "a.arrow")
    assert pq.read_table(tmp_path / "a.parquet").equals(answer)
    assert pa.ipc.open_stream(tmp_path / "a.arrow").read_all().equals(answer)


def test_a_table_shows_every_digit(answer: pa.Table, capsys: pytest.CaptureFixture[str]) -> None:
    write_answer(answer, SqlFormat.TABLE, None)
    assert "0.100000000000000001" in capsys.readouterr().out


def test_a_file_that_cannot_be_written_is_named(answer: pa.Table, tmp_path: Path) -> None:
    with pytest.raises(TallyError, match=r"absent/a\.csv: cannot be written"):
        write_answer(answer, SqlFormat.CSV, tmp_path / "absent" / "a.csv")

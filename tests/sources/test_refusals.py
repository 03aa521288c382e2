"""What is refused: where and why."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from sources.delivered import Reader, aws_row, csv_text, focus_row, write
from tallystick.errors import Place
from tallystick.sources.delivery import Limits

GOOD = csv_text([aws_row(), aws_row(), aws_row()])
WIDTH = len(aws_row())


def second_row(change: Callable[[str], str]) -> bytes:
    """The good file with its second row changed."""
    header, first, second, third = GOOD.splitlines(keepends=True)
    return (header + first + change(second) + third).encode()


def lossy(text: bytes) -> bytes:
    packed = gzip.compress(text)
    return packed[:-8] + b"\0\0\0\0" + packed[-4:]


CASES: dict[str, tuple[bytes, int | None, str]] = {
    "empty": (b"", None, "the file is empty"),
    "PDF": (b"%PDF-1.7 ...", None, "this is a PDF document"),
    "web page": (b"<!DOCTYPE html><html>no</html>", None, "web page"),
    "JSON": (b'{"error": "denied"}', None, "this is JSON"),
    "binary": (b"a,b\n\0\1\2", None, "NUL bytes"),
    "UTF-16": ("a,b\n".encode("utf-16"), None, "UTF-16"),
    "prose": (b"Dear customer\nyour bill\n", None, "not a table of comma-separated columns"),
    "foreign table": (b"a,b,c\n1,2,3\n", None, "required columns are missing: bill/BillingPeriodStartDate"),
    "header not UTF-8": (b"a,\xff\xfe\n1,2\n", None, "the header is not UTF-8"),
    "row too short": (second_row(lambda row: "1,2\n"), 2, f"the row has 2 cells; the header has {WIDTH}"),
    "row too long": (
        second_row(lambda row: row.rstrip() + ",x,y\n"),
        2,
        f"the row has more cells; the header has {WIDTH}",
    ),
    "open quote": (second_row(lambda row: '"' + row), 2, "not closed"),
    "cell not UTF-8": (
        GOOD.encode().replace(b"Hrs", b"H\xff"),
        1,
        "not UTF-8",
    ),
    "cut off gzip": (gzip.compress(GOOD.encode() * 50)[:-20], None, "gzip stream is cut off"),
    "gzip without its end": (gzip.compress(GOOD.encode())[:-8], None, "gzip stream is cut off"),
    "wrong checksum": (lossy(GOOD.encode()), None, "damaged gzip stream"),
    "cut off zip": (b"PK\x03\x04 and no more", None, "damaged archive"),
    "cut off Parquet": (b"PAR1 and no more", None, "Parquet"),
    "doubled column": (
        GOOD.replace("pricing/unit", "lineItem/unblendedcost", 1).encode(),
        None,
        "the column occurs more than once",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_refused(case: str, reader: Reader, tmp_path: Path) -> None:
    content, row, reason = CASES[case]
    path = tmp_path / "bill.csv"
    path.write_bytes(content)
    error = reader.refusal("aws", path)
    assert reason in error.reason
    assert (error.place.file, error.place.row) == ("bill.csv", row)


CELLS = [
    ("aws", aws_row, "lineItem/UsageStartDate", "soon", "expected a date and time, found 'soon'"),
    ("aws", aws_row, "bill/BillingPeriodStartDate", "", "expected a date and time, found an empty cell"),
    ("aws", aws_row, "lineItem/UnblendedCost", "123456789012345678901", "the number is too large"),
    ("focus", focus_row, "BillingPeriodStart", "2026-99-01", "expected a date and time, found '2026-99-01'"),
    ("focus", focus_row, "BilledCost", "1e25", "the number is too large"),
]


@pytest.mark.parametrize(("kind", "row", "column", "cell", "reason"), CELLS)
def test_a_cell_that_stops_the_file(
    kind: str, row: Callable[..., dict[str, str]], column: str, cell: str, reason: str, reader: Reader, tmp_path: Path
) -> None:
    path = write(tmp_path / "bill.csv.gz", csv_text([row(), row(), row(**{column: cell})]))
    error = reader.refusal(kind, path)
    assert error.place == Place("bill.csv.gz", 3, column)
    assert error.reason.startswith(reason)


def test_rows_are_counted_by_record_not_by_line(reader: Reader, tmp_path: Path) -> None:
    rows = [aws_row(ProductCode="two\nlines"), aws_row(UsageStartDate="soon")]
    assert reader.refusal("aws", write(tmp_path / "bill.csv", csv_text(rows))).place.row == 2


def test_a_record_may_be_long_but_not_endless(reader: Reader, tmp_path: Path) -> None:
    path = write(tmp_path / "bill.csv", csv_text([aws_row(ProductCode="x" * 300_000)]))
    assert len(reader.rows("aws", path)) == 1
    assert reader.refusal("aws", path, limits=Limits(line_bytes=100_000)).reason.startswith("the record is longer")


def test_a_stream_stops_at_the_limit(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"\0" * 10_000_000))
    error = reader.refusal("aws", path, limits=Limits(unpacked_bytes=1_000_000))
    assert "more than 1000000 bytes" in error.reason
    assert sum(each.stat().st_size for each in reader.workspace.iterdir()) <= 1_000_000


def test_concatenated_gzip_members_are_one_file(reader: Reader, tmp_path: Path) -> None:
    header, *lines = GOOD.encode().splitlines(keepends=True)
    path = tmp_path / "bill.csv.gz"
    path.write_bytes(gzip.compress(header + lines[0]) + gzip.compress(lines[1] + lines[2]))
    assert len(reader.rows("aws", path)) == 3
    damaged = zlib.compress(b"x")
    path.write_bytes(gzip.compress(header + lines[0]) + damaged)
    assert "damaged gzip stream" in reader.refusal("aws", path).reason

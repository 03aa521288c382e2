"""What a data file is made of, from its first bytes: format, compression, columns, one sample row.

Names never count; the content does. Column names are matched by :func:`key`, which makes ``lineItem/UsageStartDate``,
``LINEITEM/USAGESTARTDATE`` and ``line_item_usage_start_date`` one.
"""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb

from tallystick.errors import Place, RefusedError
from tallystick.sources.delivery import Limits

_CHUNK = 2**16
_HEAD = 2**16
"""Bytes that nearly always hold the header and the first record."""
_SIGNATURES = (
    (b"%PDF", "a PDF document"),
    (b"\xff\xfe", "UTF-16 text; expected UTF-8"),
    (b"\xfe\xff", "UTF-16 text; expected UTF-8"),
    (b"BZh", "compressed with bzip2; expected gzip, zip or plain CSV, or Parquet"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstandard; expected gzip, zip or plain CSV, or Parquet"),
    (b"\xd0\xcf\x11\xe0", "an Office document"),
)


@dataclass(frozen=True, slots=True)
class RawColumn:
    """A delivered column: its name as spelled, and its DuckDB type (always VARCHAR in CSV)."""

    position: int
    name: str
    type: str

    @property
    def cell(self) -> str:
        """The column's name in our statements."""
        return f"c{self.position}"


@dataclass(frozen=True)
class Header:
    """The columns of a data file."""

    name: str
    """The file's name in messages."""
    format: str
    """``csv`` or ``parquet``."""
    columns: tuple[RawColumn, ...]
    sample: Mapping[str, str] = field(default_factory=dict)
    """The first data record by :func:`key` of the column, without empty cells; empty when there is none."""

    @cached_property
    def by_key(self) -> dict[str, RawColumn]:
        """The columns by their :func:`key`; the first wins."""
        return {key(column.name): column for column in reversed(self.columns)}

    def find(self, *spellings: str) -> RawColumn | None:
        """The first column that has one of these names."""
        for spelling in spellings:
            if (column := self.by_key.get(key(spelling))) is not None:
                return column
        return None


def key(name: str) -> str:
    """Fold a column name to letters and digits.

    >>> key("reservation/ReservationARN") == key("reservation_reservation_a_r_n")
    True
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def is_gzip(path: Path) -> bool:
    """Whether the file begins as a gzip stream."""
    return _magic(path)[:2] == b"\x1f\x8b"


def is_zip(path: Path) -> bool:
    """Whether the file begins as a zip archive."""
    return _magic(path)[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def is_parquet(path: Path) -> bool:
    """Whether the file begins as Parquet."""
    return _magic(path)[:4] == b"PAR1"


def read_header(path: Path, name: str, limits: Limits) -> Header:
    """The header of a plain or gzipped CSV or a Parquet file. Raises RefusedError for anything else."""
    if path.stat().st_size == 0:
        raise RefusedError(Place(name), "the file is empty")
    if is_parquet(path):
        return _parquet_header(path, name)
    head = first_bytes(path, name, min(_HEAD, limits.header_bytes))
    if b"\n" not in head and len(head) == _HEAD:
        head = first_bytes(path, name, limits.header_bytes)
    return csv_header(head, name)


def first_bytes(path: Path, name: str, size: int) -> bytes:
    """Up to ``size`` bytes from the start of a file's text, unpacked if it is gzip."""
    if not is_gzip(path):
        with path.open("rb") as stream:
            return stream.read(size)
    head = b"".join(_inflate_head(path, name, size))
    if not head:
        raise RefusedError(Place(name), "the gzip stream is cut off or holds nothing")
    return head


def csv_header(head: bytes, name: str) -> Header:
    """The header record and the first data record of CSV text that begins with ``head``."""
    text = _decode(head, name)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = next((record for record in reader if record), [])
    except csv.Error as error:
        raise RefusedError(Place(name), f"not a CSV table: {error}") from error
    if len(names) < 2:
        raise RefusedError(Place(name), "not a table of comma-separated columns")
    columns = tuple(RawColumn(i, column.strip(), "VARCHAR") for i, column in enumerate(names))
    return Header(name, "csv", columns, _sample(reader, columns))


def _sample(reader: Iterator[list[str]], columns: tuple[RawColumn, ...]) -> dict[str, str]:
    try:
        record = next((record for record in reader if record), [])
    except csv.Error:
        return {}
    return {key(column.name): cell for column, cell in zip(columns, record, strict=False) if cell}


def _decode(head: bytes, name: str) -> str:
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            raise RefusedError(Place(name), f"this is {what}" if not what.startswith("compressed") else what)
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise RefusedError(Place(name), "this is a web page or XML; perhaps an error answer was saved as the file")
    if start.startswith((b"{", b"[")):
        raise RefusedError(Place(name), "this is JSON; expected CSV or Parquet")
    if b"\0" in head:
        raise RefusedError(Place(name), "this is not text: it holds NUL bytes; expected CSV or Parquet")
    line = head.split(b"\n", 1)[0]
    try:
        line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedError(Place(name), f"the header is not UTF-8 (byte {error.start + 1})") from error
    return head.decode("utf-8-sig", errors="replace")


def _parquet_header(path: Path, name: str) -> Header:
    try:
        with duckdb.connect() as connection:
            relation = connection.execute("SELECT * FROM read_parquet($1) LIMIT 1", [str(path)])
            described = [(str(column[0]), str(column[1])) for column in relation.description or ()]
            row = relation.fetchone()
    except duckdb.Error as error:
        raise RefusedError(Place(name), "damaged Parquet file; deliver it again") from error
    columns = tuple(RawColumn(i, column, type) for i, (column, type) in enumerate(described))
    cells = zip(columns, row or (), strict=False)
    return Header(name, "parquet", columns, {key(c.name): str(value) for c, value in cells if value not in (None, "")})


def _inflate_head(path: Path, name: str, size: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(31)
    with path.open("rb") as stream:
        while size > 0 and (block := stream.read(_CHUNK)):
            try:
                piece = inflater.decompress(block, size)
            except zlib.error as error:
                raise RefusedError(Place(name), f"damaged gzip stream: {error}") from error
            yield piece
            size -= len(piece)
            if inflater.eof:
                return


def _magic(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(8)

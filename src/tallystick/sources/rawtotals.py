"""An independent reading of delivered files, for ``tally reconcile --deep``.

Python's csv, gzip and zipfile and ``decimal`` only (pyarrow to open Parquet); nothing is shared with a scan, so that
one mistake cannot be made twice. Cells are summed as delivered: exact, unrounded, whatever the kind of row.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path

from tallystick.errors import Place, RefusedError
from tallystick.sources.delivery import Limits, RawTotals

_EXACT = Context(prec=400, rounding=ROUND_HALF_UP)
_SCALE = Decimal(1).scaleb(-18)
_NONE = Decimal(0)
_DATE = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")


@dataclass(frozen=True, slots=True)
class RawColumns:
    """The column that says the billing period and those to be summed, each with its spellings."""

    period: tuple[str, ...]
    measures: dict[str, tuple[str, ...]]
    daily: bool = False
    """Whether totals are kept by day, not by month."""


def raw_totals(path: Path, name: str, columns: RawColumns, limits: Limits) -> dict[date | None, RawTotals]:
    """Row counts and sums of the raw cells of a file by the first day of the billing period, or by day.

    A file that lacks a measure's column gives no total for it. Raises RefusedError for a file that cannot be read.
    """
    counts: dict[date | None, int] = {}
    sums: dict[date | None, dict[str, Decimal]] = {}
    with _records(path, name, limits) as (header, records):
        names = [_fold(column) for column in header]
        period_at = _position(names, columns.period)
        measured = {
            measure: at
            for measure, spellings in columns.measures.items()
            if (at := _position(names, spellings)) is not None
        }
        for record in records:
            period = _period(record[period_at], name) if period_at is not None else None
            if period and not columns.daily:
                period = period.replace(day=1)
            counts[period] = counts.get(period, 0) + 1
            totals = sums.setdefault(period, dict.fromkeys(measured, _NONE))
            for measure, at in measured.items():
                totals[measure] = _EXACT.add(totals[measure], _number(record[at]))
    return {period: RawTotals(rows, sums[period]) for period, rows in counts.items()}


@contextmanager
def _records(path: Path, name: str, limits: Limits) -> Iterator[tuple[Sequence[str], Iterable[Sequence[object]]]]:
    with path.open("rb") as stream:
        magic = stream.read(4)
    if magic == b"PAR1":
        yield _parquet(path)
        return
    try:
        with _text(path, magic, name) as text:
            csv.field_size_limit(limits.line_bytes)
            reader = csv.reader(text, strict=True)
            header = next((record for record in reader if record), [])
            yield header, (record for record in reader if record)
    except (csv.Error, EOFError, UnicodeDecodeError, OSError, zipfile.BadZipFile) as error:
        raise RefusedError(Place(name), f"cannot be read again: {error}") from error


@contextmanager
def _text(path: Path, magic: bytes, name: str) -> Iterator[io.TextIOBase]:
    if magic[:2] == b"\x1f\x8b":
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as text:
            yield text
    elif magic[:2] == b"PK":
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) != 1:
                raise RefusedError(Place(name), f"the archive holds {len(members)} files; expected one table")
            with archive.open(members[0]) as member:
                yield io.TextIOWrapper(member, encoding="utf-8-sig", newline="")
    else:
        with path.open(encoding="utf-8-sig", newline="") as text:
            yield text


def _parquet(path: Path) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    import pyarrow as pa
    from pyarrow import parquet

    def cells(column: pa.Array) -> list[object]:
        """Values as delivered; a float as its shortest text."""
        return list((column.cast(pa.string()) if pa.types.is_floating(column.type) else column).to_pylist())

    file = parquet.ParquetFile(path)
    batches = file.iter_batches(batch_size=8192)
    rows = (row for batch in batches for row in zip(*map(cells, batch.columns), strict=True))
    return list(file.schema_arrow.names), rows


def _fold(name: str) -> str:
    return "".join(character for character in name.lower() if character.isascii() and character.isalnum())


def _position(names: list[str], spellings: tuple[str, ...]) -> int | None:
    for spelling in spellings:
        if _fold(spelling) in names:
            return names.index(_fold(spelling))
    return None


def _number(cell: object) -> Decimal:
    """A cell as a number at the scale that money is stored at; what is none counts as nothing, as in the charges.

    Digits beyond the scale are rounded half away from zero, and are a finding of the delivery.
    """
    if cell is None or cell == "":
        return _NONE
    try:
        number = Decimal(str(cell).strip())
    except InvalidOperation:
        return _NONE
    return _EXACT.quantize(number, _SCALE) if number.is_finite() else _NONE


@lru_cache(maxsize=1024)
def _period(cell: object, name: str) -> date:
    try:
        return _day(cell)
    except ValueError as error:
        raise RefusedError(Place(name), f"{cell!r} is no date that this reading knows") from error


def _day(cell: object) -> date:
    """The day that a date cell lies in, by UTC."""
    if isinstance(cell, datetime):
        moment = cell
    elif isinstance(cell, date):
        return cell
    else:
        moment = _moment(str(cell or "").strip())
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.date()


def _moment(text: str) -> datetime:
    if len(text) >= 10 and text[2:3] == "/" and text[5:6] == "/":
        return datetime.strptime(text[:10], "%m/%d/%Y")  # noqa: DTZ007 (Azure days, UTC by definition)
    spelled = text.removesuffix(" UTC").removesuffix(" GMT").replace(" +", "+").replace(" -", "-")
    return datetime.fromisoformat(_DATE.sub(lambda day: "-".join(part.zfill(2) for part in day.groups()), spelled))

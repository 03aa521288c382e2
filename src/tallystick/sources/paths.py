"""What the folders of a delivery say: the billing period, and when the provider exported it.

Only folder names count, never file names: ``BILLING_PERIOD=2026-08``, ``year=2026/month=8``, ``20260801-20260901``
name a period; ``20260812T101500Z-<id>``, ``2026-08-12``, ``202608121015`` name a moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

_RANGE = re.compile(r"(\d{4})(\d{2})(\d{2})-(\d{4})(\d{2})(\d{2})")
_PERIOD = re.compile(r"billing_?period=(\d{4})-(\d{1,2})(-\d{1,2})?", re.IGNORECASE)
_YEAR = re.compile(r"year=(\d{4})", re.IGNORECASE)
_MONTH = re.compile(r"month=(\d{1,2})", re.IGNORECASE)
_HIVE = re.compile(r"\w+=.*")
_MOMENT = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})[T_](\d{2})[:-]?(\d{2})[:-]?(\d{2})(?:\D.*)?")
_RUN_STAMP = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def period_of(folders: Iterable[str]) -> date | None:
    """The billing period that the folders name, as the first of its month; the innermost wins."""
    found, year = None, None
    for folder in folders:
        if match := _PERIOD.fullmatch(folder) or _RANGE.fullmatch(folder):
            found = _first_of_month(int(match[1]), int(match[2])) or found
        elif match := _YEAR.fullmatch(folder):
            year = int(match[1])
        elif (match := _MONTH.fullmatch(folder)) and year:
            found = _first_of_month(year, int(match[1])) or found
    return found


def moment_of(folders: Iterable[str]) -> datetime | None:
    """The export time that the folders name, UTC; the innermost wins."""
    found = None
    for folder in folders:
        match = _MOMENT.fullmatch(folder) or _RUN_STAMP.fullmatch(folder) or _DAY.fullmatch(folder)
        if match:
            parts = [int(part) for part in match.groups() if part]
            found = _moment(parts) or found
    return found


def delivery_folder(folders: tuple[str, ...]) -> tuple[str, ...]:
    """The folder whose files are parts of one delivery: hive partitions below the period do not split it."""
    kept = folders
    while kept and _HIVE.fullmatch(kept[-1]) and period_of(kept[:-1]) == period_of(folders):
        kept = kept[:-1]
    return kept


def names_period(folder: str) -> bool:
    """Whether a folder's own name says a billing period or a part of one."""
    patterns = (_PERIOD, _RANGE, _YEAR, _MONTH)
    return any(pattern.fullmatch(folder) for pattern in patterns)


def parse_month(text: str) -> date | None:
    """The month of a manifest's date: ``20260801T000000.000Z``, ``2026-08-01T00:00:00Z``, ``2026-08``."""
    match = re.match(r"(\d{4})-?(\d{2})", text)
    return _first_of_month(int(match[1]), int(match[2])) if match else None


def _first_of_month(year: int, month: int) -> date | None:
    return date(year, month, 1) if 1 <= month <= 12 and year > 0 else None


def _moment(parts: list[int]) -> datetime | None:
    try:
        return datetime(*parts[:6], tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        return None

"""What was withdrawn: points that were delivered and do not count any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tallystick.engine.relations import relation_of
from tallystick.lake.schemas import ColumnType


@dataclass(frozen=True, slots=True, order=True)
class Withdrawn:
    """A scope's points of a source in [``begin``, ``end``) that were delivered before ``at`` do not count."""

    source_id: str
    scope_id: str
    begin: datetime
    end: datetime
    at: datetime


@dataclass(frozen=True, slots=True, order=True)
class WithdrawnFile:
    """Points of a scope in a delivered file that do not count, by the start of their period."""

    file_id: str
    scope_id: str
    begin: datetime
    end: datetime


def bounds(day: date) -> tuple[datetime, datetime]:
    """The half-open interval of a UTC day."""
    begin = datetime.combine(day, time(), UTC)
    return begin, begin + timedelta(days=1)


def of_day(
    withdrawals: Iterable[Withdrawn], source_id: str, day: date, files: Mapping[str, datetime]
) -> tuple[WithdrawnFile, ...]:
    """What does not count of a source's files on a day, given when each was last delivered."""
    begin, end = bounds(day)
    found = [
        WithdrawnFile(file_id, one.scope_id, one.begin, one.end)
        for one in withdrawals
        if one.source_id == source_id and one.begin < end and one.end > begin
        for file_id, received_at in files.items()
        if received_at < one.at
    ]
    return tuple(sorted(found))


def relation(withdrawn: Iterable[WithdrawnFile]) -> str:
    """What does not count, as models read it."""
    columns = {
        "x_file_id": ColumnType.TEXT,
        "scope_id": ColumnType.TEXT,
        "begin_at": ColumnType.TIMESTAMP,
        "end_at": ColumnType.TIMESTAMP,
    }
    return relation_of(columns, ((one.file_id, one.scope_id, one.begin, one.end) for one in withdrawn))

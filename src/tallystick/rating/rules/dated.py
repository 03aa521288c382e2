"""What mappings and scripts share: rules with a start, an end, authors and a deletion that leaves the row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_

from tallystick import clock
from tallystick.settings.metering import HashmapMapping, PyScript


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedFilter:
    """Which rules are asked for; None asks for any."""

    deleted: bool = False
    """Whether deleted ones are shown as well."""
    start: datetime | None = None
    """Those that start then or later."""
    end: datetime | None = None
    """Those that end before."""
    created_by: str | None = None
    updated_by: str | None = None
    deleted_by: str | None = None
    description: str | None = None
    active: bool = False
    """Only those that count now."""


def conditions(row: type[HashmapMapping] | type[PyScript], wanted: DatedFilter) -> list[ColumnElement[bool]]:
    """What holds of the rows that are asked for."""
    authors = {
        row.created_by: wanted.created_by,
        row.updated_by: wanted.updated_by,
        row.deleted_by: wanted.deleted_by,
    }
    found = [column == value for column, value in authors.items() if value is not None]
    if not wanted.deleted:
        found.append(row.deleted_at.is_(None))
    if wanted.start is not None:
        found.append(row.start_at >= wanted.start)
    if wanted.end is not None:
        found.append(row.end_at < wanted.end)
    if wanted.description is not None:
        found.append(func.lower(row.description).contains(wanted.description.lower(), autoescape=True))
    if wanted.active:
        now = clock.now()
        found.append(and_(row.start_at <= now, or_(row.end_at.is_(None), row.end_at > now)))
    return found


def counting(
    row: type[HashmapMapping] | type[PyScript], tenant: str, begin: datetime, end: datetime
) -> list[ColumnElement[bool]]:
    """What holds of the rows that count at some moment in [``begin``, ``end``), deleted since or not."""
    return [
        row.tenant_id == tenant,
        row.start_at < end,
        or_(row.end_at.is_(None), row.end_at > begin),
        or_(row.effective_to.is_(None), row.effective_to > begin),
        or_(row.effective_to.is_(None), row.effective_to > row.start_at),
    ]

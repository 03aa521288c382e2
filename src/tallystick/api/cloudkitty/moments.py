"""Times as clients of CloudKitty write and read them."""

from __future__ import annotations

from datetime import UTC, datetime

from tallystick import clock


def parse_moment(text: str) -> datetime:
    """A moment in ISO 8601, basic or extended, with a ``T`` or a space; without an offset it is UTC.

    Raises ValueError.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"not a valid date: {text!r}") from error


def this_month() -> tuple[datetime, datetime]:
    """The start of the current month and of the next, UTC."""
    begin = clock.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)
    return begin, end


def with_offset(moment: datetime | None) -> str | None:
    """As version 2 writes it: ``2026-11-21T12:00:00+00:00``."""
    return None if moment is None else moment.astimezone(UTC).isoformat()


def naive(moment: datetime) -> str:
    """As version 1 writes it: UTC without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat()

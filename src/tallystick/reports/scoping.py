"""Reading the time of a question: ``filter[time_scope_*]``, ``filter[resolution]``, ``start_date`` and ``end_date``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from tallystick.errors import QueryError
from tallystick.reports.query_string import Values
from tallystick.reports.reader import Reader
from tallystick.reports.time_scope import DAY_VALUES, EVER, MAX_DAYS, MONTH_VALUES, TimeScope, earliest_day, scope_of

TIME_KEYS = ("resolution", "time_scope_value", "time_scope_units")
_UNITS = {"day": DAY_VALUES, "month": MONTH_VALUES}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a report allows of time."""

    today: date
    retention_months: int | None
    monthly_only: bool = False


@dataclass(frozen=True, slots=True)
class Scoping:
    """A time scope, with the keys that the answer repeats although they were not given."""

    scope: TimeScope
    given: dict[str, object]
    defaults: dict[str, object]


def read_scope(reader: Reader, filters: dict[str, Values], limits: Limits) -> Scoping:
    """The time of a question. Raises QueryError with all that has been noted so far."""
    units = _last(filters, "time_scope_units")
    value = _last(filters, "time_scope_value")
    resolution = _last(filters, "resolution")
    reader.choice(("filter", "time_scope_units"), units, ("month",) if limits.monthly_only else tuple(_UNITS))
    reader.choice(
        ("filter", "time_scope_value"), value, MONTH_VALUES if limits.monthly_only else (*DAY_VALUES, *MONTH_VALUES)
    )
    reader.choice(("filter", "resolution"), resolution, ("monthly",) if limits.monthly_only else ("daily", "monthly"))
    start = None if limits.monthly_only else reader.day(("start_date",), reader.scalar("start_date"))
    end = None if limits.monthly_only else reader.day(("end_date",), reader.scalar("end_date"))
    if units in _UNITS and value is not None and value not in _UNITS[units]:
        allowed = ", ".join(_UNITS[units])
        reader.note(("filter", "time_scope_value"), [f"Valid values are {allowed} when time_scope_units is {units}"])
    if units == "day" and value is not None and resolution == "monthly":
        reader.note(("filter", "resolution"), ["Valid values are daily when time_scope_units is day"])
    reader.check()
    if start is not None or end is not None:
        if units is not None or value is not None:
            raise QueryError({"error": _CLASH})
        return _dated(start, end, resolution, limits)
    return _relative(units, value, resolution, limits)


_CLASH = [
    "The parameters start_date and end_date may not be used with filter[time_scope_units] or filter[time_scope_value].",
    "Give either both dates or a time scope.",
]


def _last(filters: dict[str, Values], key: str) -> str | None:
    values = filters.get(key)
    return values[-1] if values else None


def _relative(units: str | None, value: str | None, resolution: str | None, limits: Limits) -> Scoping:
    given = {"resolution": resolution, "time_scope_value": value, "time_scope_units": units}
    if units is None:
        units = "month" if value in MONTH_VALUES or (value is None and limits.monthly_only) else "day"
    if value is None:
        value = "-1" if units == "month" else "-10"
    if resolution is None:
        resolution = "monthly" if units == "month" else "daily"
    full = {"time_scope_value": value, "time_scope_units": units, "resolution": resolution}
    return Scoping(
        scope_of(units, value, resolution == "monthly", limits.today),
        {key: text for key, text in given.items() if text is not None},
        {key: text for key, text in full.items() if given[key] is None},
    )


def _dated(start: date | None, end: date | None, resolution: str | None, limits: Limits) -> Scoping:
    if start is None or end is None:
        raise QueryError({"error": ["start_date and end_date must be given together."]})
    if start > end:
        raise QueryError({"error": ["start_date must be a date that is before or equal to end_date."]})
    if (end - start).days > MAX_DAYS:
        raise QueryError({"error": [f"start_date and end_date may be at most {MAX_DAYS} days apart."]})
    earliest, latest = EVER
    if limits.retention_months is not None:
        earliest = earliest_day(limits.today, limits.retention_months)
        latest = limits.today + timedelta(days=1)
    for name, day in (("start_date", start), ("end_date", end)):
        if not earliest <= day <= latest:
            raise QueryError({"error": [f"{name} must be from {earliest} to {latest}."]})
    given: dict[str, object] = {} if resolution is None else {"resolution": resolution}
    defaults: dict[str, object] = {"resolution": "daily"} if resolution is None else {}
    return Scoping(TimeScope(start, end, resolution == "monthly"), given, defaults)

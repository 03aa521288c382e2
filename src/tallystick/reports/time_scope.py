"""Which days a question is about, and into which buckets of time they fall.

All days are UTC. Buckets are named by a number: of months since year 0 (``year * 12 + month - 1``), or of days since
1970-01-01; both can be counted up, compared and computed in SQL cheaply.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

EPOCH = date(1970, 1, 1)

DAY_VALUES = ("-10", "-30", "-90")
MONTH_VALUES = ("-1", "-2", "-3")
MAX_DAYS = 36_600
"""A century: more than any bill covers, and few enough to count out."""

EVER = date(1900, 1, 1), date(2999, 12, 31)
"""The days that may be asked about: there are days before and after them to compare with."""


def month_number(day: date) -> int:
    """The bucket of a month."""
    return day.year * 12 + day.month - 1


def month_start(number: int) -> date:
    """The first day of a month's bucket."""
    return date(number // 12, number % 12 + 1, 1)


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day where it is shorter."""
    first = month_start(month_number(day) - months)
    return first.replace(day=min(day.day, month_end(first).day))


@dataclass(frozen=True, slots=True)
class TimeScope:
    """A range of days, both ends included, in monthly or daily buckets."""

    first: date
    last: date
    monthly: bool
    units: str | None = None
    """``day`` or ``month``; None for a range given by dates."""

    @property
    def resolution(self) -> str:
        """As a question says it."""
        return "monthly" if self.monthly else "daily"

    @property
    def end(self) -> date:
        """The day after the last."""
        return self.last + timedelta(days=1)

    @property
    def buckets(self) -> range:
        """The buckets, ascending."""
        return range(self.bucket(self.first), self.bucket(self.last) + 1)

    def bucket(self, day: date) -> int:
        """The bucket of a day."""
        return month_number(day) if self.monthly else (day - EPOCH).days

    def start_of(self, bucket: int) -> date:
        """The first day of a bucket."""
        return month_start(bucket) if self.monthly else EPOCH + timedelta(days=bucket)

    def text(self, bucket: int) -> str:
        """``2026-08`` or ``2026-08-12``."""
        return self.start_of(bucket).isoformat()[: 7 if self.monthly else 10]

    @property
    def day_shift(self) -> int:
        """How many days before each day its prior day lies, for scopes counted in days; 0 for months."""
        return 0 if self.units == "month" else (self.end - self.first).days

    def prior(self) -> TimeScope:
        """The period that a delta compares with: of the same length just before, or the same part of last month."""
        if self.units == "month":
            whole = self.last == month_end(self.last)
            last = months_before(self.last, 1)
            return TimeScope(months_before(self.first, 1), month_end(last) if whole else last, self.monthly, "month")
        shift = timedelta(days=self.day_shift)
        return TimeScope(self.first - shift, self.last - shift, self.monthly, self.units)

    def following(self, bucket: int) -> int | None:
        """The bucket of a month scope that a prior bucket is compared with: a month later, if there is that day."""
        if self.monthly:
            return bucket + 1
        day = EPOCH + timedelta(days=bucket)
        later = month_start(month_number(day) + 1)
        return self.bucket(later.replace(day=day.day)) if day.day <= month_end(later).day else None


def scope_of(units: str, value: str, monthly: bool, today: date) -> TimeScope:
    """The scope that a pair such as (``month``, ``-2``) means today."""
    if units == "day":
        return TimeScope(today + timedelta(days=int(value) + 1), today, monthly, units)
    first = month_start(month_number(today) + int(value) + 1)
    return TimeScope(first, today if value == "-1" else month_end(first), monthly, units)


def earliest_day(today: date, retention_months: int) -> date:
    """The first day that is kept: of the month ``retention_months`` - 1 back."""
    return month_start(month_number(today) - retention_months + 1)

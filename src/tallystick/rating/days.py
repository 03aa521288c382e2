"""How the points of one UTC day are rated: what follows from all rules and withdrawals for that day.

A day's rating has a fingerprint, which moves when anything does that may change a price of that day, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from tallystick.engine.models import UNRATED
from tallystick.engine.relations import relation_of
from tallystick.lake.parts import fingerprint
from tallystick.lake.schemas import ColumnType

END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)


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


@dataclass(frozen=True)
class DayRating:
    """How one day is rated."""

    day: date
    currency: str
    rating: str = UNRATED
    """A SELECT that reads ``points`` and gives them rated."""
    rules: Mapping[str, str] = field(default_factory=dict)
    """The relations that it reads beside them."""

    @property
    def fingerprint(self) -> str:
        """Moves when a price of the day may."""
        return fingerprint(self.currency, self.rating, *(text for pair in sorted(self.rules.items()) for text in pair))

    def relations(self, withdrawn: Iterable[WithdrawnFile]) -> dict[str, str]:
        """What the models of a day's points read beside them, as SELECTs by name."""
        return {**self.rules, "withdrawals": _withdrawals(withdrawn), "rating_terms": _terms(self.currency)}


@dataclass(frozen=True)
class Rating:
    """Everything by which a tenant's points are rated."""

    withdrawals: tuple[Withdrawn, ...]
    currency: str

    def of_day(self, day: date) -> DayRating:
        """How a day is rated."""
        return DayRating(day, self.currency)

    def withdrawn(self, source_id: str, day: date, files: Mapping[str, datetime]) -> tuple[WithdrawnFile, ...]:
        """What does not count of a source's files on a day, given when each was last delivered."""
        begin = datetime.combine(day, time(), UTC)
        found = [
            WithdrawnFile(file_id, one.scope_id, one.begin, one.end)
            for one in self.withdrawals
            if one.source_id == source_id and one.begin < begin + timedelta(days=1) and one.end > begin
            for file_id, received_at in files.items()
            if received_at < one.at
        ]
        return tuple(sorted(found))


def _withdrawals(withdrawn: Iterable[WithdrawnFile]) -> str:
    columns = {
        "x_file_id": ColumnType.TEXT,
        "scope_id": ColumnType.TEXT,
        "begin_at": ColumnType.TIMESTAMP,
        "end_at": ColumnType.TIMESTAMP,
    }
    return relation_of(columns, ((one.file_id, one.scope_id, one.begin, one.end) for one in withdrawn))


def _terms(currency: str) -> str:
    return relation_of({"billing_currency": ColumnType.TEXT}, [(currency,)])

"""How the points of one UTC day are rated: what follows from all rules and withdrawals for that day.

A day's rating has a fingerprint, which moves when anything does that may change a price of that day, and nothing else.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from tallystick.engine.models import UNRATED, hashmap_model
from tallystick.engine.relations import relation_of
from tallystick.lake.parts import fingerprint
from tallystick.lake.schemas import ColumnType
from tallystick.rating import hashmap
from tallystick.rating.hashmap import Threshold

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


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of hashmap, in the order in which a later one replaces an earlier one of the same slot."""

    mappings: tuple[hashmap.Mapping, ...] = ()
    thresholds: tuple[Threshold, ...] = ()

    def between(self, begin: datetime, end: datetime) -> Rules:
        """Those that count for a period that starts in [``begin``, ``end``)."""
        return Rules(
            tuple(rule for rule in self.mappings if _counts(rule, begin, end)),
            tuple(rule for rule in self.thresholds if _counts(rule, begin, end)),
        )

    def moments(self) -> set[datetime]:
        """When rules begin and end to count."""
        rules: tuple[hashmap.Mapping | Threshold, ...] = (*self.mappings, *self.thresholds)
        return {moment for rule in rules for moment in (rule.start_at, rule.end_at) if moment}


@dataclass(frozen=True)
class DayRating:
    """How one day is rated."""

    day: date
    currency: str
    rules: Rules = field(default_factory=Rules)
    rules_fingerprint: str = ""

    @property
    def rating(self) -> str:
        """A SELECT that reads ``points`` and gives them rated."""
        return hashmap_model().sql if self.rules.mappings or self.rules.thresholds else UNRATED

    @property
    def fingerprint(self) -> str:
        """Moves when a price of the day may."""
        return fingerprint(self.currency, self.rating, self.rules_fingerprint)

    def relations(self, withdrawn: Iterable[WithdrawnFile]) -> dict[str, str]:
        """What the models of a day's points read beside them, as SELECTs by name."""
        rules = self.rules
        epochs = hashmap.epochs(self.day, (*rules.mappings, *rules.thresholds))
        return {
            **hashmap.relations(epochs, rules.mappings, rules.thresholds),
            "withdrawals": withdrawals_relation(withdrawn),
            "rating_terms": relation_of({"billing_currency": ColumnType.TEXT}, [(self.currency,)]),
        }


@dataclass(frozen=True)
class Rating:
    """Everything by which a tenant's points are rated."""

    currency: str
    withdrawals: tuple[Withdrawn, ...] = ()
    rules: Rules = field(default_factory=Rules)
    _found: dict[tuple[int, int], tuple[Rules, str]] = field(default_factory=dict, compare=False, repr=False)
    """Between moments of change the rules of all days are the same."""

    @cached_property
    def _moments(self) -> Sequence[datetime]:
        return sorted(self.rules.moments())

    def of_day(self, day: date) -> DayRating:
        """How a day is rated."""
        begin, end = _bounds(day)
        stretch = bisect_right(self._moments, begin), bisect_left(self._moments, end)
        if stretch not in self._found:
            rules = self.rules.between(begin, end)
            self._found[stretch] = rules, fingerprint(*map(repr, rules.mappings), *map(repr, rules.thresholds))
        return DayRating(day, self.currency, *self._found[stretch])

    def withdrawn(self, source_id: str, day: date, files: Mapping[str, datetime]) -> tuple[WithdrawnFile, ...]:
        """What does not count of a source's files on a day, given when each was last delivered."""
        begin, end = _bounds(day)
        found = [
            WithdrawnFile(file_id, one.scope_id, one.begin, one.end)
            for one in self.withdrawals
            if one.source_id == source_id and one.begin < end and one.end > begin
            for file_id, received_at in files.items()
            if received_at < one.at
        ]
        return tuple(sorted(found))


def _bounds(day: date) -> tuple[datetime, datetime]:
    begin = datetime.combine(day, time(), UTC)
    return begin, begin + timedelta(days=1)


def _counts(rule: hashmap.Mapping | Threshold, begin: datetime, end: datetime) -> bool:
    return rule.start_at < end and (rule.end_at is None or rule.end_at > begin)


def withdrawals_relation(withdrawn: Iterable[WithdrawnFile]) -> str:
    """What does not count, as models read it."""
    columns = {
        "x_file_id": ColumnType.TEXT,
        "scope_id": ColumnType.TEXT,
        "begin_at": ColumnType.TIMESTAMP,
        "end_at": ColumnType.TIMESTAMP,
    }
    return relation_of(columns, ((one.file_id, one.scope_id, one.begin, one.end) for one in withdrawn))

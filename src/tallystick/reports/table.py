"""The cells of a report in memory: exact sums by time and group, and what is derived from them by adding up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from tallystick.decimals import EXACT
from tallystick.reports.time_scope import TimeScope

ZERO: Final = Decimal(0)

Key = tuple[str | None, ...]
"""The values of the groups, outermost first; None is a missing value."""

ELSEWHEN: Final = -1
"""The bucket of all days that are not told apart."""
_PARTS: Final = {"billed": 0, "markup": 1}
_RATES: Final = 2


@dataclass(slots=True)
class Amounts:
    """What a cell, group or total adds up to, in one currency and cost type."""

    raw: Decimal = ZERO
    markup: Decimal = ZERO
    usage: Decimal = ZERO
    """Charged by rates."""
    quantity: Decimal = ZERO
    sources: frozenset[str] = frozenset()

    @property
    def total(self) -> Decimal:
        """Everything charged."""
        if not self.markup and not self.usage:
            return self.raw
        return EXACT.add(EXACT.add(self.raw, self.markup), self.usage)

    def post(self, entry: str, sources: frozenset[str], cost: Decimal | None, quantity: Decimal | None) -> None:
        """Add postings of one entry."""
        part = _PARTS.get(entry, _RATES)
        if cost is not None:
            if part == 0:
                self.raw = EXACT.add(self.raw, cost)
            elif part == 1:
                self.markup = EXACT.add(self.markup, cost)
            else:
                self.usage = EXACT.add(self.usage, cost)
        if quantity is not None:
            self.quantity = EXACT.add(self.quantity, quantity)
        self._join(sources)

    def merge(self, other: Amounts) -> None:
        """Add another's amounts."""
        self.raw = EXACT.add(self.raw, other.raw)
        if other.markup:
            self.markup = EXACT.add(self.markup, other.markup)
        if other.usage:
            self.usage = EXACT.add(self.usage, other.usage)
        if other.quantity:
            self.quantity = EXACT.add(self.quantity, other.quantity)
        self._join(other.sources)

    def _join(self, sources: frozenset[str]) -> None:
        """Most cells have the same sources, which are then the same object."""
        if sources is not self.sources:
            self.sources = self.sources | sources if self.sources else sources


Buckets = dict[int, dict[Key | None, Amounts]]
"""By bucket of time, then group; the group None is the merged remainder of a ranking."""


@dataclass(slots=True)
class Table:
    """A report's cells."""

    now: Buckets = field(default_factory=dict)
    before: Buckets = field(default_factory=dict)
    """The prior period of a delta, under its own buckets."""
    aliases: dict[tuple[int, str], str] = field(default_factory=dict)
    """The alias of a value of a group, by the group's index."""
    places: dict[Key, int] = field(default_factory=dict)
    """The place of each group of a ranking, from 1."""
    weights: dict[Key, Decimal] = field(default_factory=dict)
    """What groups weigh where they are ordered by one day."""
    group_count: int = 0
    """How many groups were ranked."""

    def alias(self, index: int, value: str | None) -> str | None:
        """The alias of a group's value, or the value itself."""
        return None if value is None else self.aliases.get((index, value), value)


def read_tables(rows: Iterable[tuple[Any, ...]], levels: int, scope: TimeScope) -> dict[str, Table]:
    """The tables of a cells statement's rows, by currency, with that many levels of groups."""
    tables: dict[str, Table] = {}
    buckets: dict[date | None, int] = {None: ELSEWHEN}
    sources: dict[str, frozenset[str]] = {}
    named: set[tuple[str, Key, Key]] = set()
    groups_end, aliases_end = 4 + levels, 4 + 2 * levels
    for row in rows:
        currency, period, day, place = row[:4]
        entry, source, cost, quantity, weight, count = row[aliases_end:]
        table = tables.get(currency)
        if table is None:
            table = tables[currency] = Table()
        key: Key | None = None if count is not None and place is None else row[4:groups_end]
        bucket = buckets.get(day)
        if bucket is None:
            bucket = buckets[day] = scope.bucket(day)
        cells = (table.before if period else table.now).setdefault(bucket, {})
        amounts = cells.get(key)
        if amounts is None:
            amounts = cells[key] = Amounts()
        amounts.post(entry, sources.setdefault(source, frozenset((source,))), cost, quantity)
        if count is not None:
            table.group_count = max(count, table.group_count)
        if key is not None:
            _note(table, key, place, weight)
            named.add((currency, key, row[groups_end:aliases_end]))
    for currency, key, aliases in named:
        _note_aliases(tables[currency], key, aliases)
    return tables


def _note(table: Table, key: Key, place: int | None, weight: Decimal | None) -> None:
    if place is not None:
        table.places[key] = place
    if weight is not None:
        table.weights[key] = EXACT.add(table.weights.get(key, ZERO), weight)


def _note_aliases(table: Table, key: Key, aliases: Key) -> None:
    for index, alias in enumerate(aliases):
        value = key[index]
        if alias is not None and value is not None:
            table.aliases[index, value] = max(alias, table.aliases.get((index, value), alias))


def total(cells: Iterable[Amounts]) -> Amounts:
    """The sum of amounts."""
    result = Amounts()
    for amounts in cells:
        result.merge(amounts)
    return result


def grand_total(buckets: Buckets) -> Amounts:
    """The sum over all time and groups."""
    return total(amounts for cells in buckets.values() for amounts in cells.values())

"""How the points of one UTC day are rated: what follows from all rules and module states for that day.

A day's rating has a fingerprint, which moves when anything does that may change a price of that day, and nothing else.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property
from importlib import resources
from itertools import pairwise

from tallystick.engine.models import UNRATED, hashmap_model, tiers_model
from tallystick.engine.relations import relation_of
from tallystick.lake.parts import fingerprint
from tallystick.lake.schemas import ColumnType
from tallystick.rating import hashmap, ladders, withdrawals
from tallystick.rating.hashmap import Threshold
from tallystick.rating.ladders import Ladder
from tallystick.rating.plugins.registry import EnabledPlugin
from tallystick.rating.pyscripts.scripts import Script
from tallystick.rating.skipping import SkipRules
from tallystick.rating.withdrawals import Withdrawn, WithdrawnFile, bounds

HASHMAP, PYSCRIPTS, TIERS = "hashmap", "pyscripts", "tiers"
_RATING_IN_PYTHON = "frames", "frames.cell", "plugins", "pyscripts"
IN_SQL = frozenset((HASHMAP, TIERS))
"""The modules that are SQL. Each only adds to prices, so between them their order makes no difference."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules, each for as long as its module takes part; of dated ones, a later one replaces an earlier of its slot."""

    mappings: tuple[hashmap.Mapping, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    scripts: tuple[Script, ...] = ()
    plugins: tuple[EnabledPlugin, ...] = ()
    """Modules of others."""
    ladders: tuple[Ladder, ...] = ()

    def between(self, begin: datetime, end: datetime) -> Rules:
        """Those that count for a period that starts in [``begin``, ``end``)."""
        return Rules(
            tuple(rule for rule in self.mappings if _meet(rule.start_at, rule.end_at, begin, end)),
            tuple(rule for rule in self.thresholds if _meet(rule.start_at, rule.end_at, begin, end)),
            tuple(script for script in self.scripts if _meet(script.begin, script.end, begin, end)),
            tuple(plugin for plugin in self.plugins if _meet(plugin.begin, plugin.end, begin, end)),
            tuple(ladder for ladder in self.ladders if _meet(ladder.start_at, ladder.end_at, begin, end)),
        )

    @property
    def modules(self) -> frozenset[str]:
        """The modules that have rules here."""
        has = {
            HASHMAP: bool(self.mappings or self.thresholds),
            PYSCRIPTS: bool(self.scripts),
            TIERS: bool(self.ladders),
        }
        return frozenset(name for name, there in has.items() if there) | {one.plugin.name for one in self.plugins}

    def moments(self) -> set[datetime]:
        """When rules begin and end to count."""
        dated: tuple[hashmap.Mapping | Threshold | Ladder, ...] = (*self.mappings, *self.thresholds, *self.ladders)
        ends = ((rule.start_at, rule.end_at) for rule in dated)
        found = {moment for pair in ends for moment in pair if moment}
        python: tuple[Script | EnabledPlugin, ...] = (*self.scripts, *self.plugins)
        return found | {moment for one in python for moment in (one.begin, one.end) if moment}


@dataclass(frozen=True, slots=True)
class Priority:
    """The place of a module in the order from a moment on: the highest first."""

    module_id: str
    effective_from: datetime
    priority: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a day, half-open, and the modules that rate the periods that start in it, in their order."""

    begin: datetime
    end: datetime
    modules: tuple[str, ...]


@dataclass(frozen=True)
class DayRating:
    """How one day of one source is rated."""

    day: date
    currency: str
    rules: Rules = field(default_factory=Rules)
    rules_fingerprint: str = ""
    segments: tuple[Segment, ...] = ()
    skips: SkipRules = field(default_factory=SkipRules)
    """Which points are left out when they are rated."""

    @cached_property
    def in_sql(self) -> bool:
        """Whether an engine can do all of it."""
        return self.skips.idle and all({*segment.modules} <= IN_SQL for segment in self.segments)

    @property
    def rating(self) -> str:
        """A SELECT that reads ``points`` and gives them rated by the modules that are SQL."""
        by_rules = hashmap_model().sql if HASHMAP in self.rules.modules else UNRATED
        return tiers_model(by_rules).sql if self.by_month else by_rules

    @property
    def by_month(self) -> bool:
        """Whether prices depend on what was used before in the month."""
        return bool(self.rules.ladders)

    @cached_property
    def fingerprint(self) -> str:
        """Moves when a price of the day may."""
        in_python = () if self.in_sql else (repr(self.segments), repr(self.skips), _code())
        return fingerprint(self.currency, self.rating, self.rules_fingerprint, *in_python)

    def relations(self, withdrawn: Iterable[WithdrawnFile]) -> dict[str, str]:
        """What the models of a day's points read beside them, as SELECTs by name."""
        rules = self.rules
        epochs = hashmap.epochs(self.day, (*rules.mappings, *rules.thresholds))
        by_month = {"tiers": ladders.relation(self.day, rules.ladders)} if self.by_month else {}
        return {
            **hashmap.relations(epochs, rules.mappings, rules.thresholds),
            "withdrawals": withdrawals.relation(withdrawn),
            "rating_terms": relation_of({"billing_currency": ColumnType.TEXT}, [(self.currency,)]),
            **by_month,
        }


@dataclass(frozen=True)
class Rating:
    """Everything by which a tenant's points are rated."""

    currency: str
    withdrawals: tuple[Withdrawn, ...] = ()
    rules: Rules = field(default_factory=Rules)
    priorities: tuple[Priority, ...] = ()
    """Of enabled modules, the oldest first."""
    skips: Mapping[str, SkipRules] = field(default_factory=dict)
    """By the id of a source."""
    _found: dict[tuple[int, int], tuple[Rules, str]] = field(default_factory=dict, compare=False, repr=False)
    """Between moments of change the rules of all days are the same."""

    @cached_property
    def _moments(self) -> Sequence[datetime]:
        return sorted(self.rules.moments())

    def of_day(self, source_id: str, day: date) -> DayRating:
        """How a day of a source is rated."""
        begin, end = bounds(day)
        stretch = bisect_right(self._moments, begin), bisect_left(self._moments, end)
        if stretch not in self._found:
            rules = self.rules.between(begin, end)
            everything = *rules.mappings, *rules.thresholds, *rules.scripts, *rules.plugins, *rules.ladders
            texts = map(repr, everything)
            self._found[stretch] = rules, fingerprint(*texts)
        rules, name = self._found[stretch]
        segments = tuple(self._segments(begin, end, rules))
        return DayRating(day, self.currency, rules, name, segments, self.skips.get(source_id, SkipRules()))

    def withdrawn(self, source_id: str, day: date, files: Mapping[str, datetime]) -> tuple[WithdrawnFile, ...]:
        """What does not count of a source's files on a day, given when each was last delivered."""
        return withdrawals.of_day(self.withdrawals, source_id, day, files)

    def _segments(self, begin: datetime, end: datetime, rules: Rules) -> Iterator[Segment]:
        """The day in stretches, cut where priorities change, and where plug-ins, which know no dates, begin and end."""
        changes = {one.effective_from for one in self.priorities}
        changes |= {moment for one in rules.plugins for moment in (one.begin, one.end) if moment}
        for first, last in pairwise([begin, *sorted(one for one in changes if begin < one < end), end]):
            priority = {one.module_id: one.priority for one in self.priorities if one.effective_from <= first}
            order = sorted(rules.between(first, last).modules, key=lambda name: (-priority.get(name, 1), name))
            yield Segment(first, last, tuple(order))


def _meet(start: datetime | None, stop: datetime | None, begin: datetime, end: datetime) -> bool:
    return (start is None or start < end) and (stop is None or stop > begin)


@cache
def _code() -> str:
    """Moves when what rates in Python does."""
    texts = []
    for package in ("tallystick.rating", *(f"tallystick.rating.{name}" for name in _RATING_IN_PYTHON)):
        files = (file for file in resources.files(package).iterdir() if file.name.endswith(".py"))
        texts += [file.read_text(encoding="utf-8") for file in sorted(files, key=lambda file: file.name)]
    return fingerprint(*texts)

"""Collecting: the points of some scopes in a range of periods, metric by metric, and who could not be collected."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from tallystick.sources.metering.base import Collected, Collector, Fetcher
from tallystick.sources.metering.metrics_conf import Metric
from tallystick.sources.metering.options import MeteringConfig, OrchestratorOptions
from tallystick.sources.metering.registry import open_collector, open_fetcher
from tallystick.sources.points.table import SCHEMA

_SCOPES_AT_ONCE = 500
_STRETCH = timedelta(days=1)
"""What is collected, and delivered, at once."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Scopes that are to be collected together, for whole periods of [``begin``, ``end``)."""

    scopes: tuple[str, ...]
    begin: datetime
    end: datetime

    def new_series(self) -> str:
        """The series of a delivery of its points: another one every time."""
        return f"collected/{self.begin:%Y%m%dT%H%M%S}/{uuid.uuid4().hex}"


@dataclass(frozen=True, slots=True)
class Gathered:
    """The points of a batch, of all metrics; and why scopes could not be collected whole, which have no points then."""

    points: pa.Table
    problems: dict[str, str]


@dataclass(frozen=True)
class Meter:
    """A metering source at work."""

    name: str
    config: MeteringConfig

    @property
    def period(self) -> timedelta:
        """The length of a period."""
        return timedelta(seconds=self.config.collect.period)

    @cached_property
    def fetcher(self) -> Fetcher:
        """Raises ConfigError for options that are wrong."""
        return open_fetcher(self.config)

    @cached_property
    def collector(self) -> Collector:
        """Raises ConfigError for options that are wrong."""
        return open_collector(self.config)

    def due_before(self, now: datetime) -> datetime:
        """Periods that start before this moment are due: late samples are waited for."""
        return now - self.config.collect.wait_periods * self.period

    def gather(self, batch: Batch) -> Gathered:
        """Collect every metric of a batch, several at a time."""
        options = self.config.section("orchestrator", OrchestratorOptions)

        def collect(metric: Metric) -> Collected:
            return self.collector.collect(metric, batch.scopes, batch.begin, batch.end, self.period)

        with ThreadPoolExecutor(max(1, min(options.max_threads, len(self.config.metrics)))) as pool:
            found = list(pool.map(collect, self.config.metrics))
        problems: dict[str, str] = {}
        for metric, collected in zip(self.config.metrics, found, strict=True):
            for scope_id, reason in collected.problems.items():
                problems.setdefault(scope_id, f"{metric.key}: {reason}")
        points = pa.concat_tables([SCHEMA.empty_table(), *(collected.points for collected in found)])
        return Gathered(without(points, problems), problems)


def batches(due: Iterable[tuple[str, datetime]], until: datetime, period: timedelta) -> Iterator[Batch]:
    """What to collect, oldest first: scopes with the start of their next period, up to the periods before ``until``."""
    waiting: dict[datetime, list[str]] = {}
    for scope_id, begin in due:
        if begin < until:
            waiting.setdefault(begin, []).append(scope_id)
    while waiting:
        begin = min(waiting)
        scopes = sorted(waiting.pop(begin))
        end = _end(begin, until, period, waiting)
        for first in range(0, len(scopes), _SCOPES_AT_ONCE):
            yield Batch(tuple(scopes[first : first + _SCOPES_AT_ONCE]), begin, end)
        if end < until:
            waiting.setdefault(end, []).extend(scopes)


def _end(begin: datetime, until: datetime, period: timedelta, others: Iterable[datetime]) -> datetime:
    """A day later at most, at the start of a period, and where others can join."""
    periods = max(1, _STRETCH // period)
    last = min(periods, -((begin - until) // period))
    end = begin + last * period
    joining = [other for other in others if begin < other < end and (other - begin) % period == timedelta(0)]
    return min([end, *joining])


def without(points: pa.Table, scope_ids: Iterable[str]) -> pa.Table:
    """Points but for those of some scopes."""
    left_out = pa.array(sorted(scope_ids), pa.string())
    return points.filter(pc.invert(pc.is_in(points["scope_id"], left_out))) if len(left_out) else points

"""The collector and the fetcher ``prometheus``: one question for many scopes and periods, as exact as one for each.

A range query evaluates its expression at each of its steps by itself: with the period as step, its values are those of
instant queries at the ends of the periods.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tallystick.errors import ConfigError, UnavailableError
from tallystick.sources.metering import promql
from tallystick.sources.metering.base import Collected
from tallystick.sources.metering.extra_args import PrometheusArgs
from tallystick.sources.metering.metrics_conf import Metric
from tallystick.sources.metering.options import MeteringConfig, PrometheusFetcherOptions, PrometheusOptions
from tallystick.sources.metering.points import Series, period_starts, points_table
from tallystick.sources.metering.prometheus_api import (
    Answered,
    BadQueryError,
    PrometheusApi,
    PrometheusHttp,
    TooMuchError,
    UnansweredError,
)

_MOST_SCOPES: Final = 1_000
_MOST_PERIODS: Final = 2_000
"""Of one question; Prometheus itself gives 11,000 points per series at most."""
_MOST_CELLS: Final = 5_000
"""Scopes times periods of one question: what is asked at first, before an answer proves too long."""
_PATIENCE: Final = 3
"""How many questions may run out of time before the server is taken to hang."""


@dataclass(frozen=True)
class PrometheusCollector:
    """Collects from anything that speaks Prometheus's query API."""

    api: PrometheusApi
    scope_key: str

    def collect(
        self, metric: Metric, scopes: Sequence[str], begin: datetime, end: datetime, period: timedelta
    ) -> Collected:
        """The points of the periods of [begin, end); see :class:`~tallystick.sources.metering.base.Collector`."""
        starts = period_starts(begin, end, period)
        collection = _Collection(self.api, self.scope_key, metric, starts.step)
        for part in _parts(tuple(dict.fromkeys(scopes)), starts, collection.most_scopes, collection.most_periods):
            collection.gather(part)
        series = [one for one in collection.series if one.scope_id not in collection.problems]
        return Collected(points_table(metric, sorted(series, key=_order), period), collection.problems)


@dataclass(frozen=True)
class PrometheusFetcher:
    """The scopes that a metric has now."""

    api: PrometheusApi
    options: PrometheusFetcherOptions

    def scopes(self) -> list[str]:
        """The values of the scope attribute. Series without it are of no scope."""
        filters = ", ".join(promql.equals(label, value) for label, value in self.options.filters.items())
        attribute = promql.labels([self.options.scope_attribute])
        query = f"max({self.options.metric}{f'{{{filters}}}' if filters else ''}) by ({attribute})"
        try:
            answered = self.api.at(query)
        except (TooMuchError, BadQueryError) as error:
            raise UnavailableError(f"Prometheus does not tell the scopes: {error}") from error
        found = (series.labels.get(self.options.scope_attribute) for series in answered)
        return sorted({scope for scope in found if scope})


def open_collector(config: MeteringConfig) -> PrometheusCollector:
    """As [collector_prometheus] says. Raises ConfigError."""
    name = "collector_prometheus"
    transport = PrometheusHttp(config.section(name, PrometheusOptions), name)
    return PrometheusCollector(PrometheusApi(transport), config.collect.scope_key)


def open_fetcher(config: MeteringConfig) -> PrometheusFetcher:
    """As [fetcher_prometheus] says. Raises ConfigError."""
    name = "fetcher_prometheus"
    options = config.section(name, PrometheusFetcherOptions)
    if not options.metric:
        raise ConfigError(f"[{name}] metric: it must name a metric that every scope has")
    return PrometheusFetcher(PrometheusApi(PrometheusHttp(options, name)), options)


@dataclass(frozen=True)
class _Part:
    """Some scopes and some periods, asked for together."""

    scopes: tuple[str, ...]
    starts: range

    def halves(self) -> tuple[_Part, ...]:
        """Two smaller parts, or none of a single scope and period."""
        if middle := len(self.scopes) // 2:
            return _Part(self.scopes[:middle], self.starts), _Part(self.scopes[middle:], self.starts)
        if middle := len(self.starts) // 2:
            return _Part(self.scopes, self.starts[:middle]), _Part(self.scopes, self.starts[middle:])
        return ()


class _Collection:
    """One metric's collection as it proceeds."""

    def __init__(self, api: PrometheusApi, scope_key: str, metric: Metric, seconds: int) -> None:
        if not isinstance(metric.extra_args, PrometheusArgs):
            raise TypeError(f"{metric.key} is not a metric of Prometheus")
        self._api, self._scope_key, self._metric, self._seconds = api, scope_key, metric, seconds
        self._args = metric.extra_args
        self._convert = metric.conversion()
        self._down: str | None = None
        self._unanswered = 0
        self.series: list[Series] = []
        self.problems: dict[str, str] = {}
        self.most_scopes = _MOST_SCOPES if promql.is_separable(self._args) else 1
        single = not api.has_ranges or promql.is_window_bound(self._args)
        self.most_periods = 1 if single else _MOST_PERIODS

    def gather(self, part: _Part) -> None:
        """Ask for a part, in as many pieces as it needs."""
        query = promql.question(self._metric, self._args, self._scope_key, part.scopes, self._seconds)
        try:
            answered = self._ask(query, part.starts)
        except TooMuchError as error:
            self._divide(part, error)
        except BadQueryError as error:
            if error.inherent or len(part.scopes) == 1:
                self._fail(part.scopes, str(error))
            else:
                self._divide(part, error)
        except UnavailableError as error:
            self._down = str(error)
            self._fail(part.scopes, self._down)
        else:
            for one in answered:
                self._keep(one, part.scopes)

    def _ask(self, query: str, starts: range) -> list[Answered]:
        if self._down:
            raise UnavailableError(self._down)
        if not self._api.fits(query):
            raise TooMuchError("the question is too long")
        moments = range(starts.start + self._seconds, starts.stop + self._seconds, starts.step)
        if len(moments) == 1 and self.most_periods == 1:
            return self._api.at(query, moments[0])
        return self._api.over(query, moments)

    def _divide(self, part: _Part, error: TooMuchError | BadQueryError) -> None:
        self._unanswered += isinstance(error, UnansweredError)
        if self._unanswered >= _PATIENCE:
            self._down = str(error)
        halves = part.halves()
        for half in halves:
            self.gather(half)
        if not halves:
            self._fail(part.scopes, str(error))

    def _fail(self, scopes: Sequence[str], reason: str) -> None:
        for scope in scopes:
            self.problems.setdefault(scope, f"{self._metric.key}: {reason}")

    def _keep(self, answered: Answered, scopes: tuple[str, ...]) -> None:
        labels = answered.labels
        scope = scopes[0] if len(scopes) == 1 else labels.get(self._scope_key, "")
        begins = [int(moment) - self._seconds for moment, _ in answered.samples]
        try:
            quantities = [self._convert(text) for _, text in answered.samples]
        except ValueError as error:
            self._fail([scope], f"{dict(labels)}: {error}")
            return
        groupby = _chosen(labels, self._metric.groupby) | {self._scope_key: scope}
        self.series.append(Series(scope, groupby, _chosen(labels, self._metric.metadata), begins, quantities))


def _chosen(labels: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    return {name: labels.get(name, "") for name in names}


def _order(series: Series) -> tuple[str, tuple[str, ...], tuple[str, ...], int]:
    return series.scope_id, tuple(series.groupby.values()), tuple(series.metadata.values()), series.begins[0]


def _parts(scopes: tuple[str, ...], starts: range, most_scopes: int, most_periods: int) -> Iterator[_Part]:
    """All scopes and periods, in parts of which the first answers are expected to be of a fair size."""
    wide = min(len(scopes), most_scopes)
    long = max(1, min(most_periods, _MOST_CELLS // max(wide, 1)))
    for first in range(0, len(starts), long):
        for left in range(0, len(scopes), max(wide, 1)):
            yield _Part(scopes[left : left + wide], starts[first : first + long])

"""The collector and the fetcher ``prometheus``: one question for many scopes and periods, as exact as one for each.

A range query evaluates its expression at each of its steps by itself: with the period as step, its values are those of
instant queries at the ends of the periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tallystick.errors import ConfigError, UnavailableError
from tallystick.sources.metering import promql
from tallystick.sources.metering.base import Collected
from tallystick.sources.metering.extra_args import PrometheusArgs
from tallystick.sources.metering.metrics_conf import Metric
from tallystick.sources.metering.options import MeteringConfig, PrometheusFetcherOptions, PrometheusOptions
from tallystick.sources.metering.parts import BadQueryError, Collection, Part, TooMuchError, chosen
from tallystick.sources.metering.points import Series, period_starts, points_table
from tallystick.sources.metering.prometheus_api import Answered, PrometheusApi, PrometheusHttp

_MOST_SCOPES: Final = 1_000
_MOST_PERIODS: Final = 2_000
"""Of one question; Prometheus itself gives 11,000 points per series at most."""


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
        series = collection.collect(scopes, starts)
        return Collected(points_table(metric, series, period), collection.problems)


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


class _Collection(Collection[list[Answered]]):
    """One metric's collection from Prometheus."""

    def __init__(self, api: PrometheusApi, scope_key: str, metric: Metric, seconds: int) -> None:
        if not isinstance(metric.extra_args, PrometheusArgs):
            raise TypeError(f"{metric.key} is not a metric of Prometheus")
        super().__init__(metric)
        self._api, self._scope_key, self._seconds = api, scope_key, seconds
        self._args = metric.extra_args
        self.most_scopes = _MOST_SCOPES if promql.is_separable(self._args) else 1
        single = not api.has_ranges or promql.is_window_bound(self._args)
        self.most_periods = 1 if single else _MOST_PERIODS

    def _ask(self, part: Part) -> list[Answered]:
        query = promql.question(self._metric, self._args, self._scope_key, part.scopes, self._seconds)
        if not self._api.fits(query):
            raise TooMuchError("the question is too long")
        moments = range(part.starts.start + self._seconds, part.starts.stop + self._seconds, part.starts.step)
        if len(moments) == 1 and self.most_periods == 1:
            return self._api.at(query, moments[0])
        return self._api.over(query, moments)

    def _keep(self, answer: list[Answered], part: Part) -> None:
        for answered in answer:
            labels = answered.labels
            scope = part.scopes[0] if len(part.scopes) == 1 else labels.get(self._scope_key, "")
            begins = [int(moment) - self._seconds for moment, _ in answered.samples]
            try:
                quantities = [self._convert(text) for _, text in answered.samples]
            except ValueError as error:
                self._fail([scope], f"{dict(labels)}: {error}")
                continue
            groupby = chosen(labels, self._metric.groupby) | {self._scope_key: scope}
            self._series.append(Series(scope, groupby, chosen(labels, self._metric.metadata), begins, quantities))

"""The collector and the fetcher ``prometheus``: one question for many scopes and periods, as exact as one for each.

A range query evaluates its expression at each of its steps by itself: with the period as step, its values are those of
instant queries at the ends of the periods.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
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


@dataclass(frozen=True)
class _Answer:
    """The values of a part's series; with proration also how many steps of each period are covered."""

    values: list[Answered]
    covered: Mapping[frozenset[tuple[str, str]], Mapping[float, int]] | None


class _Collection(Collection[_Answer]):
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

    def _ask(self, part: Part) -> _Answer:
        values = promql.question(self._metric, self._args, self._scope_key, part.scopes, self._seconds)
        if self._args.proration == "none":
            return _Answer(self._answers(values, part), None)
        step = self._args.proration_step
        if self._seconds % step or part.starts.start % step:
            raise BadQueryError(f"periods are not made of a proration_step of {step} s", inherent=True)
        covered = promql.coverage(self._metric, self._scope_key, part.scopes, self._seconds, step)
        counts = {
            _identity(series): {moment: int(count) for moment, count in series.samples}
            for series in self._answers(covered, part)
        }
        return _Answer(self._answers(values, part), counts)

    def _answers(self, query: str, part: Part) -> list[Answered]:
        if not self._api.fits(query):
            raise TooMuchError("the question is too long")
        moments = range(part.starts.start + self._seconds, part.starts.stop + self._seconds, part.starts.step)
        if len(moments) == 1 and self.most_periods == 1:
            return self._api.at(query, moments[0])
        return self._api.over(query, moments)

    def _keep(self, answer: _Answer, part: Part) -> None:
        for series in answer.values:
            labels = series.labels
            scope = part.scopes[0] if len(part.scopes) == 1 else labels.get(self._scope_key, "")
            try:
                if answer.covered is None:
                    found = [(moment, self._convert(text)) for moment, text in series.samples]
                else:
                    found = list(self._shares(series, answer.covered.get(_identity(series), {})))
            except ValueError as error:
                self._fail([scope], f"{dict(labels)}: {error}")
                continue
            groupby = chosen(labels, self._metric.groupby) | {self._scope_key: scope}
            begins = [int(moment) - self._seconds for moment, _ in found]
            quantities = [quantity for _, quantity in found]
            if begins:
                metadata = chosen(labels, self._metric.metadata)
                self._series.append(Series(scope, groupby, metadata, begins, quantities))

    def _shares(self, series: Answered, covered: Mapping[float, int]) -> Iterator[tuple[float, Decimal]]:
        """The quantities of covered periods: a sample at the very beginning of a period belongs to the one before."""
        steps = self._seconds // self._args.proration_step
        for moment, text in series.samples:
            if moment in covered:
                yield moment, self._convert.part(text, Fraction(covered[moment], steps))


def _identity(series: Answered) -> frozenset[tuple[str, str]]:
    return frozenset(series.labels.items())

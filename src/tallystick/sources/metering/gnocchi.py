"""The collector and the fetcher ``gnocchi``: one question for many scopes and periods, as exact as one for each.

Gnocchi knows the revisions of a resource. Where an attribute that is grouped by changed, it gives a group for each of
its values, and reduces a value in which the change lies to the group's share of the time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from tallystick.decimals import exact_sum
from tallystick.errors import UnavailableError
from tallystick.sources.metering import gnocchi_periods as periods
from tallystick.sources.metering.base import Collected
from tallystick.sources.metering.extra_args import GnocchiArgs
from tallystick.sources.metering.gnocchi_api import Filter, GnocchiApi, Measured, open_door
from tallystick.sources.metering.gnocchi_resources import Revisions, in_several
from tallystick.sources.metering.metrics_conf import Metric
from tallystick.sources.metering.options import GnocchiFetcherOptions, GnocchiOptions, MeteringConfig
from tallystick.sources.metering.parts import BadQueryError, Collection, Part, TooMuchError
from tallystick.sources.metering.points import Series, period_starts, points_table

_MOST_SCOPES: Final = 200
_MOST_PERIODS: Final = 24 * 7
_ID: Final = "id"
_REVISION: Final = "revision_start"
_GENERIC: Final = ("generic",)
"""The type that every resource has."""

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class GnocchiCollector:
    """Collects from Gnocchi."""

    api: GnocchiApi
    scope_key: str

    def collect(
        self, metric: Metric, scopes: Sequence[str], begin: datetime, end: datetime, period: timedelta
    ) -> Collected:
        """The points of the periods of [begin, end); see :class:`~tallystick.sources.metering.base.Collector`."""
        starts = period_starts(begin, end, period)
        collection = _Collection(self.api, self.scope_key, metric, starts)
        series = collection.collect(scopes, starts)
        return Collected(points_table(metric, series, period), collection.problems)


@dataclass(frozen=True)
class GnocchiFetcher:
    """The scopes that resources have, or had."""

    api: GnocchiApi
    options: GnocchiFetcherOptions

    def scopes(self) -> list[str]:
        """The values of the scope attribute. Resources without it are of no scope."""
        try:
            return sorted({scope for kind in self.options.resource_types or _GENERIC for scope in self._scopes(kind)})
        except (TooMuchError, BadQueryError) as error:
            raise UnavailableError(f"Gnocchi does not tell the scopes: {error}") from error

    def _scopes(self, resource_type: str) -> Iterable[str]:
        """Page after page, each from behind the last scope that is known, so that no page is asked for twice."""
        attribute = self.options.scope_attribute
        filters: Filter = {"!=": {attribute: None}}
        while page := self.api.page(resource_type, [("sort", f"{attribute}:asc")], filters):
            found = [str(resource[attribute]) for resource in page]
            yield from found
            filters = {">": {attribute: found[-1]}}


@dataclass(frozen=True, slots=True)
class _Number:
    """What a group has in a period, before its conversion."""

    group: Mapping[str, object]
    start: int
    text: str


@dataclass(frozen=True)
class _Answer:
    numbers: Sequence[_Number]
    revisions: Revisions


class _Collection(Collection[_Answer]):
    """One metric's collection from Gnocchi."""

    def __init__(self, api: GnocchiApi, scope_key: str, metric: Metric, starts: range) -> None:
        if not isinstance(metric.extra_args, GnocchiArgs):
            raise TypeError(f"{metric.key} is not a metric of Gnocchi")
        super().__init__(metric)
        self._api, self._scope_key, self._args = api, scope_key, metric.extra_args
        all_revisions = self._args.use_all_resource_revisions
        self._labels = (*metric.groupby, *(() if all_revisions else (_ID, _REVISION)))
        """What Gnocchi groups by; what is not configured does not become a label."""
        self.most_scopes = _MOST_SCOPES if _ID in metric.groupby else 1
        self.most_periods = _MOST_PERIODS if periods.is_aligned(self._args, starts) else 1

    def _ask(self, part: Part) -> _Answer:
        numbers = [
            _Number(group, start, periods.aggregated(values, self._args))
            for group, merged in _merged(self._measures(part), part.starts, self._labels)
            for start, values in periods.by_period(merged, part.starts).items()
        ]
        if not self._args.use_all_resource_revisions:
            numbers = _newest(numbers, self._scope_key)
        key = self._args.resource_key
        resources = {str(number.group[key]) for number in numbers} if self._metric.metadata else set()
        return _Answer(numbers, Revisions(self._api, self._args.resource_type, key, resources))

    def _measures(self, part: Part) -> list[Measured]:
        """The measures as one question for each scope has them.

        Gnocchi takes the first revision of a resource that it finds for one that began before the range. Of a resource
        that moved from one scope to another it finds both when it is asked for both: these are asked for by themselves.
        """
        kind, scopes, alone = self._args.resource_type, set(part.scopes), set[str]()
        if len(scopes) > 1:
            between = _iso(periods.first_moment(self._args, part.starts)), _iso(part.starts.stop)
            alone = in_several(self._api, kind, self._scope_key, scopes, between)
        questions = [tuple(sorted(scopes - alone)), *((scope,) for scope in sorted(alone))]
        return [measured for some in questions if some for measured in self._question(some, part.starts)]

    def _question(self, scopes: tuple[str, ...], starts: range) -> list[Measured]:
        args = self._args
        parameters = [
            ("details", "False"),
            ("granularity", str(periods.granularity_of(args, starts.step))),
            *(("groupby", name) for name in dict.fromkeys([*self._labels, _REVISION])),
            ("start", _iso(periods.first_moment(args, starts))),
            ("stop", _iso(starts.stop)),
            ("use_history", "True"),
        ]
        search = {"and": [{"=": {"type": args.resource_type}}, {"in": {self._scope_key: list(scopes)}}]}
        body = {"operations": self._operations(), "resource_type": args.resource_type, "search": search}
        return self._api.aggregates(parameters, body)

    def _operations(self) -> object:
        args, name = self._args, self._metric.name
        if not args.custom_query:
            return ["aggregate", _known(args.re_aggregation_method), ["metric", name, args.aggregation_method]]
        query = args.custom_query.replace("RE_AGGREGATION_METHOD", args.re_aggregation_method)
        return query.replace("AGGREGATION_METHOD", args.aggregation_method).replace("METRIC_NAME", name)

    def _keep(self, answer: _Answer, part: Part) -> None:
        found: dict[tuple[Labels, Labels], list[tuple[int, Decimal]]] = defaultdict(list)
        for number in answer.numbers:
            try:
                quantity = self._convert(number.text)
            except ValueError as error:
                self._fail([str(number.group[self._scope_key])], f"{dict(number.group)}: {error}")
                continue
            resource = str(number.group[self._args.resource_key])
            attributes = answer.revisions.before(resource, number.start + part.starts.step)
            groupby = tuple((name, str(number.group[name])) for name in self._metric.groupby)
            metadata = tuple((name, str(attributes.get(name, ""))) for name in self._metric.metadata)
            found[groupby, metadata].append((number.start, quantity))
        for (groupby, metadata), points in found.items():
            begins, quantities = zip(*sorted(points), strict=True)
            scope = dict(groupby)[self._scope_key]
            self._series.append(Series(scope, dict(groupby), dict(metadata), begins, quantities))


def open_collector(config: MeteringConfig) -> GnocchiCollector:
    """As [collector_gnocchi] says. Raises ConfigError."""
    name = "collector_gnocchi"
    return GnocchiCollector(GnocchiApi(open_door(config.section(name, GnocchiOptions), name)), config.collect.scope_key)


def open_fetcher(config: MeteringConfig) -> GnocchiFetcher:
    """As [fetcher_gnocchi] says. Raises ConfigError."""
    name = "fetcher_gnocchi"
    options = config.section(name, GnocchiFetcherOptions)
    return GnocchiFetcher(GnocchiApi(open_door(options, name)), options)


def _newest(numbers: Sequence[_Number], scope_key: str) -> list[_Number]:
    """One number per scope, resource and period: the sum of all revisions, with the attributes of the newest."""
    newest: dict[tuple[object, object, int], _Number] = {}
    for number in sorted(numbers, key=lambda one: str(one.group[_REVISION])):
        key = number.group[scope_key], number.group[_ID], number.start
        before = Decimal(newest[key].text) if key in newest else Decimal(0)
        newest[key] = _Number(number.group, number.start, str(exact_sum((before, Decimal(number.text)))))
    return list(newest.values())


def _merged(
    found: Sequence[Measured], starts: range, names: Sequence[str]
) -> list[tuple[Mapping[str, object], list[tuple[int, float]]]]:
    """The values of a group, from all its revisions.

    A question for a single period would not find a revision that begins after it; nor do its values count there. Of
    several revisions the values of one moment are shares of it.
    """
    merged: dict[tuple[object, ...], tuple[Mapping[str, object], list[tuple[int, float]]]] = {}
    for measured in found:
        key = tuple(measured.group[name] for name in names)
        _, values = merged.setdefault(key, (measured.group, []))
        began = datetime.fromisoformat(str(measured.group[_REVISION])).timestamp()
        first = max(starts.start, starts.start + int(began - starts.start) // starts.step * starts.step)
        values += [(moment, value) for moment, value in measured.values if len(starts) == 1 or moment >= first]
    return list(merged.values())


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


def _known(method: str) -> str:
    """A method that Gnocchi has for several series of one moment; here there is one, of which each gives the same."""
    return method.replace("first", "max").replace("last", "max")

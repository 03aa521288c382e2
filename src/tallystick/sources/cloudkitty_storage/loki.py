"""Loki: a JSON line per point, in one stream per project, at the begin of its period.

Loki pages by time, and all points of a period have the same: a project's period is asked for metric by metric, and one
that reaches the server's limit is refused, as nothing says which of its lines are missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from tallystick.errors import ConfigError
from tallystick.sources.cloudkitty_storage.base import Access, Http, bounds, loads, moment
from tallystick.sources.cloudkitty_storage.points import attributes
from tallystick.sources.points.table import PricedPoint

LIMIT: Final = 5_000
"""The lines that Loki gives at once, where its own limit was not changed."""
_LONGEST: Final = timedelta(days=30)
"""Of one question about time: Loki refuses those about longer ones."""
_FIRST: Final = datetime.fromisoformat("2015-01-01T00:00:00+00:00")


class LokiStorage:
    """A tenant of a Loki whose stream has these labels."""

    kind = "loki"

    def __init__(
        self, url: str, stream: Mapping[str, str], access: Access, *, now: datetime, limit: int = LIMIT
    ) -> None:
        """``url`` with /loki/api/v1; ``access`` says the tenant. Points after ``now`` are not looked for."""
        self.name = f"loki {url}"
        self._http = Http(url, access)
        self._selector = "{" + ", ".join(f"{name}={_quoted(value)}" for name, value in sorted(stream.items())) + "}"
        self._now = now
        self._limit = limit

    def span(self) -> tuple[date, date] | None:
        """By the first and the last line. A Loki answers for a month at most: they are searched for backwards."""
        days: list[date] = []
        end = self._now
        while end > _FIRST:
            begin = end - _LONGEST
            for direction in ("forward", "backward"):
                days += [moment(line["start"]).date() for line in self._lines("", begin, end, 1, direction)]
            if days and not self._lines("", begin, end, 1, "forward"):
                break
            end = begin
        return (min(days), max(days)) if days else None

    def count(self, day: date) -> int:
        """By the server."""
        _, end = bounds(day)
        query = f"sum(count_over_time({self._selector}[1d]))"
        moment_of = {"query": query, "time": str(_nanoseconds(end) - 1)}
        results = self._http.get("query", moment_of)["data"]["result"]
        return sum(int(result["value"][1]) for result in results)

    def points(self, day: date) -> Iterator[PricedPoint]:
        """Interval by interval, each as long as the limit allows."""
        begin, end = bounds(day)
        for line in self._between(begin, end):
            yield _point(line)

    def _between(self, begin: datetime, end: datetime) -> Iterator[Mapping[str, Any]]:
        """All lines of an interval, which is halved until the answer is below the limit."""
        lines = self._lines("", begin, end, self._limit)
        if len(lines) < self._limit:
            yield from lines
        elif end - begin > timedelta(seconds=1):
            middle = begin + timedelta(seconds=round((end - begin).total_seconds()) // 2)
            yield from self._between(begin, middle)
            yield from self._between(middle, end)
        else:
            yield from self._at(begin, end)

    def _at(self, begin: datetime, end: datetime) -> Iterator[Mapping[str, Any]]:
        """All lines of one second, by project and metric."""
        grouped = f'sum by (project_id, type) (count_over_time({self._selector} | json type="type" [1s]))'
        groups = self._http.get("query", {"query": grouped, "time": str(_nanoseconds(end) - 1)})["data"]["result"]
        for group in groups:
            project, metric = group["metric"].get("project_id", ""), group["metric"].get("type", "")
            lines = self._lines(
                f' | json type="type" | project_id={_quoted(project)} | type={_quoted(metric)}', begin, end, self._limit
            )
            if len(lines) != int(group["value"][1]):
                raise ConfigError(
                    f"{self.name}: {group['value'][1]} points of {metric} of project {project} begin at"
                    f" {begin.isoformat()}, more than the {len(lines)} that Loki gives at once: raise its"
                    " limits_config.max_entries_limit_per_query and say the new limit"
                )
            yield from lines

    def _lines(
        self, pipeline: str, begin: datetime, end: datetime, limit: int, direction: str = "forward"
    ) -> list[Mapping[str, Any]]:
        parameters = {
            "query": f"{self._selector}{pipeline}",
            "start": str(_nanoseconds(begin)),
            "end": str(_nanoseconds(end)),
            "limit": str(limit),
            "direction": direction,
        }
        streams = self._http.get("query_range", parameters)["data"]["result"]
        return [loads(value[1]) for stream in streams for value in stream["values"]]


def _point(line: Mapping[str, Any]) -> PricedPoint:
    return PricedPoint(
        begin=moment(line["start"]),
        end=moment(line["end"]),
        metric=line["type"],
        unit=line["unit"],
        qty=Decimal(line["qty"]),
        price=Decimal(line["price"]),
        groupby=attributes(line.get("groupby") or {}),
        metadata=attributes(line.get("metadata") or {}),
        description=line.get("description"),
    )


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

"""InfluxDB 1: the measurement ``dataframes``, whose tags and fields are both columns of a row.

Which of them are attributes to group by and which are metadata says each row itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from tallystick.errors import ConfigError
from tallystick.sources.cloudkitty_storage.base import Access, Http, bounds, loads, moment
from tallystick.sources.cloudkitty_storage.points import attributes
from tallystick.sources.points.table import PricedPoint

PERIOD: Final = "__ck_collect_period"
"""The field with the length of a point's period, in seconds."""
_ROWS_AT_ONCE: Final = 10_000


class InfluxStorage:
    """A database of an InfluxDB 1, or of a later one through its older interface."""

    kind = "influxdb"

    def __init__(self, url: str, database: str, access: Access, *, retention_policy: str, period: int) -> None:
        """``period``, in seconds, is that of points which do not say theirs."""
        self.name = f"influxdb {url}/{database}"
        self._http = Http(url, access)
        self._database = database
        self._policy = retention_policy
        self._period = period

    def span(self) -> tuple[date, date] | None:
        """By the first and the last row in the order of time."""
        ends = [row for order in ("ASC", "DESC") for row in self._rows("qty", "", f"ORDER BY time {order} LIMIT 1")]
        days = [moment(row["time"]).date() for row in ends]
        return (min(days), max(days)) if days else None

    def count(self, day: date) -> int:
        """By the server."""
        return sum(int(row["count"]) for row in self._rows("COUNT(qty)", _of(day), ""))

    def points(self, day: date) -> Iterator[PricedPoint]:
        """Row by row."""
        for row in self._rows("*", _of(day), ""):
            yield rated_point(row, moment(row["time"]), self._period)

    def _rows(self, what: str, condition: str, order: str) -> Iterator[Mapping[str, Any]]:
        measurement = f'"{self._policy}"."dataframes"'
        parameters = {
            "db": self._database,
            "q": f"SELECT {what} FROM {measurement} {condition} {order}",
            "chunked": "true",
            "chunk_size": str(_ROWS_AT_ONCE),
        }
        for line in self._http.ask("GET", "query", params=parameters, stream=True).iter_lines():
            for result in loads(line.decode()).get("results", ()):
                if "error" in result:
                    raise ConfigError(f"{self.name}: {result['error']}")
                for series in result.get("series", ()):
                    for values in series["values"]:
                        yield dict(zip(series["columns"], values, strict=True))


def rated_point(row: Mapping[str, Any], begin: datetime, period: int) -> PricedPoint:
    """A point from the tags and fields of its row."""
    seconds = int(float(row.get(PERIOD) or period))
    return PricedPoint(
        begin=begin.astimezone(UTC),
        end=begin.astimezone(UTC) + timedelta(seconds=seconds),
        metric=row["type"],
        unit=row["unit"],
        qty=Decimal(row["qty"]),
        price=Decimal(row["price"]),
        groupby=_named(row, "groupby"),
        metadata=_named(row, "metadata"),
        description=row.get("description"),
    )


def _named(row: Mapping[str, Any], which: str) -> tuple[tuple[str, str], ...]:
    """The attributes that a field lists, separated by bars; one that was empty has no column."""
    names = filter(None, (row.get(which) or "").split("|"))
    return attributes({name: "" if row.get(name) is None else row[name] for name in names})


def _of(day: date) -> str:
    begin, end = (each.isoformat().replace("+00:00", "Z") for each in bounds(day))
    return f"WHERE time >= '{begin}' AND time < '{end}'"

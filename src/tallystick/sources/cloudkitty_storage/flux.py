"""InfluxDB 2 by Flux: the same points as in :mod:`influx`, a row per point once its fields are columns."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from tallystick.errors import ConfigError
from tallystick.sources.cloudkitty_storage.base import Access, Http, bounds, moment
from tallystick.sources.cloudkitty_storage.influx import rated_point
from tallystick.sources.points.table import PricedPoint

_EVER: Final = "range(start: 1970-01-01T00:00:00Z, stop: 2200-01-01T00:00:00Z)"


class FluxStorage:
    """A bucket of an organisation."""

    kind = "influxdb"

    def __init__(self, url: str, organisation: str, bucket: str, access: Access, *, period: int) -> None:
        """``period``, in seconds, is that of points which do not say theirs."""
        self.name = f"influxdb {url}/{organisation}/{bucket}"
        self._http = Http(url, access)
        self._organisation = organisation
        self._from = f"from(bucket: {_quoted(bucket)})"
        self._period = period

    def span(self) -> tuple[date, date] | None:
        """By the first and the last quantity."""
        quantities = f'{self._from} |> {_EVER} |> {_IS_POINT} |> filter(fn: (r) => r._field == "qty") |> group()'
        rows = [
            row
            for reverse in ("false", "true")
            for row in self._rows(f'{quantities} |> sort(columns: ["_time"], desc: {reverse}) |> limit(n: 1)')
        ]
        days = [moment(row["_time"]).date() for row in rows]
        return (min(days), max(days)) if days else None

    def count(self, day: date) -> int:
        """By the server."""
        query = f'{self._of(day)} |> filter(fn: (r) => r._field == "qty") |> group() |> count()'
        return sum(int(row["_value"]) for row in self._rows(query))

    def points(self, day: date) -> Iterator[PricedPoint]:
        """Row by row."""
        query = f'{self._of(day)} |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'
        for row in self._rows(query):
            yield rated_point(row, moment(row["_time"]), self._period)

    def _of(self, day: date) -> str:
        begin, end = (each.isoformat().replace("+00:00", "Z") for each in bounds(day))
        return f"{self._from} |> range(start: {begin}, stop: {end}) |> {_IS_POINT}"

    def _rows(self, query: str) -> Iterator[Mapping[str, str]]:
        body = {"query": query, "type": "flux", "dialect": {"header": True, "annotations": []}}
        response = self._http.ask("POST", "api/v2/query", params={"org": self._organisation}, json=body)
        for row in tables(response.text.splitlines()):
            if "error" in row:
                raise ConfigError(f"{self.name}: {row['error']}")
            yield row


_IS_POINT: Final = 'filter(fn: (r) => r._measurement == "dataframes")'


def tables(lines: Iterable[str]) -> Iterator[Mapping[str, str]]:
    """The rows of Flux's CSV, in which each table begins with its own header after an empty line."""
    header: list[str] | None = None
    for cells in csv.reader(lines):
        if not cells:
            header = None
        elif header is None:
            header = cells
        else:
            yield dict(zip(header, cells, strict=True))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

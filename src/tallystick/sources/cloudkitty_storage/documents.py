"""Elasticsearch and OpenSearch: a document per point, in one index. What has no ``start`` is no point."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from tallystick.errors import TallyError, UnavailableError
from tallystick.sources.cloudkitty_storage.base import Access, Http, bounds, moment
from tallystick.sources.cloudkitty_storage.points import attributes
from tallystick.sources.points.table import PricedPoint

_DOCUMENTS_AT_ONCE: Final = 5_000
_KEPT: Final = "5m"
"""How long the server keeps its place between two pages."""


class DocumentStorage:
    """An index. Both servers understand the same search."""

    kind = "documents"

    def __init__(self, url: str, index: str, access: Access) -> None:
        self.name = f"index {url}/{index}"
        self._http = Http(url, access)
        self._index = index

    def span(self) -> tuple[date, date] | None:
        """By the two documents with the least and the greatest start."""
        days = []
        for order in ("asc", "desc"):
            found = self._search({"size": 1, "query": {"exists": {"field": "start"}}, "sort": [{"start": order}]})
            days += [moment(hit["_source"]["start"]).date() for hit in found["hits"]["hits"]]
        return (min(days), max(days)) if days else None

    def count(self, day: date) -> int:
        """By the server."""
        return int(self._http.post(f"{self._index}/_count", {"query": _of(day)})["count"])

    def points(self, day: date) -> Iterator[PricedPoint]:
        """Page by page, of the index as it was at the first."""
        page = self._search({"size": _DOCUMENTS_AT_ONCE, "query": _of(day), "sort": ["_doc"]}, {"scroll": _KEPT})
        try:
            while page["hits"]["hits"]:
                if page.get("timed_out") or page["_shards"]["failed"] != "0":
                    raise UnavailableError(f"{self.name}: a part of the index did not answer")
                for hit in page["hits"]["hits"]:
                    yield _point(hit["_source"])
                page = self._http.post("_search/scroll", {"scroll": _KEPT, "scroll_id": page["_scroll_id"]})
        finally:
            with contextlib.suppress(TallyError):  # it lets go by itself after a while
                self._http.ask("DELETE", "_search/scroll", json={"scroll_id": [page["_scroll_id"]]})

    def _search(self, body: Mapping[str, Any], parameters: Mapping[str, str] | None = None) -> Any:
        return self._http.post(f"{self._index}/_search", body, parameters)


def _of(day: date) -> Mapping[str, Any]:
    begin, end = bounds(day)
    return {"range": {"start": {"gte": begin.isoformat(), "lt": end.isoformat()}}}


def _point(source: Mapping[str, Any]) -> PricedPoint:
    return PricedPoint(
        begin=moment(source["start"]),
        end=moment(source["end"]),
        metric=source["type"],
        unit=source["unit"],
        qty=Decimal(source["qty"]),
        price=Decimal(source["price"]),
        groupby=attributes(source.get("groupby") or {}),
        metadata=attributes(source.get("metadata") or {}),
        description=source.get("description"),
    )

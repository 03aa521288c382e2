"""The envelope of every list: ``meta`` with the count and the page, ``links`` to its neighbours, ``data``.

Links are relative to the host, so that they hold behind any gateway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tallystick.api.queries import Query, last
from tallystick.reports.links import page_links

DEFAULT_LIMIT: Final = 10
MAXIMUM_LIMIT: Final = 1000

Body = dict[str, object]


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a list: at most ``limit`` items after the first ``offset``."""

    limit: int = DEFAULT_LIMIT
    offset: int = 0


def page_of(query: Query, default: int = DEFAULT_LIMIT, maximum: int = MAXIMUM_LIMIT) -> Page:
    """The page that a query asks for. What is not a positive number falls back to the default, a limit is clipped."""
    limit = _positive(last(query, "limit")) or default
    return Page(min(limit, maximum), _positive(last(query, "offset")) or 0)


def _positive(text: str | None) -> int | None:
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 9:
        return None
    return int(text) or None


def list_body(
    path: str,
    query: Query,
    items: Sequence[object],
    *,
    in_memory: bool = True,
    meta: Mapping[str, object] | None = None,
) -> Body:
    """The page of ``items`` that the query asks for, in its envelope.

    Lists that the reference keeps in memory answer with a limit no larger than the list (``in_memory``), those of its
    database with the limit asked for. ``meta`` adds keys.
    """
    page = page_of(query)
    if in_memory:
        page = Page(min(page.limit, len(items)), page.offset)
    data = items[page.offset : page.offset + page.limit]
    return _enveloped(path, query, page, len(items), meta) | {"data": data}


def whole_body(path: str, query: Query, data: Sequence[object] | Mapping[str, object]) -> Body:
    """An answer that is not cut into pages, whatever the query says: a list, or one object (count 1)."""
    count = 1 if isinstance(data, Mapping) else len(data)
    return _enveloped(path, query, Page(), count) | {"data": data}


def _enveloped(path: str, query: Query, page: Page, count: int, meta: Mapping[str, object] | None = None) -> Body:
    counted = {"count": count, "limit": page.limit, "offset": page.offset}
    links = page_links(path, query, count=count, limit=page.limit, offset=page.offset)
    return {"meta": {**counted, **(meta or {})}, "links": links}

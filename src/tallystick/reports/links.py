"""Links to the pages of a list: relative to the host, query keys in alphabetical order, percent-encoded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode


def page_links(
    base_path: str,
    pairs: Iterable[tuple[str, str]],
    *,
    count: int,
    limit: int,
    offset: int,
    names: tuple[str, str] = ("limit", "offset"),
) -> dict[str, object]:
    """``first``, ``next``, ``previous`` and ``last`` of a list of ``count`` items; ``names`` are the paging keys.

    ``previous`` leaves the offset out where it would be 0; there is no next or previous page at the ends.
    """
    limit_name, offset_name = names
    kept = [(key, value) for key, value in pairs if key not in names]

    def link(to: int, with_offset: bool = True) -> str:
        paging: Mapping[str, str] = {limit_name: str(limit), **({offset_name: str(to)} if with_offset else {})}
        query = sorted([*kept, *paging.items()], key=lambda pair: pair[0])
        return f"{base_path}?{urlencode(query)}"

    following = offset + limit
    return {
        "first": link(0),
        "next": link(following) if limit and following < count else None,
        "previous": link(max(offset - limit, 0), offset > limit) if offset > 0 else None,
        "last": link(max(count - limit, 0)),
    }

"""The attributes that resources had at a moment, from their revisions in Gnocchi."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from tallystick.sources.metering.gnocchi_api import GnocchiApi

_MOST: Final = 500
"""Resources of one question."""


_HISTORY: Final = [("history", "true"), ("sort", "revision_start:asc"), ("sort", "id:asc")]


def in_several(
    api: GnocchiApi, resource_type: str, scope_key: str, scopes: Collection[str], between: tuple[str, str]
) -> set[str]:
    """Those of the scopes that share a resource, which moved from one to another between two moments."""
    began, ended = between
    changed = {"and": [{">=": {"revision_end": began}}, {"<=": {"revision_end": ended}}]}
    of_scopes = {"in": {scope_key: sorted(scopes)}}
    resources = {revision["id"] for revision in api.search(resource_type, _HISTORY, {"and": [changed, of_scopes]})}
    found: dict[str, set[str]] = defaultdict(set)
    for revision in _of(api, resource_type, "id", resources):
        found[revision["id"]].add(revision[scope_key])
    return {scope for each in found.values() if len(each) > 1 for scope in each} & set(scopes)


class Revisions:
    """Revisions of resources by a key of theirs. A resource that is not there has no attributes."""

    def __init__(self, api: GnocchiApi, resource_type: str, key: str, resources: Collection[str]) -> None:
        self._starts: dict[str, list[float]] = {}
        self._revisions: dict[str, list[Mapping[str, Any]]] = {}
        for revision in _of(api, resource_type, key, resources):
            resource = str(revision[key])
            start = datetime.fromisoformat(revision["revision_start"]).timestamp()
            self._starts.setdefault(resource, []).append(start)
            self._revisions.setdefault(resource, []).append(revision)

    def before(self, resource: str, moment: int) -> Mapping[str, Any]:
        """The last revision that began before a moment, else the first; in seconds since 1970."""
        if resource not in self._starts:
            return {}
        number = bisect_left(self._starts[resource], moment)
        return self._revisions[resource][max(number - 1, 0)]


def _of(api: GnocchiApi, resource_type: str, key: str, resources: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """All revisions of resources, each one's in the order of time."""
    wanted = sorted(resources)
    for first in range(0, len(wanted), _MOST):
        yield from api.search(resource_type, _HISTORY, {"in": {key: wanted[first : first + _MOST]}})

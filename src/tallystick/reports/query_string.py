"""Query parameters with bracketed keys, as a nested map.

``filter[project]=a`` becomes ``{"filter": {"project": ["a"]}}``. Order of appearance is kept: it decides how groups
nest and which order key counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tallystick.errors import QueryError
from tallystick.reports.messages import MIXED, NULL, UNSUPPORTED

Values = list[str]
Nested = dict[str, Values | dict[str, Values]]

_BRACKETED = re.compile(r"^([^\[\]]+)\[(.*)\]$", re.DOTALL)


def parse_pairs(pairs: Iterable[tuple[str, str]]) -> Nested:
    """Decoded (key, value) pairs as a map of values, or of keys to values. Commas are left alone here.

    Raises QueryError where one name is used both plainly and with brackets, brackets are nested, or there is a null
    character, which not every engine can hold.
    """
    result: Nested = {}
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise QueryError({name.replace("\0", ""): [NULL]})
        bracketed = _BRACKETED.match(name)
        if bracketed is None:
            _plain(result, name).append(value)
            continue
        outer, inner = bracketed.groups()
        if "][" in inner:
            raise QueryError({outer: {inner.partition("]")[0]: [MIXED if _has(result, outer, inner) else UNSUPPORTED]}})
        _map(result, outer).setdefault(inner, []).append(value)
    return result


def split_commas(values: Iterable[str]) -> Values:
    """``a,b`` stands for two values."""
    return [part for value in values for part in value.split(",")]


def _plain(result: Nested, name: str) -> Values:
    given = result.setdefault(name, [])
    if isinstance(given, dict):
        raise QueryError({name: {"non_field_errors": [MIXED]}})
    return given


def _map(result: Nested, name: str) -> dict[str, Values]:
    given = result.setdefault(name, {})
    if isinstance(given, list):
        raise QueryError({name: {"non_field_errors": [MIXED]}})
    return given


def _has(result: Nested, outer: str, inner: str) -> bool:
    return inner.partition("]")[0] in result.get(outer, ())

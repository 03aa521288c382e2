"""The small query grammar of settings lists: ``filter[...]``, ``limit``, ``offset``, and sometimes ``order_by``.

Unknown parameters are refused in the standard family, with the parameter as the source.
"""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.api.errors import FieldError
from tallystick.api.queries import Query, last, unknown_names

_PAGING = ("limit", "offset")


def check_names(query: Query, *, filters: Iterable[str], orders: Iterable[str] = ()) -> None:
    """Raises FieldError for the first parameter that the list does not know."""
    known = [*_PAGING, *(f"filter[{name}]" for name in filters), *(f"order_by[{name}]" for name in orders)]
    unknown = unknown_names(query, [*known, "order_by"] if orders else known)
    if unknown:
        raise FieldError(unknown[0], "Unsupported parameter or invalid value")


def flag(query: Query, name: str) -> bool | None:
    """A filter that is true or false; None when it is not given. Raises FieldError for another value."""
    text = last(query, f"filter[{name}]")
    if text is None:
        return None
    if text.lower() not in ("true", "false"):
        raise FieldError(name, f"{text!r} is neither true nor false")
    return text.lower() == "true"


def orderings(query: Query, allowed: Iterable[str]) -> list[tuple[str, bool]]:
    """(name, descending) in the order given, from ``order_by[name]=desc`` and ``order_by=-name``.

    Raises FieldError for a name or direction that is not known.
    """
    names = frozenset(allowed)
    found: list[tuple[str, bool]] = []
    for key, value in query:
        if key == "order_by":
            found.append((value.removeprefix("-"), value.startswith("-")))
        elif key.startswith("order_by["):
            if value not in ("asc", "desc"):
                raise FieldError(key, f"{value!r} is neither asc nor desc")
            found.append((key[len("order_by[") : -1], value == "desc"))
    for name, _ in found:
        if name not in names:
            raise FieldError("order_by", f"{name!r} is not one of: {', '.join(sorted(names))}")
    return found

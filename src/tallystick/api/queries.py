"""The query string of a request as the list of pairs that every grammar here reads, in the order of the address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from tallystick.errors import QueryError

Query = tuple[tuple[str, str], ...]
MAXIMUM_PAIRS: Final = 1000


def query_of(request: Request) -> Query:
    """The pairs, blank values included. Raises QueryError where there are absurdly many."""
    text = request.scope["query_string"].decode("latin-1")
    try:
        return tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=MAXIMUM_PAIRS))
    except ValueError as error:
        raise QueryError({"error": [f"The query has more than {MAXIMUM_PAIRS} parameters"]}) from error


def values(query: Query, *names: str) -> tuple[str, ...]:
    """All values given under any of the names, comma-separated lists taken apart."""
    return tuple(part for key, value in query if key in names for part in value.split(","))


def last(query: Query, *names: str) -> str | None:
    """The value given last under any of the names."""
    return next((value for key, value in reversed(query) if key in names), None)


def unknown_names(query: Query, known: Iterable[str]) -> list[str]:
    """The parameters that are not among the known ones, each once, in the order of the query."""
    allowed = set(known)
    return list(dict.fromkeys(key for key, _ in query if key not in allowed))

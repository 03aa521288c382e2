"""What a client sends: closed schemas of query strings and bodies, and the reference's words for what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NoReturn, TypeVar
from urllib.parse import parse_qsl

from starlette.requests import Request

from tallystick.api.cloudkitty.moments import parse_moment
from tallystick.api.cloudkitty.v2.errors import BadRequestError, MediaTypeError
from tallystick.reports.rated.question import Page

Given = dict[str, Any]
Reader = Callable[[Any], object]
"""Understands one value; raises ValueError with what is wrong."""
Value = TypeVar("Value")
_LONGEST: Final = 2000
_MAXIMUM_PAIRS: Final = 1000


def invalid(given: object, reason: str, path: str) -> NoReturn:
    """Raise BadRequestError in the reference's words."""
    shown = str(given)
    shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
    raise BadRequestError(f"Invalid data '{shown}' : {reason} (path: '{path}')")


def read_query(request: Request, readers: Mapping[str, Reader]) -> Given:
    """The parameters that are there, understood. A reader gets the list of a parameter's values."""
    text = request.scope["query_string"].decode("latin-1")
    given: dict[str, list[str]] = {}
    try:
        for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=_MAXIMUM_PAIRS):
            given.setdefault(name, []).append(value)
    except ValueError as error:
        raise BadRequestError(f"The query has more than {_MAXIMUM_PAIRS} parameters") from error
    return _read(given, readers)


def _read(given: Mapping[str, Any], readers: Mapping[str, Reader]) -> Given:
    found = {}
    for name, value in given.items():
        if name not in readers:
            invalid(given, "extra keys not allowed", f"[{name!r}]")
        try:
            found[name] = readers[name](value)
        except ValueError as error:
            invalid(given, str(error), f"[{name!r}]")
    return found


async def read_json(request: Request) -> Any:
    """The body, numbers with a fraction as decimals. Raises BadRequestError, MediaTypeError."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise MediaTypeError(
            "Did not attempt to load JSON data because the request Content-Type was not 'application/json'."
        )
    try:
        return json.loads(await request.body(), parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("The browser (or proxy) sent a request that this server could not understand.") from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


async def read_body(request: Request, readers: Mapping[str, Reader], required: tuple[str, ...] = ()) -> Given:
    """The members of a JSON object that are there, understood."""
    given = await read_json(request)
    if not isinstance(given, dict):
        invalid(given, "expected a dictionary", "[]")
    found = _read(given, readers)
    for name in required:
        if name not in found:
            invalid(given, "required key not provided", f"[{name!r}]")
    return found


# Readers of queries


def single(read: Callable[[str], Value]) -> Callable[[list[str]], Value]:
    """One value."""

    def reader(values: list[str]) -> Value:
        if len(values) != 1:
            raise ValueError("length of value must be 1")
        return read(values[0])

    return reader


def several(read: Callable[[str], Value]) -> Callable[[list[str]], tuple[Value, ...]]:
    """Values that are repeated, separated by commas, or both."""

    def reader(values: list[str]) -> tuple[Value, ...]:
        return tuple(read(part) for value in values for part in value.split(",") if part)

    return reader


def text(value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise ValueError("expected str")  # noqa: TRY004 (a reader's one error)
    return value


def integer(value: str) -> int:
    """A whole number."""
    try:
        return int(value) if len(value) < 20 else _no_integer()
    except ValueError:
        _no_integer()


def _no_integer() -> NoReturn:
    raise ValueError("expected int")


def moment(value: Any) -> datetime:
    """A moment in time."""
    return parse_moment(text(value))


def _from(least: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        number = integer(value)
        if number < least:
            raise ValueError(f"value must be at least {least}")
        return number

    return read


PAGING: Final[Mapping[str, Reader]] = {"offset": single(_from(0)), "limit": single(_from(1))}


def page_of(given: Given) -> Page:
    """The page that was asked for."""
    return Page(given.get("offset", 0), given.get("limit", 100))


Associations = tuple[tuple[str, tuple[str, ...]], ...]


def associations(repeated: bool) -> Callable[[list[str]], Associations]:
    """``key:value`` pairs, repeated or separated by commas; with ``repeated`` a key may have several values."""

    def reader(values: list[str]) -> Associations:
        found: dict[str, tuple[str, ...]] = {}
        for pair in (part for value in values for part in value.split(",")):
            key, colon, value = pair.partition(":")
            if not colon or ":" in value:
                raise ValueError(f"invalid key:value association {pair}")
            if key in found and not repeated:
                raise ValueError(f"key {key} already provided")
            found[key] = (*found.get(key, ()), value)
        return tuple(found.items())

    return reader


# Readers of bodies


def boolean(value: Any) -> bool:
    """True or false, in JSON or in words."""
    words = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    if isinstance(value, bool):
        return value
    found = words.get(str(value).lower())
    if found is None:
        raise ValueError("expected boolean")
    return found


def texts(value: Any) -> tuple[str, ...]:
    """Texts: a list of them, or one in which they are separated by commas."""
    parts = value if isinstance(value, list) else [value]
    return tuple(part for item in parts for part in text(item).split(",") if part)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number of a body, from a least one on."""

    least: int

    def __call__(self, value: Any) -> int:
        """The number."""
        if isinstance(value, bool) or not isinstance(value, int | str):
            _no_integer()
        return _from(self.least)(str(value))

"""Where the arguments of a call come from: its path, its query and its JSON body, in this order."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from starlette.requests import Request

from tallystick.api.cloudkitty.wsme.faults import FaultError, InvalidInputError
from tallystick.api.cloudkitty.wsme.objects import Attribute, parameters

_JSON: Final = frozenset({"", "application/json", "application/javascript", "text/javascript"})
_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
"""A form fills no argument."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The arguments of an endpoint; with ``body`` one of them is the whole JSON body."""

    arguments: tuple[Attribute, ...]
    body: str | None

    @classmethod
    def of(cls, function: Callable[..., object], body: str | None) -> Signature:
        """That of a function whose first parameter is the call."""
        return cls(parameters(function), body)

    def read(self, path: Mapping[str, str], query: Mapping[str, str], body: object) -> dict[str, Any]:
        """The values of the arguments that were given. ``body`` is None where there is none. Raises FaultError."""
        fields = _fields(self.body or "body", body)
        given: dict[str, object] = {**query, **path}
        if self.body is None:
            given = {**fields, **given}
        known = {one.name for one in self.arguments} - {self.body}
        for name in given:
            if name not in known:
                raise FaultError(f'Unknown argument: "{name}"')
        if self.body is not None:
            given = {**{name: value for name, value in fields.items() if name in known}, **given}
            if body is not None:
                given[self.body] = fields
        found = {}
        for one in self.arguments:
            if given.get(one.name) is not None:
                found[one.name] = one.parse(one.name, given[one.name])
            elif one.mandatory:
                raise FaultError(f'Missing argument: "{one.name}"')
        return found


def _fields(name: str, body: object) -> Mapping[str, object]:
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise InvalidInputError(name, body, "Value should be an object.")
    return body


async def body_of(request: Request) -> object:
    """The JSON value in a request's body, with exact decimals; None where there is none. Raises FaultError."""
    raw = await request.body()
    if not raw:
        return None
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in _FORMS:
        name = raw.decode("latin-1").partition("=")[0]
        raise FaultError(f'Unknown argument: "{name}"')
    if media_type not in _JSON:
        raise FaultError(f"Unknown mimetype: {media_type}", 415)
    try:
        return json.loads(raw, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FaultError("Request is not in valid JSON format") from error


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")

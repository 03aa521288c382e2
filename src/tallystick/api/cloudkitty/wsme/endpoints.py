"""Endpoints of version 1: functions of a call and its arguments.

    @API.get("/fields/{field_id}")
    def field(call: RatingCall, field_id: Text) -> dict[str, object]: ...

What a function gives is the JSON body; ``Created``, ``Moved`` and ``NoContent`` say more. It runs on a thread.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from tallystick.api.cloudkitty.call import Call, RatingCall
from tallystick.api.cloudkitty.wsme.arguments import Signature, body_of
from tallystick.api.responses import json_response

Function = TypeVar("Function", bound=Callable[..., object])
Handler = Callable[[Request, RatingCall], Awaitable[Response]]

_ACCEPTED: Final = frozenset({"*/*", "application/*", "application/json", "text/javascript", "application/javascript"})


OWN_RULE: Final = "own rule"
"""In the place of a rule: the function enforces one itself, on what its arguments name."""


@dataclass(frozen=True, slots=True)
class Created:
    """201: what was made, below the collection that was asked."""

    body: object
    key: str


@dataclass(frozen=True, slots=True)
class Moved:
    """302: what was changed can be read at ``key`` of its collection."""

    key: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class NoContent:
    """204."""


class Endpoints:
    """The endpoints below a prefix, each opened by a policy rule."""

    def __init__(self, prefix: str, rule: str | None = None) -> None:
        self.router = APIRouter(prefix=prefix)
        self._rule = rule

    def get(self, *paths: str, rule: str | None = None) -> Callable[[Function], Function]:
        """A function that answers GET at some paths."""
        return self._endpoint("GET", paths, None, rule)

    def post(self, *paths: str, body: str | None = None, rule: str | None = None) -> Callable[[Function], Function]:
        """A function that answers POST; ``body`` is the argument that is the whole JSON body."""
        return self._endpoint("POST", paths, body, rule)

    def put(self, *paths: str, body: str | None = None, rule: str | None = None) -> Callable[[Function], Function]:
        """As ``post``, for PUT."""
        return self._endpoint("PUT", paths, body, rule)

    def delete(self, *paths: str, rule: str | None = None) -> Callable[[Function], Function]:
        """A function that answers DELETE."""
        return self._endpoint("DELETE", paths, None, rule)

    def _endpoint(
        self, verb: str, paths: tuple[str, ...], body: str | None, rule: str | None
    ) -> Callable[[Function], Function]:
        wanted = rule or self._rule
        assert wanted is not None

        def add(function: Function) -> Function:
            handler = _handler(function, Signature.of(function, body), wanted)
            for path in paths:
                self.router.add_api_route(path, handler, methods=[verb], response_model=None)
            return function

        return add


def _handler(function: Callable[..., object], signature: Signature, rule: str) -> Handler:
    async def handle(request: Request, call: Call) -> Response:
        if rule != OWN_RULE:
            call.enforce(rule)
        if not _accepts_json(request):
            return HTMLResponse("<h1>406 Not Acceptable</h1>", status_code=406)
        given = signature.read(request.path_params, dict(request.query_params), await body_of(request))
        return _answer(request, await run_in_threadpool(function, call, **given))

    return handle


def _accepts_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "*/*").split(",")
    return any(one.partition(";")[0].strip().lower() in _ACCEPTED for one in accepted)


def _answer(request: Request, result: object) -> Response:
    match result:
        case NoContent():
            return Response(status_code=204)
        case Created(body, key):
            return json_response(body, 201, {"Location": _address(request, key)})
        case Moved(key, raw):
            media_type = "application/json" if raw else None
            return Response(raw, 302, {"Location": _address(request, key)}, media_type)
        case _:
            return json_response(result)


def _address(request: Request, key: str) -> str:
    """The address of an object of the collection that a request went to, or to whose object it went."""
    collection = str(request.url.replace(query="")).rstrip("/").removesuffix(f"/{key}")
    return f"{collection}/{key}"

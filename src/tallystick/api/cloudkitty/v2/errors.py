"""Errors of version 2 on the wire: one sentence, under ``message``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tallystick.api.cloudkitty.paths import path_of
from tallystick.api.cloudkitty.policies import ForbiddenError
from tallystick.api.pool import OverloadedError
from tallystick.api.responses import json_response
from tallystick.errors import ConflictError, TallyError, UnavailableError

NOTHING_FOUND = "No resource found for provided filters."


class BadRequestError(TallyError):
    """What was asked cannot be understood (HTTP 400)."""


class MediaTypeError(TallyError):
    """A body of a form that is not read here (HTTP 415)."""


class MissingError(TallyError):
    """What was asked for is not there, or too often (HTTP 404)."""


_STATUS: Final[Mapping[type[TallyError], int]] = {
    MissingError: 404,
    ConflictError: 409,
    MediaTypeError: 415,
    UnavailableError: 503,
    OverloadedError: 503,
}


def handle_errors(app: FastAPI, routes: Sequence[APIRoute]) -> None:
    """Let an application with these routes answer every error in this form."""

    async def http_error(request: Request, error: Any) -> Response:
        if error.status_code == 404:
            return HTMLResponse("<h1>404 Not Found</h1>", status_code=404)
        if error.status_code != 405:
            return _message(error.status_code, str(error.detail))
        matching = [route for route in routes if route.path_regex.match(path_of(request.scope))]
        response = _message(405, "The method is not allowed for the requested URL.")
        response.headers["Allow"] = ", ".join(sorted({verb for route in matching for verb in route.methods or ()}))
        return response

    app.add_exception_handler(TallyError, _tally_error)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(Exception, _defect)


def _message(status: int, text: str) -> Response:
    return json_response({"message": text}, status)


async def _tally_error(_request: Request, error: Exception) -> Response:
    if isinstance(error, ForbiddenError):
        return _message(403, "You are not authorized to perform this action")
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)
    return _message(status, str(error))


async def _defect(request: Request, error: Exception) -> Response:
    structlog.get_logger("tallystick.api").error("defect", path=request.url.path, exc_info=error)
    return _message(500, "Something went wrong on our side; the server's log has the reason")

"""Errors of version 2 on the wire: one sentence, under ``message``."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tallystick.api.cloudkitty.policies import ForbiddenError
from tallystick.api.pool import OverloadedError
from tallystick.api.responses import json_response
from tallystick.errors import ConflictError, TallyError, UnavailableError

NOTHING_FOUND = "No resource found for provided filters."


class BadRequestError(TallyError):
    """What was asked cannot be understood (HTTP 400)."""


class MissingError(TallyError):
    """What was asked for is not there, or too often (HTTP 404)."""


def handle_errors(app: FastAPI) -> None:
    """Let an application answer every error in this form."""
    app.add_exception_handler(TallyError, _tally_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _defect)


def _message(status: int, text: str) -> Response:
    return json_response({"message": text}, status)


async def _tally_error(_request: Request, error: Exception) -> Response:
    if isinstance(error, ForbiddenError):
        return _message(403, "You are not authorized to perform this action")
    kinds = ((MissingError, 404), (ConflictError, 409), (UnavailableError, 503), (OverloadedError, 503))
    return _message(next((status for kind, status in kinds if isinstance(error, kind)), 400), str(error))


async def _http_error(_request: Request, error: Any) -> Response:
    if error.status_code == 404:
        return HTMLResponse("<h1>404 Not Found</h1>", status_code=404)
    if error.status_code == 405:
        response = _message(405, "The method is not allowed for the requested URL.")
        response.headers.update(error.headers or {})
        return response
    return _message(error.status_code, str(error.detail))


async def _defect(request: Request, error: Exception) -> Response:
    structlog.get_logger("tallystick.api").error("defect", path=request.url.path, exc_info=error)
    return _message(500, "Something went wrong on our side; the server's log has the reason")

"""Errors on the wire: the reference's families, each with one function that makes its body.

The standard family names the field at fault; query errors of reports carry a raw map of the parameters instead. A
client that asked for CSV gets the status alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from tallystick.access import NotEntitledError, UnidentifiedError
from tallystick.api.negotiation import CSV, NotAcceptableError
from tallystick.api.pool import OverloadedError
from tallystick.api.responses import json_response
from tallystick.errors import ConflictError, NotFoundError, QueryError, TallyError, UnavailableError
from tallystick.reports.denial import AccessError

_STATUS: Final[Mapping[type[TallyError], HTTPStatus]] = {
    UnidentifiedError: HTTPStatus.UNAUTHORIZED,
    NotEntitledError: HTTPStatus.FORBIDDEN,
    AccessError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    NotAcceptableError: HTTPStatus.NOT_ACCEPTABLE,
    ConflictError: HTTPStatus.CONFLICT,
    OverloadedError: HTTPStatus.SERVICE_UNAVAILABLE,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}


class FieldError(TallyError):
    """A field of a request's body, or of a settings query, is wrong (HTTP 400, standard family)."""

    def __init__(self, source: str, detail: str, extra: Mapping[str, object] | None = None) -> None:
        super().__init__(detail)
        self.source = source
        """Dotted path to the field."""
        self.extra = dict(extra or {})
        """Further keys of the body, beside ``errors``."""


def standard_body(status: int, detail: str, source: str = "detail") -> dict[str, object]:
    """The standard family: one entry that says what, where and which status."""
    return {"errors": [{"detail": detail, "source": source, "status": status}]}


def tally_error(scope: Scope, error: TallyError) -> Response:
    """The answer to an error that the caller can put right."""
    if isinstance(error, QueryError):
        return _answer(scope, HTTPStatus.BAD_REQUEST, error.body)
    if isinstance(error, FieldError):
        return _answer(scope, HTTPStatus.BAD_REQUEST, {**standard_body(400, str(error), error.source), **error.extra})
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)
    return _answer(scope, status, standard_body(status, str(error)))


def http_error(scope: Scope, error: HTTPException) -> Response:
    """The answer to what the router refuses: no such path, wrong method, unreadable body."""
    response = _answer(scope, error.status_code, standard_body(error.status_code, str(error.detail)))
    response.headers.update(error.headers or {})
    return response


def body_error(scope: Scope, error: RequestValidationError) -> Response:
    """The answer to a body that is not what the endpoint reads: an entry per field."""
    entries = [
        {"detail": found["msg"], "source": ".".join(map(str, found["loc"][1:])) or "non_field_errors", "status": 400}
        for found in error.errors()
    ]
    return _answer(scope, HTTPStatus.BAD_REQUEST, {"errors": entries})


def defect(request: Request, error: Exception) -> Response:
    """The answer to an error of ours: logged whole, told in one line."""
    structlog.get_logger("tallystick.api").error("defect", path=request.url.path, exc_info=error)
    detail = "Something went wrong on our side; the server's log has the reason"
    return _answer(request.scope, HTTPStatus.INTERNAL_SERVER_ERROR, standard_body(500, detail))


def _answer(scope: Scope, status: int, body: Mapping[str, object]) -> Response:
    accepts = dict(scope["headers"]).get(b"accept", b"").decode("latin-1").lower()
    if accepts.partition(";")[0].strip() == CSV and status != HTTPStatus.NOT_ACCEPTABLE:
        return Response(status_code=int(status), media_type=CSV)
    return json_response(body, status=int(status))

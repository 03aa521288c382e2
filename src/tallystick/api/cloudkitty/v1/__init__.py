"""Version 1: prices, reports, and what there is to configure.

A trailing slash makes no difference; what does not exist is answered with 405.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import structlog
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tallystick.api.cloudkitty.call import RatingService
from tallystick.api.cloudkitty.paths import path_of
from tallystick.api.cloudkitty.policies import ForbiddenError
from tallystick.api.cloudkitty.v1 import collector, hashmap, info, pyscripts, quote, rating, report, storage
from tallystick.api.cloudkitty.wsme.faults import FaultError, fault
from tallystick.api.pool import OverloadedError
from tallystick.errors import ConflictError, NotFoundError, TallyError, UnavailableError
from tallystick.rating.rules.errors import DuplicateRuleError

ROUTERS: tuple[APIRouter, ...] = (
    info.API.router,
    rating.API.router,
    quote.API.router,
    *hashmap.ROUTERS,
    report.API.router,
    storage.API.router,
    pyscripts.API.router,
    collector.API.router,
)

_STATUS: Final[Mapping[type[TallyError], int]] = {
    NotFoundError: 404,
    DuplicateRuleError: 409,
    ConflictError: 409,
    UnavailableError: 503,
    OverloadedError: 503,
}


def create_app(service: RatingService) -> ASGIApp:
    """The application, to be mounted at ``/v1``."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.rating = service
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(404, _no_such_path)
    app.add_exception_handler(405, _no_such_path)
    app.add_exception_handler(ForbiddenError, _forbidden)
    app.add_exception_handler(TallyError, _tally_error)
    app.add_exception_handler(Exception, _defect)
    return _Tolerant(app)


async def _no_such_path(request: Request, _error: Exception) -> Response:
    if request.method == "OPTIONS":
        return Response(status_code=200)
    return HTMLResponse("<h1>405 Method Not Allowed</h1>", status_code=405)


async def _forbidden(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ForbiddenError)
    if error.rule == "rating:module_config":
        return HTMLResponse("<h1>403 Forbidden</h1>", status_code=403)
    return fault(403, str(error))


async def _tally_error(_request: Request, error: Exception) -> Response:
    if isinstance(error, FaultError):
        return fault(error.status, str(error))
    return fault(next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400), str(error))


async def _defect(request: Request, error: Exception) -> Response:
    structlog.get_logger("tallystick.api").error("defect", path=request.url.path, exc_info=error)
    return fault(500, "Something went wrong on our side; the server's log has the reason")


class _Tolerant:
    """Paths mean the same with a trailing slash, and ``billing`` the same as ``rating``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = path_of(scope)
            meant = path.rstrip("/")
            if meant == "/billing" or meant.startswith("/billing/"):
                meant = "/rating" + meant.removeprefix("/billing")
            scope["path"] = scope["path"].removesuffix(path) + meant
        await self._app(scope, receive, send)

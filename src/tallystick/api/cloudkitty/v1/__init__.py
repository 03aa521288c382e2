"""Version 1: prices, reports, and what there is to configure.

A trailing slash makes no difference; what does not exist is answered with 405.
"""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tallystick.api.cloudkitty.call import RatingService
from tallystick.api.cloudkitty.paths import path_of
from tallystick.api.cloudkitty.policies import ForbiddenError
from tallystick.api.cloudkitty.v1.faults import fault
from tallystick.errors import ConflictError, NotFoundError, TallyError, UnavailableError

ROUTERS: tuple[APIRouter, ...] = ()


def create_app(rating: RatingService) -> ASGIApp:
    """The application, to be mounted at ``/v1``."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.rating = rating
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(404, _no_such_path)
    app.add_exception_handler(405, _no_such_path)
    app.add_exception_handler(ForbiddenError, _forbidden)
    app.add_exception_handler(TallyError, _tally_error)
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
    kinds = ((NotFoundError, 404), (ConflictError, 409), (UnavailableError, 503))
    return fault(next((status for kind, status in kinds if isinstance(error, kind)), 400), str(error))


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

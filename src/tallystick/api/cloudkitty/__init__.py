"""The API that clients of CloudKitty know, below ``/rating``: an application of its own, whose callers, errors and
paths have nothing to do with those of the other families.

``v1`` and ``v2`` are applications again, as their conventions differ from each other too.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tallystick.api.cloudkitty import v1, v2
from tallystick.api.cloudkitty.auth import RatingGate, open_auth
from tallystick.api.cloudkitty.call import RatingService
from tallystick.api.responses import json_response
from tallystick.api.service import Service
from tallystick.errors import UnavailableError

PREFIX = "/rating"
_SENT: Final = (
    *("X-Auth-Token", "X-Subject-Token", "X-Roles", "X-User-Id"),
    *("X-Domain-Id", "X-Project-Id", "X-Tenant-Id", "X-OpenStack-Request-ID"),
)
_SEEN: Final = ("X-Auth-Token", "X-Subject-Token", "X-Service-Token", "X-OpenStack-Request-ID")


def create_rating_app(service: Service) -> ASGIApp:
    """The application, to be mounted at ``PREFIX``. Raises ConfigError where its settings cannot be used."""
    auth, policies = open_auth(service.home.config)
    rating = RatingService(service.home, service.pool, policies, service.derivations)
    app = Starlette(
        routes=[
            Route("/", root),
            Route("/healthcheck", _healthcheck),
            Route("/v1", _no_document_v1, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
            Mount("/v1", v1.create_app(rating)),
            Mount("/v2", v2.create_app(rating)),
        ],
        exception_handlers={404: _not_found},
    )
    app.state.rating = rating
    app.router.redirect_slashes = False
    return shared(RequestIds(RatingGate(app, auth)), service.home.config.cloudkitty.allowed_origins)


def shared(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """An application that browsers let pages of other origins ask; they may send and see what CloudKitty's may."""
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_credentials=True,
        allow_methods=("GET", "PUT", "POST", "DELETE", "PATCH"),
        allow_headers=_SENT,
        expose_headers=_SEEN,
        max_age=3600,
    )


async def root(request: Request) -> Response:
    """Which versions there are, and where."""
    base = f"{request.url.scheme}://{request.url.netloc}{PREFIX}"
    versions = [
        {"id": name, "links": [{"href": f"{base}/{name}", "rel": "self"}], "status": status}
        for name, status in (("v1", "CURRENT"), ("v2", "EXPERIMENTAL"))
    ]
    return json_response({"versions": versions})


async def _healthcheck(request: Request) -> Response:
    """Whether the settings database answers, for a load balancer."""
    rating: RatingService = request.app.state.rating
    try:
        await run_in_threadpool(rating.home.database.ping)
    except UnavailableError:
        return PlainTextResponse("UNAVAILABLE", status_code=503)
    return PlainTextResponse("OK")


async def _no_document_v1(_request: Request) -> Response:
    return HTMLResponse("<h1>405 Method Not Allowed</h1>", status_code=405)


async def _not_found(_request: Request, _error: Exception) -> Response:
    return HTMLResponse("<h1>404 Not Found</h1>", status_code=404)


class RequestIds:
    """Each answer carries an id, as those of every OpenStack service do."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-openstack-request-id"] = f"req-{uuid.uuid4()}"
            await send(message)

        await self._app(scope, receive, with_id)

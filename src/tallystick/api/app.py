"""The HTTP application: the layers around the routes, the routes, and what runs from start to end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tallystick import __version__
from tallystick.access import LOCAL_TENANT, Gateways
from tallystick.api import cloudkitty, koku, native, operations
from tallystick.api.cache import AnswerCache
from tallystick.api.derivations import Derivations
from tallystick.api.errors import body_error, defect, http_error, tally_error
from tallystick.api.gate import Gate
from tallystick.api.metrics import Metrics
from tallystick.api.service import Service
from tallystick.api.shared_cache import SharedAnswers
from tallystick.api.tenancy import Standings, tenants
from tallystick.api.watch import Watch
from tallystick.api.web import WebPage
from tallystick.errors import TallyError
from tallystick.planner.home import Home
from tallystick.planner.refresh import refresh
from tallystick.settings.config import Config

_WARMED_TENANTS = 8


def create_app(home: Home) -> FastAPI:
    """The application over a home, for any ASGI server."""
    cache = AnswerCache(shared=_shared_answers(home.config))
    derivations = Derivations(lambda: refresh(home, home.config.cloudkitty.tenant))
    service = Service(home, Metrics(home), Standings(home), derivations, cache=cache)
    app = FastAPI(
        title="Tallystick",
        summary="What computing costs, exact to the last digit.",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.service = service
    routers = (*koku.ROUTERS, *native.ROUTERS, operations.ROUTER)
    for router in routers:
        app.include_router(router)
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    app.add_route(cloudkitty.PREFIX, cloudkitty.root)
    app.mount(cloudkitty.PREFIX, cloudkitty.create_rating_app(service))
    _handle_errors(app, routes)
    app.add_middleware(Gate, gateways=Gateways(home.config.serve.trusted_gateways))
    app.add_middleware(Watch, metrics=service.metrics)
    return app


def _shared_answers(config: Config) -> SharedAnswers | None:
    """The answers of the other API processes, where there is a Redis to share them."""
    if config.broker is None:
        return None
    return SharedAnswers(config.broker, scope=config.catalog or str(config.home))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    warming = asyncio.create_task(run_in_threadpool(_warm, service))
    yield
    await asyncio.wait((warming,))
    if (error := warming.exception()) is not None:
        structlog.get_logger("tallystick.api").warning("warming failed", exc_info=error)
    await run_in_threadpool(service.derivations.close)
    service.pool.close()


def _warm(service: Service) -> None:
    """Open what the first question would otherwise wait for."""
    for tenant in tenants(service.home.database)[:_WARMED_TENANTS] or [LOCAL_TENANT]:
        with service.home.session(tenant) as session:
            session.rows("SELECT count(*) FROM ledger_daily")


def _handle_errors(app: FastAPI, routes: list[APIRoute]) -> None:
    async def on_tally_error(request: Request, error: Any) -> Response:
        return tally_error(request.scope, error)

    page = WebPage()

    async def on_http_error(request: Request, error: Any) -> Response:
        if error.status_code != 404:
            return http_error(request.scope, error)
        if not request.url.path.startswith("/api/") and request.method in ("GET", "HEAD"):
            return page.answer(request.url.path) or http_error(request.scope, error)
        return _with_slash(request, routes) or http_error(request.scope, error)

    async def on_body_error(request: Request, error: Any) -> Response:
        return body_error(request.scope, error)

    async def on_defect(request: Request, error: Exception) -> Response:
        return defect(request, error)

    app.add_exception_handler(TallyError, on_tally_error)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_body_error)
    app.add_exception_handler(Exception, on_defect)


def _with_slash(request: Request, routes: list[APIRoute]) -> Response | None:
    """Paths end in a slash: a GET without it is sent to the path that has it."""
    path = f"{request.url.path}/"
    if request.method != "GET" or not any(route.path_regex.match(path) for route in routes):
        return None
    query = request.scope["query_string"].decode("latin-1")
    return RedirectResponse(f"{path}?{query}" if query else path, status_code=301)

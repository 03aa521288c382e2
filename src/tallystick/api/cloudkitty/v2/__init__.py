"""Version 2: scopes, summaries, dataframes, rating modules, reprocessing. A trailing slash is another path."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from tallystick.api.cloudkitty.call import RatingService
from tallystick.api.cloudkitty.v2 import dataframes, rating_modules, reprocesses, scope, summary
from tallystick.api.cloudkitty.v2.errors import handle_errors

ROUTERS: tuple[APIRouter, ...] = (
    scope.ROUTER,
    summary.ROUTER,
    dataframes.ROUTER,
    rating_modules.ROUTER,
    reprocesses.ROUTER,
)


def create_app(rating: RatingService) -> ASGIApp:
    """The application, to be mounted at ``/v2``."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.rating = rating
    for router in ROUTERS:
        app.include_router(router)
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    handle_errors(app, routes)
    return app

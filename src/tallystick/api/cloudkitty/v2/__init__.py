"""Version 2: scopes, summaries, dataframes, rating modules, reprocessing. A trailing slash is another path."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from tallystick.api.cloudkitty.call import RatingService
from tallystick.api.cloudkitty.v2.errors import handle_errors

ROUTERS: tuple[APIRouter, ...] = ()


def create_app(rating: RatingService) -> ASGIApp:
    """The application, to be mounted at ``/v2``."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.rating = rating
    for router in ROUTERS:
        app.include_router(router)
    handle_errors(app)
    return app

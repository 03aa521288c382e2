"""What an operator's tools ask: is it well (``/healthz``), and how much (``/metrics``). No identity, no tenant data."""

from __future__ import annotations

import structlog
from fastapi import APIRouter, Response
from starlette.requests import Request

from tallystick import __version__
from tallystick.api.gate import caller_of
from tallystick.api.metrics import MEDIA_TYPE
from tallystick.api.responses import json_response
from tallystick.api.service import service_of
from tallystick.errors import UnavailableError

ROUTER = APIRouter(tags=["operations"])


@ROUTER.get("/healthz", include_in_schema=False)
def healthz(request: Request) -> Response:
    """200 when the settings database answers, else 503."""
    try:
        service_of(request).home.database.ping()
    except UnavailableError as error:
        structlog.get_logger("tallystick.api").error("unhealthy", exc_info=error)
        return json_response({"status": "unhealthy", "database": "does not answer"}, status=503)
    return json_response({"status": "ok", "database": "answers", "version": __version__})


@ROUTER.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """Prometheus text."""
    return Response(service_of(request).metrics.page(), media_type=MEDIA_TYPE)


@ROUTER.get("/api/me", include_in_schema=False)
async def me(request: Request) -> Response:
    """Who the caller is, for the corner of a page."""
    caller = caller_of(request)
    return json_response({"username": caller.username, "email": caller.email})

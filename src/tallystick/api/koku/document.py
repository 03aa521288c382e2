"""``status/`` and ``openapi.json``, which need no identity."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request, Response

from tallystick.api.negotiation import JSON
from tallystick.api.paths import KOKU
from tallystick.api.responses import Rendered, json_response
from tallystick.api.schema.lists import StatusBody

ROUTER = APIRouter(prefix=KOKU, tags=["status"])


@ROUTER.get("/status/", response_model=StatusBody)
async def status() -> Response:
    """The service is up."""
    return json_response({"status": "OK"})


@ROUTER.get("/openapi.json", include_in_schema=False)
def openapi(request: Request) -> Response:
    """The description of everything here."""
    rendered = Rendered.of(json.dumps(request.app.openapi(), ensure_ascii=False), JSON)
    return rendered.response(request.headers.get("if-none-match"))

"""``/v2/rating/modules``: which rating modules take part, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from tallystick.api.cloudkitty.call import Call, RatingCall
from tallystick.api.cloudkitty.changes import change
from tallystick.api.cloudkitty.v2.errors import MissingError
from tallystick.api.cloudkitty.v2.given import Given, Reader, Whole, boolean, read_body
from tallystick.api.responses import json_response
from tallystick.rating.modules import MODULES, ModuleState, change_state, states

ROUTER = APIRouter()

_CHANGE: Mapping[str, Reader] = {"enabled": boolean, "priority": Whole(0)}


@ROUTER.get("/rating/modules")
async def list_modules(call: Call) -> Response:
    """Every module."""
    call.enforce("v2_rating:list_modules")
    found = await call.run(lambda: _states(call))
    return json_response({"modules": [_shown(state) for state in found]})


@ROUTER.get("/rating/modules/{module_id}")
async def get_module(call: Call, module_id: str) -> Response:
    """One module."""
    call.enforce("v2_rating:get_module")
    _known(module_id)
    found = await call.run(lambda: _states(call))
    return json_response(next(_shown(state) for state in found if state.module_id == module_id))


@ROUTER.put("/rating/modules/{module_id}")
async def update_module(call: Call, module_id: str) -> Response:
    """Change what is given of a module's state."""
    given = await read_body(call.request, _CHANGE)
    call.enforce("v2_rating:update_module")
    _known(module_id)
    await call.run(lambda: _change(call, module_id, given))
    return Response(status_code=204)


def _known(module_id: str) -> None:
    if module_id not in MODULES:
        raise MissingError(f"Module '{module_id}' not found")


def _states(call: RatingCall) -> list[ModuleState]:
    with call.database.read() as session:
        return states(session, call.tenant)


def _change(call: RatingCall, module_id: str, given: Given) -> None:
    with change(call) as session:
        change_state(session, call.tenant, module_id, given.get("enabled"), given.get("priority"))


def _shown(state: ModuleState) -> dict[str, Any]:
    module = MODULES[state.module_id]
    return {
        "module_id": module.module_id,
        "description": module.description,
        "enabled": state.enabled,
        "hot_config": module.hot_config,
        "priority": state.priority,
    }

"""Rating modules: ``rating/modules``, and ``rating/module_config`` of those that have nothing to configure."""

from __future__ import annotations

from dataclasses import dataclass, field

from tallystick.api.cloudkitty.call import RatingCall
from tallystick.api.cloudkitty.changes import change
from tallystick.api.cloudkitty.wsme import Endpoints, FaultError, Moved, NoContent
from tallystick.api.cloudkitty.wsme.objects import WIRE
from tallystick.api.cloudkitty.wsme.types import Flag, Integer, Text
from tallystick.rating.modules import MODULES, ModuleState, change_state, states

API = Endpoints("/rating")
Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleBody:
    """A module, as it is sent; only its state can be changed."""

    module_id: Text
    description: Text | None = None
    enabled: Flag | None = None
    hot_config: Flag | None = field(default=None, metadata={WIRE: "hot-config"})
    priority: Integer | None = None


def _json(state: ModuleState) -> Json:
    module = MODULES[state.module_id]
    return {
        "module_id": state.module_id,
        "description": module.description,
        "enabled": state.enabled,
        "hot-config": module.hot_config,
        "priority": state.priority,
    }


@API.get("/modules", rule="rating:list_modules")
def modules(call: RatingCall) -> Json:
    """Every module and its state."""
    with call.database.read() as session:
        return {"modules": [_json(state) for state in states(session, call.tenant)]}


@API.get("/modules/{module_id}", rule="rating:get_module")
def module(call: RatingCall, module_id: Text) -> Json:
    """A module and its state."""
    _check(module_id)
    with call.database.read() as session:
        return next(_json(state) for state in states(session, call.tenant) if state.module_id == module_id)


@API.put("/modules", "/modules/{module_id}", body="module", rule="rating:update_module")
def update_module(call: RatingCall, module_id: Text, module: ModuleBody) -> Moved:
    """Enable or disable a module, or give it another priority, from the next period on."""
    _check(module_id)
    with change(call) as session:
        change_state(session, call.tenant, module_id, module.enabled, module.priority)
    return Moved(module_id, b"null")


@API.get("/reload_modules", rule="rating:module_config")
def reload_modules(_call: RatingCall) -> NoContent:
    """Nothing: rules are read anew whenever something is rated."""
    return NoContent()


def not_configurable(_call: RatingCall) -> None:
    """The answer of a module that has nothing to configure, or not here: ladders are kept as files."""
    raise FaultError("Module is not configurable", 409)


for _add in (API.get, API.post, API.put, API.delete):
    _add("/module_config/noop", "/module_config/tiers", rule="rating:module_config")(not_configurable)


def _check(module_id: str) -> None:
    if module_id not in MODULES:
        raise FaultError("Module not found.", 404)

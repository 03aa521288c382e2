"""``/v2/scope``: how far scopes are processed, and going back with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from tallystick.api.cloudkitty.call import Call, RatingCall
from tallystick.api.cloudkitty.moments import with_offset
from tallystick.api.cloudkitty.v2.errors import NOTHING_FOUND, BadRequestError, MissingError
from tallystick.api.cloudkitty.v2.given import (
    PAGING,
    Given,
    boolean,
    integer,
    moment,
    page_of,
    read_body,
    read_query,
    several,
    text,
    texts,
)
from tallystick.api.responses import json_response
from tallystick.errors import ConflictError
from tallystick.planner.metering.names import metering_names
from tallystick.planner.metering.scopes import ScopeFilter, ScopeKey, create, find, rename, reset, set_active
from tallystick.settings.metering import ScopeState

ROUTER = APIRouter()

_NAMES = {name: several(text) for name in ("scope_id", "scope_key", "fetcher", "collector")}
_QUERY = {**_NAMES, "active": several(integer), **PAGING}
_RESET = {
    **dict.fromkeys(("scope_id", "scope_key", "fetcher", "collector"), texts),
    "all_scopes": boolean,
    "last_processed_timestamp": moment,
    "state": moment,
}
_ONE = {**dict.fromkeys(("scope_id", "scope_key", "fetcher", "collector"), text), "active": boolean}
_CREATE = {**_ONE, "last_processed_timestamp": moment, "state": moment}


@ROUTER.get("/scope")
async def get_scopes(call: Call) -> Response:
    """A page of the scopes that fulfil every filter."""
    given = read_query(call.request, _QUERY)
    call.enforce("scope:get_state")
    wanted = _filter(given, active=tuple(bool(flag) for flag in given.get("active", ())))
    rows = await call.run(lambda: _found(call, wanted))
    page = page_of(given)
    shown = rows[page.offset : page.offset + (page.limit or len(rows))]
    if not shown:
        raise MissingError(NOTHING_FOUND)
    return json_response({"results": [_shown(row) for row in shown]})


@ROUTER.put("/scope")
async def reset_scopes(call: Call) -> Response:
    """Withdraw what active scopes have after a period, so that they are processed again from there on."""
    given = await read_body(call.request, _RESET)
    call.enforce("scope:reset_state")
    if given.get("all_scopes") and given.get("scope_id"):
        raise BadRequestError("two or more values in the same group of exclusion 'scope_selector'")
    if not given.get("all_scopes") and not given.get("scope_id"):
        raise BadRequestError("Either all_scopes or a scope_id should be specified.")
    to = given.get("last_processed_timestamp") or given.get("state")
    if to is None:
        raise BadRequestError("Variable 'last_processed_timestamp' cannot be empty/None.")
    wanted = _filter(given, active=(True,))
    rows = await call.run(lambda: _found(call, wanted))
    if not rows:
        raise MissingError(NOTHING_FOUND)
    await call.run(lambda: reset(call.database, [_key(row) for row in rows], to))
    call.service.derivations.order()
    return json_response({}, 202)


@ROUTER.patch("/scope")
async def change_scope(call: Call) -> Response:
    """Let one scope be processed, or not, or be metered otherwise: what is given beside its id is new."""
    given = await read_body(call.request, _ONE, ("scope_id",))
    call.enforce("scope:patch_state")
    return json_response(_shown(await call.run(lambda: _changed(call, given))))


@ROUTER.post("/scope")
async def create_scope(call: Call) -> Response:
    """Make a scope known before it is first processed; what is not said is as the metering is configured."""
    given = await read_body(call.request, _CREATE, ("scope_id",))
    last = given.get("last_processed_timestamp") or given.get("state")
    if last is None:
        raise BadRequestError("Variable 'last_processed_timestamp' cannot be empty/None.")
    call.enforce("scope:post_state")
    key = await call.run(lambda: _new_key(call, given))
    try:
        row = await call.run(lambda: create(call.database, key, last, active=given.get("active", True)))
    except ConflictError as error:
        raise MissingError(f"Cannot create a scope with an already existing scope_id: {key.scope_id}.") from error
    return json_response(_shown(row))


def _filter(given: Given, active: tuple[bool, ...] = ()) -> ScopeFilter:
    return ScopeFilter(
        scope_ids=given.get("scope_id", ()),
        scope_keys=given.get("scope_key", ()),
        fetchers=given.get("fetcher", ()),
        collectors=given.get("collector", ()),
        active=active,
    )


def _found(call: RatingCall, wanted: ScopeFilter) -> list[ScopeState]:
    with call.database.read() as session:
        return find(session, call.tenant, wanted)


def _changed(call: RatingCall, given: Given) -> ScopeState:
    wanted = ScopeFilter(scope_ids=(given["scope_id"],))
    rows = _found(call, wanted)
    if not rows:
        raise MissingError(NOTHING_FOUND)
    if len(rows) > 1:
        raise MissingError(f"Too many resources found with the same scope_id: {given['scope_id']}.")
    key = _key(rows[0])
    changes = {name: given[name] for name in ("scope_key", "fetcher", "collector") if given.get(name)}
    rename(call.database, key, replace(key, **changes))
    if "active" in given:
        set_active(call.database, replace(key, **changes), given["active"])
    return _found(call, wanted)[0]


def _new_key(call: RatingCall, given: Given) -> ScopeKey:
    with call.database.read() as session:
        names = metering_names(session, call.tenant)[0]
    return ScopeKey(
        scope_id=given["scope_id"],
        scope_key=given.get("scope_key", names.scope_key),
        fetcher=given.get("fetcher", names.fetcher),
        collector=given.get("collector", names.collector),
    )


def _key(row: ScopeState) -> ScopeKey:
    return ScopeKey(row.scope_id, row.scope_key, row.fetcher, row.collector)


def _shown(row: ScopeState) -> dict[str, Any]:
    """A scope; ``state`` is what released clients call the time of its last period."""
    last = with_offset(row.last_processed_at)
    return {
        "scope_id": row.scope_id,
        "scope_key": row.scope_key,
        "fetcher": row.fetcher,
        "collector": row.collector,
        "state": last,
        "last_processed_timestamp": last,
        "active": row.active,
        "scope_activation_toggle_date": with_offset(row.toggled_at),
    }

"""``/v2/task/reprocesses``: ordering that periods of scopes be collected and rated again, and how far that is.

Orders are half-open. With ``cloudkitty.reprocess_last_period`` clients name and see the last period instead of its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from tallystick.api.cloudkitty.call import Call, RatingCall
from tallystick.api.cloudkitty.moments import naive
from tallystick.api.cloudkitty.v2.given import (
    PAGING,
    Given,
    moment,
    page_of,
    read_body,
    read_query,
    several,
    single,
    text,
    texts,
)
from tallystick.api.responses import json_response
from tallystick.planner.metering.orders import orders, place_order
from tallystick.settings.metering import Reprocessing
from tallystick.settings.moments import shortest_period

ROUTER = APIRouter()


def _order(value: str) -> str:
    if value.lower() not in ("asc", "desc"):
        raise ValueError(f"expected asc or desc, not {value!r}")
    return value.lower()


_QUERY = {"scope_ids": several(text), "order": single(_order), **PAGING}
_BODY = {"scope_ids": texts, "start_reprocess_time": moment, "end_reprocess_time": moment, "reason": text}


@ROUTER.post("/task/reprocesses")
async def order_reprocesses(call: Call) -> Response:
    """Order that scopes be processed again."""
    given = await read_body(call.request, _BODY, tuple(_BODY))
    call.enforce("schedule:task_reprocesses")
    start, end = given["start_reprocess_time"], given["end_reprocess_time"]
    last = call.home.config.cloudkitty.reprocess_last_period
    await call.run(
        lambda: place_order(call.database, given["scope_ids"], start, end, given["reason"], end_included=last)
    )
    return json_response({}, 202)


@ROUTER.get("/task/reprocesses")
async def get_reprocesses(call: Call) -> Response:
    """A page of the orders, the newest first."""
    given = read_query(call.request, _QUERY)
    call.enforce("schedule:get_task_reprocesses")
    return json_response(await call.run(lambda: _listed(call, given, given.get("scope_ids", ()))))


@ROUTER.get("/task/reprocesses/{scope_id}")
async def get_reprocesses_of_scope(call: Call, scope_id: str) -> Response:
    """A page of the orders for one scope."""
    given = read_query(call.request, {name: read for name, read in _QUERY.items() if name != "scope_ids"})
    call.enforce("schedule:get_task_reprocesses")
    return json_response(await call.run(lambda: _listed(call, given, (scope_id,))))


def _listed(call: RatingCall, given: Given, scope_ids: Sequence[str]) -> dict[str, Any]:
    page = page_of(given)
    with call.database.read() as session:
        rows = orders(session, call.tenant, scope_ids, ascending=given.get("order") == "asc")
        back = shortest_period(session, call.tenant) * call.home.config.cloudkitty.reprocess_last_period
    return {"results": [_shown(row, back) for row in rows[page.offset :][: page.limit]]}


def _shown(row: Reprocessing, back: timedelta) -> dict[str, str]:
    """``back`` is how long before its end a stretch is said to end: a period, or nothing."""
    return {
        "scope_id": row.scope_id,
        "reason": row.reason,
        "start_reprocess_time": naive(row.start_at),
        "end_reprocess_time": naive(row.end_at - back),
        "current_reprocess_time": naive(row.current_at - back) if row.current_at else "",
    }

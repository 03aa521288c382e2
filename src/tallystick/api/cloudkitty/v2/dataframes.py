"""``/v2/dataframes``: points are posted with their prices, and read one by one."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from tallystick.api.cloudkitty.call import Call
from tallystick.api.cloudkitty.reading import names_of_scopes, selection_of
from tallystick.api.cloudkitty.v2.errors import NOTHING_FOUND, BadRequestError, MissingError
from tallystick.api.cloudkitty.v2.frames import FrameError, frames_of, read_frame
from tallystick.api.cloudkitty.v2.given import (
    PAGING,
    associations,
    invalid,
    moment,
    page_of,
    read_json,
    read_query,
    single,
)
from tallystick.api.responses import json_response
from tallystick.planner.metering.posting import post_points
from tallystick.reports.rated.points import Points, rated_points
from tallystick.sources.points.table import PricedPoint

ROUTER = APIRouter()

_QUERY = {"begin": single(moment), "end": single(moment), "filters": associations(repeated=False), **PAGING}


@ROUTER.post("/dataframes")
async def add_dataframes(call: Call) -> Response:
    """Take points in; they are visible afterwards."""
    points = _posted(await read_json(call.request))
    call.enforce("dataframes:add")
    await run_in_threadpool(post_points, call.home, call.tenant, points)
    return Response(status_code=204)


def _posted(given: Any) -> list[PricedPoint]:
    if not isinstance(given, dict):
        invalid(given, "expected a dictionary", "[]")
    for name in given:
        if name != "dataframes":
            invalid(given, "extra keys not allowed", f"[{name!r}]")
    if "dataframes" not in given:
        invalid(given, "required key not provided", "['dataframes']")
    frames = given["dataframes"]
    frames = frames if isinstance(frames, list) else [frames]
    if not frames:
        raise BadRequestError("Parameter dataframes must not be empty.")
    points: list[PricedPoint] = []
    for number, frame in enumerate(frames):
        try:
            points += read_frame(frame)
        except FrameError:
            invalid(given, "not a valid value", f"['dataframes', {number}]")
    return points


@ROUTER.get("/dataframes")
async def get_dataframes(call: Call) -> Response:
    """A page of the points that the caller may see, as dataframes."""
    given = read_query(call.request, _QUERY)
    call.enforce("dataframes:get", call.caller.project_id)

    def work() -> Points:
        keys = names_of_scopes(call)
        selection = selection_of(call, keys, given.get("begin"), given.get("end"), given.get("filters", ()))
        with call.home.session(call.tenant) as session:
            return rated_points(session, selection, page_of(given))

    found = await call.run(work)
    if not found.points:
        raise MissingError(NOTHING_FOUND)
    return json_response({"total": found.total, "dataframes": frames_of(found.points)})

"""``storage/dataframes``: rated points, by period, type and tenant."""

from __future__ import annotations

from itertools import groupby

from tallystick.api.cloudkitty.call import RatingCall
from tallystick.api.cloudkitty.moments import naive
from tallystick.api.cloudkitty.v1.tenants import selection_of_tenant
from tallystick.api.cloudkitty.wsme import Endpoints
from tallystick.api.cloudkitty.wsme.endpoints import OWN_RULE
from tallystick.api.cloudkitty.wsme.types import Moment, Text
from tallystick.reports.rated.points import RatedPoint, rated_points
from tallystick.reports.rated.question import Page
from tallystick.reports.render import plain

API = Endpoints("/storage")


@API.get("/dataframes", rule=OWN_RULE)
def dataframes(
    call: RatingCall,
    *,
    begin: Moment | None = None,
    end: Moment | None = None,
    tenant_id: Text | None = None,
    resource_type: Text | None = None,
) -> dict[str, object]:
    """All points of a tenant; by default an admin gets those of all, anybody else those of the own project."""
    selection = selection_of_tenant(
        call,
        "storage:list_data_frames",
        begin,
        end,
        tenant_id=tenant_id,
        metric=resource_type,
        everyone=call.caller.is_admin and not tenant_id,
    )
    with call.home.session(call.tenant) as session:
        points = rated_points(session, selection, Page(0, None)).points
    return {"dataframes": [_frame(list(own)) for _, own in groupby(points, key=_frame_key)]}


def _frame_key(point: RatedPoint) -> tuple[object, ...]:
    return point.begin, point.end, point.metric, point.scope


def _frame(points: list[RatedPoint]) -> dict[str, object]:
    first = points[0]
    return {
        "begin": naive(first.begin),
        "end": naive(first.end),
        "tenant_id": first.scope,
        "resources": [
            {
                "service": point.metric,
                "desc": {**point.metadata, **point.groupby},
                "volume": plain(point.qty),
                "rating": plain(point.price),
            }
            for point in points
        ],
    }

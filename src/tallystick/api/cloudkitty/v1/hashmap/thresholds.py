"""Thresholds."""

from __future__ import annotations

from tallystick.api.cloudkitty.call import RatingCall
from tallystick.api.cloudkitty.changes import change
from tallystick.api.cloudkitty.v1.hashmap.mappings import live_groups
from tallystick.api.cloudkitty.v1.hashmap.objects import PREFIX, RULE, Json, ThresholdBody, group_json, threshold_json
from tallystick.api.cloudkitty.wsme import Created, Endpoints, FaultError, Moved, NoContent
from tallystick.api.cloudkitty.wsme.types import Flag, Text
from tallystick.errors import NotFoundError
from tallystick.rating.rules import names
from tallystick.rating.rules import thresholds as rules

API = Endpoints(PREFIX, RULE)


@API.get("/thresholds")
def thresholds(
    call: RatingCall,
    *,
    service_id: Text | None = None,
    field_id: Text | None = None,
    group_id: Text | None = None,
    no_group: Flag = False,
    tenant_id: Text | None = None,
    filter_tenant: Flag = False,
) -> Json:
    """The thresholds of a service, a field or a group."""
    if not (service_id or field_id or group_id):
        raise FaultError("You must specify either service_uuid, field_uuid or group_uuid.")
    wanted = rules.ThresholdFilter(
        service_id=service_id,
        field_id=field_id,
        group_id=group_id,
        without_group=no_group,
        of_scope=filter_tenant,
        scope_id=tenant_id if filter_tenant else None,
    )
    return threshold_list(call, wanted)


def threshold_list(call: RatingCall, wanted: rules.ThresholdFilter) -> Json:
    """The thresholds that are asked for, as they are shown."""
    with call.database.read() as session:
        groups = live_groups(session, call.tenant)
        found = rules.thresholds(session, call.tenant, wanted)
    return {"thresholds": [threshold_json(row, groups) for row in found]}


@API.get("/thresholds/group", "/thresholds/{threshold_id}/group")
def threshold_group(call: RatingCall, threshold_id: Text) -> Json:
    """The group of a threshold."""
    with call.database.read() as session:
        try:
            row = rules.threshold(session, call.tenant, threshold_id)
            return group_json(names.group(session, call.tenant, row.group_id or ""))
        except NotFoundError as error:
            raise FaultError(f"Threshold has no group (UUID: {threshold_id})", 404) from error


@API.get("/thresholds/{threshold_id}")
def threshold(call: RatingCall, threshold_id: Text) -> Json:
    """A threshold."""
    with call.database.read() as session:
        row = rules.threshold(session, call.tenant, threshold_id)
        return threshold_json(row, live_groups(session, call.tenant))


@API.post("/thresholds", body="threshold_data")
def create_threshold(call: RatingCall, threshold_data: ThresholdBody) -> Created:
    """Make a threshold."""
    with change(call) as session:
        row = rules.create_threshold(session, call.tenant, threshold_data.draft())
        shown = threshold_json(row, live_groups(session, call.tenant))
    return Created(shown, row.threshold_id)


@API.put("/thresholds", "/thresholds/{threshold_id}", body="threshold")
def update_threshold(call: RatingCall, threshold_id: Text, threshold: ThresholdBody) -> Moved:
    """Change a threshold, from the next period on."""
    with change(call) as session:
        rules.update_threshold(session, call.tenant, threshold_id, threshold.draft())
    return Moved(threshold_id)


@API.delete("/thresholds", "/thresholds/{threshold_id}")
def delete_threshold(call: RatingCall, threshold_id: Text) -> NoContent:
    """End a threshold, from the next period on."""
    with change(call) as session:
        rules.delete_threshold(session, call.tenant, threshold_id, call.author)
    return NoContent()

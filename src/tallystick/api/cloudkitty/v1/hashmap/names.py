"""Services, fields and groups, and what belongs to them."""

from __future__ import annotations

from tallystick.api.cloudkitty.call import RatingCall
from tallystick.api.cloudkitty.changes import change
from tallystick.api.cloudkitty.v1.hashmap.mappings import mapping_list
from tallystick.api.cloudkitty.v1.hashmap.objects import (
    KINDS,
    PREFIX,
    RULE,
    FieldBody,
    GroupBody,
    Json,
    ServiceBody,
    field_json,
    group_json,
    service_json,
)
from tallystick.api.cloudkitty.v1.hashmap.thresholds import threshold_list
from tallystick.api.cloudkitty.wsme import Created, Endpoints, NoContent
from tallystick.api.cloudkitty.wsme.types import Flag, Text
from tallystick.rating.rules import names
from tallystick.rating.rules.mappings import MappingFilter
from tallystick.rating.rules.thresholds import ThresholdFilter

API = Endpoints(PREFIX, RULE)


@API.get("/types")
def types(_call: RatingCall) -> list[str]:
    """The kinds of prices."""
    return list(KINDS)


@API.get("/services")
def services(call: RatingCall) -> Json:
    """Every service."""
    with call.database.read() as session:
        return {"services": [service_json(row) for row in names.services(session, call.tenant)]}


@API.get("/services/{service_id}")
def service(call: RatingCall, service_id: Text) -> Json:
    """A service."""
    with call.database.read() as session:
        return service_json(names.service(session, call.tenant, service_id))


@API.post("/services", body="service_data")
def create_service(call: RatingCall, service_data: ServiceBody) -> Created:
    """Make a service."""
    with call.database.write() as session:
        row = names.create_service(session, call.tenant, service_data.name)
    return Created(service_json(row), row.service_id)


@API.delete("/services", "/services/{service_id}")
def delete_service(call: RatingCall, service_id: Text) -> NoContent:
    """End a service with its fields and prices."""
    with change(call) as session:
        names.delete_service(session, call.tenant, service_id, call.author)
    return NoContent()


@API.get("/fields", "/services/{service_id}/fields")
def fields(call: RatingCall, service_id: Text) -> Json:
    """The fields of a service."""
    with call.database.read() as session:
        return {"fields": [field_json(row) for row in names.fields(session, call.tenant, service_id)]}


@API.get("/fields/{field_id}")
def field(call: RatingCall, field_id: Text) -> Json:
    """A field."""
    with call.database.read() as session:
        return field_json(names.field(session, call.tenant, field_id))


@API.post("/fields", body="field_data")
def create_field(call: RatingCall, field_data: FieldBody) -> Created:
    """Make a field of a service."""
    with call.database.write() as session:
        row = names.create_field(session, call.tenant, field_data.service_id, field_data.name)
    return Created(field_json(row), row.field_id)


@API.delete("/fields", "/fields/{field_id}")
def delete_field(call: RatingCall, field_id: Text) -> NoContent:
    """End a field with its prices."""
    with change(call) as session:
        names.delete_field(session, call.tenant, field_id, call.author)
    return NoContent()


@API.get("/groups")
def groups(call: RatingCall) -> Json:
    """Every group."""
    with call.database.read() as session:
        return {"groups": [group_json(row) for row in names.groups(session, call.tenant)]}


@API.post("/groups", body="group_data")
def create_group(call: RatingCall, group_data: GroupBody) -> Created:
    """Make a group."""
    with call.database.write() as session:
        row = names.create_group(session, call.tenant, group_data.name)
    return Created(group_json(row), row.group_id)


@API.get("/groups/mappings", "/groups/{group_id}/mappings")
def group_mappings(call: RatingCall, group_id: Text) -> Json:
    """The mappings of a group."""
    return mapping_list(call, MappingFilter(group_id=group_id))


@API.get("/groups/thresholds", "/groups/{group_id}/thresholds")
def group_thresholds(call: RatingCall, group_id: Text) -> Json:
    """The thresholds of a group."""
    return threshold_list(call, ThresholdFilter(group_id=group_id))


@API.get("/groups/{group_id}")
def group(call: RatingCall, group_id: Text) -> Json:
    """A group."""
    with call.database.read() as session:
        return group_json(names.group(session, call.tenant, group_id))


@API.delete("/groups", "/groups/{group_id}")
def delete_group(call: RatingCall, group_id: Text, recursive: Flag = False) -> NoContent:
    """Dissolve a group, or end its prices with it."""
    with change(call) as session:
        names.delete_group(session, call.tenant, group_id, call.author, recursive=recursive)
    return NoContent()

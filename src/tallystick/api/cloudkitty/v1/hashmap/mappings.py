"""Mappings."""

from __future__ import annotations

from sqlalchemy.orm import Session

from tallystick.api.cloudkitty.call import RatingCall
from tallystick.api.cloudkitty.changes import change
from tallystick.api.cloudkitty.v1.hashmap.objects import PREFIX, RULE, Json, MappingBody, group_json, mapping_json
from tallystick.api.cloudkitty.wsme import Created, Endpoints, FaultError, Moved, NoContent
from tallystick.api.cloudkitty.wsme.types import Flag, Moment, Text
from tallystick.errors import NotFoundError
from tallystick.rating.rules import mappings as rules
from tallystick.rating.rules import names

API = Endpoints(PREFIX, RULE)


@API.get("/services/{service_id}/mappings", "/mappings")
def mappings(
    call: RatingCall,
    *,
    service_id: Text | None = None,
    field_id: Text | None = None,
    group_id: Text | None = None,
    no_group: Flag = False,
    tenant_id: Text | None = None,
    filter_tenant: Flag = False,
    deleted: Flag = False,
    start: Moment | None = None,
    end: Moment | None = None,
    updated_by: Text | None = None,
    created_by: Text | None = None,
    deleted_by: Text | None = None,
    description: Text | None = None,
    is_active: Flag | None = None,
    all: Flag = True,  # noqa: ARG001
) -> Json:
    """The mappings that are asked for. ``all`` has never had an effect, and ``is_active=false`` has that of true."""
    wanted = rules.MappingFilter(
        service_id=service_id,
        field_id=field_id,
        group_id=group_id,
        without_group=no_group,
        of_scope=filter_tenant,
        scope_id=tenant_id if filter_tenant else None,
        deleted=deleted,
        start=start,
        end=end,
        updated_by=updated_by,
        created_by=created_by,
        deleted_by=deleted_by,
        description=description,
        active=is_active is not None,
    )
    return mapping_list(call, wanted)


def mapping_list(call: RatingCall, wanted: rules.MappingFilter) -> Json:
    """The mappings that are asked for, as they are shown."""
    with call.database.read() as session:
        groups = live_groups(session, call.tenant)
        found = rules.mappings(session, call.tenant, wanted)
    return {"mappings": [mapping_json(row, groups) for row in found]}


def live_groups(session: Session, tenant: str) -> frozenset[str]:
    """The ids of the groups that exist."""
    return frozenset(group.group_id for group in names.groups(session, tenant))


@API.get("/mappings/group", "/mappings/{mapping_id}/group")
def mapping_group(call: RatingCall, mapping_id: Text) -> Json:
    """The group of a mapping."""
    with call.database.read() as session:
        try:
            row = rules.mapping(session, call.tenant, mapping_id)
            return group_json(names.group(session, call.tenant, row.group_id or ""))
        except NotFoundError as error:
            raise FaultError(f"Mapping has no group (UUID: {mapping_id})", 404) from error


@API.get("/mappings/{mapping_id}")
def mapping(call: RatingCall, mapping_id: Text) -> Json:
    """A mapping, deleted or not."""
    with call.database.read() as session:
        row = rules.mapping(session, call.tenant, mapping_id)
        return mapping_json(row, live_groups(session, call.tenant))


@API.post("/mappings", body="mapping_data")
def create_mapping(call: RatingCall, mapping_data: MappingBody, force: Flag = False) -> Created:
    """Make a mapping."""
    with change(call) as session:
        row = rules.create_mapping(session, call.tenant, mapping_data.draft(), call.author, force=force)
        shown = mapping_json(row, live_groups(session, call.tenant))
    return Created(shown, row.mapping_id)


@API.put("/mappings", "/mappings/{mapping_id}", body="mapping")
def update_mapping(call: RatingCall, mapping_id: Text, mapping: MappingBody) -> Moved:
    """Change a mapping that has not started, or end one that has."""
    with change(call) as session:
        rules.update_mapping(session, call.tenant, mapping_id, mapping.draft(), call.author)
    return Moved(mapping_id)


@API.delete("/mappings", "/mappings/{mapping_id}")
def delete_mapping(call: RatingCall, mapping_id: Text) -> NoContent:
    """End a mapping now."""
    with change(call) as session:
        rules.delete_mapping(session, call.tenant, mapping_id, call.author)
    return NoContent()

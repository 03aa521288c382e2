"""Rating scripts: ``rating/module_config/pyscripts/...``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from tallystick.api.cloudkitty.call import RatingCall
from tallystick.api.cloudkitty.changes import change
from tallystick.api.cloudkitty.wsme import Created, Endpoints, InvalidInputError, NoContent
from tallystick.api.cloudkitty.wsme.types import Flag, LastMoment, Moment, Text, Uuid
from tallystick.rating.pyscripts import store
from tallystick.rating.rules.dated import DatedFilter
from tallystick.settings.metering import PyScript

API = Endpoints("/rating/module_config/pyscripts", "rating:module_config")
Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptBody:
    """A script, as it is sent. What the server sets may be sent back and is not looked at."""

    name: Text
    script_id: Uuid | None = None
    data: Text | None = None
    checksum: Text | None = None
    created_at: Moment | None = None
    start: Moment | None = None
    end: LastMoment | None = None
    description: Text | None = None
    deleted: Moment | None = None
    created_by: Text | None = None
    updated_by: Text | None = None
    deleted_by: Text | None = None

    def draft(self) -> store.ScriptDraft:
        """What the sender decides."""
        return store.ScriptDraft(
            name=self.name, data=self.data, start=self.start, end=self.end, description=self.description
        )


@API.get("/scripts")
def scripts(
    call: RatingCall,
    *,
    no_data: Flag = False,
    deleted: Flag = False,
    start: Moment | None = None,
    end: Moment | None = None,
    updated_by: Text | None = None,
    created_by: Text | None = None,
    deleted_by: Text | None = None,
    description: Text | None = None,
    is_active: Flag | None = None,
) -> Json:
    """The scripts that are asked for; ``no_data`` leaves their texts out, ``is_active=false`` is taken for true."""
    wanted = DatedFilter(
        deleted=deleted,
        start=start,
        end=end,
        updated_by=updated_by,
        created_by=created_by,
        deleted_by=deleted_by,
        description=description,
        active=is_active is not None,
    )
    with call.database.read() as session:
        found = [script_json(row) for row in store.scripts(session, call.tenant, wanted)]
    for each in found if no_data else ():
        del each["data"]
    return {"scripts": found}


@API.get("/scripts/{script_id}")
def script(call: RatingCall, script_id: Text) -> Json:
    """A script."""
    with call.database.read() as session:
        return script_json(store.script(session, call.tenant, script_id))


@API.post("/scripts", body="script_data")
def create_script(call: RatingCall, script_data: ScriptBody, force: Flag = False) -> Created:
    """Make a script, if it compiles."""
    if script_data.data is None:
        raise InvalidInputError("data", None, "Mandatory field missing.")
    with change(call) as session:
        row = store.create_script(session, call.tenant, script_data.draft(), call.author, force=force)
        shown = script_json(row)
    return Created(shown, row.script_id)


@API.put("/scripts", "/scripts/{script_id}", body="script_data")
def update_script(call: RatingCall, script_id: Text, script_data: ScriptBody) -> Created:
    """Change a script that has not started, or end one that has."""
    with change(call) as session:
        row = store.update_script(session, call.tenant, script_id, script_data.draft(), call.author)
        shown = script_json(row)
    return Created(shown, row.script_id)


@API.delete("/scripts", "/scripts/{script_id}")
def delete_script(call: RatingCall, script_id: Text) -> NoContent:
    """End a script now."""
    with change(call) as session:
        store.delete_script(session, call.tenant, script_id, call.author)
    return NoContent()


def script_json(row: PyScript) -> Json:
    """A script, as it is shown. Moments are in UTC and name no zone."""
    return {
        "script_id": row.script_id,
        "name": row.name,
        "data": row.data,
        "checksum": row.checksum,
        "created_at": _moment(row.created_at),
        "start": _moment(row.start_at),
        "end": _moment(row.end_at),
        "description": row.description,
        "deleted": _moment(row.deleted_at),
        "created_by": row.created_by,
        "updated_by": row.updated_by,
        "deleted_by": row.deleted_by,
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() if moment else None

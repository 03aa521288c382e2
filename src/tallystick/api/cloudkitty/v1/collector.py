"""``collector/...``: which collector a service is said to have. Kept for old clients; collecting does not read it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from tallystick.api.cloudkitty.call import RatingCall
from tallystick.api.cloudkitty.wsme import Endpoints, FaultError, NoContent
from tallystick.api.cloudkitty.wsme.types import Flag, Text
from tallystick.settings.metering import CollectorMapping, CollectorState

API = Endpoints("/collector")
Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateBody:
    """A collector's state, as it is sent."""

    enabled: Flag
    name: Text | None = None


@API.get("", rule="collector:list_mappings")
def collector(_call: RatingCall) -> NoContent:
    """Nothing."""
    return NoContent()


@API.get("/mappings", rule="collector:list_mappings")
def mappings(call: RatingCall, collector: Text | None = None) -> Json:
    """The mappings, or those to one collector."""
    wanted = select(CollectorMapping).where(CollectorMapping.tenant_id == call.tenant)
    if collector is not None:
        wanted = wanted.where(CollectorMapping.collector == collector)
    with call.database.read() as session:
        found = session.scalars(wanted.order_by(CollectorMapping.service)).all()
    return {"mappings": [_mapping(row) for row in found]}


@API.get("/mappings/{service}", rule="collector:get_mapping")
def mapping(call: RatingCall, service: Text) -> Json:
    """A service's mapping."""
    with call.database.read() as session:
        return _mapping(_found(session.get(CollectorMapping, (call.tenant, service)), service))


@API.post("/mappings", "/mappings/{collector}/{service}", rule="collector:manage_mapping")
def create_mapping(call: RatingCall, collector: Text, service: Text) -> Json:
    """Say that a service has a collector."""
    with call.database.write() as session:
        row = session.merge(CollectorMapping(tenant_id=call.tenant, service=service, collector=collector))
    return _mapping(row)


@API.delete("/mappings", "/mappings/{service}", rule="collector:manage_mapping")
def delete_mapping(call: RatingCall, service: Text) -> NoContent:
    """Forget a service's mapping."""
    with call.database.write() as session:
        session.delete(_found(session.get(CollectorMapping, (call.tenant, service)), service))
    return NoContent()


@API.get("/states", "/states/{name}", "/{name}/states", rule="collector:get_state")
def state(call: RatingCall, name: Text) -> Json:
    """Whether a collector is said to be enabled."""
    with call.database.read() as session:
        row = session.get(CollectorState, (call.tenant, name))
    return {"name": name, "enabled": row is not None and row.enabled}


@API.put("/states", "/states/{name}", "/{name}/states", body="infos", rule="collector:update_state")
def update_state(call: RatingCall, name: Text, infos: StateBody) -> Json:
    """Say whether a collector is enabled."""
    with call.database.write() as session:
        session.merge(CollectorState(tenant_id=call.tenant, name=name, enabled=infos.enabled))
    return {"name": name, "enabled": infos.enabled}


def _mapping(row: CollectorMapping) -> Json:
    return {"service": row.service, "collector": row.collector}


def _found(row: CollectorMapping | None, service: str) -> CollectorMapping:
    if row is None:
        raise FaultError(f"No mapping for service: {service}", 404)
    return row

"""``settings/tags/``: every tag key that was delivered, and whether reports use it. Step one reads; keys are enabled
as they appear."""

from __future__ import annotations

import uuid
from typing import Final

from fastapi import APIRouter, Response
from sqlalchemy import select

from tallystick.api.envelope import list_body
from tallystick.api.paths import KOKU
from tallystick.api.queries import Query, last, values
from tallystick.api.responses import json_response
from tallystick.api.schema.common import ERRORS, ListEnvelope
from tallystick.api.schema.lists import TagSettingBody
from tallystick.api.schema.parameters import FILTER, LIST
from tallystick.api.service import Call, SettingsCall
from tallystick.api.settings_query import check_names, flag, orderings
from tallystick.settings.models import TagSetting

ROUTER = APIRouter(prefix=KOKU, tags=["settings"], responses=ERRORS)
ENABLED_LIMIT: Final = 200
_FIELDS: Final = ("uuid", "key", "enabled", "source_type")
_FILTERS: Final = (*_FIELDS, "provider_type")
_NAMESPACE: Final = uuid.UUID("5b3f3c1e-7a51-4d0b-9d38-0f5d1f3c2a64")
_PROVIDERS: Final = {"aws": "AWS"}
"""Kind of source to the provider whose tag keys it delivers."""

_Key = dict[str, object]


@ROUTER.get(
    "/settings/tags/", response_model=ListEnvelope[TagSettingBody], openapi_extra={"parameters": [FILTER, *LIST]}
)
def index(call: SettingsCall) -> Response:
    """Every tag key, by provider, the enabled ones first."""
    query = call.query
    check_names(query, filters=_FILTERS, orders=_FIELDS)
    keys = _keys(call)
    enabled = sum(bool(key["enabled"]) for key in keys)
    counts = {"enabled_tags_count": enabled, "enabled_tags_limit": ENABLED_LIMIT}
    found = _ordered([key for key in keys if _matches(key, query)], query)
    return json_response(list_body(call.path, query, found, meta=counts))


def _keys(call: Call) -> list[_Key]:
    tenant = call.tenant
    providers = {source.source_id: _PROVIDERS.get(source.kind, "FOCUS") for source in call.home.sources(tenant)}
    with call.home.session(tenant) as session:
        pairs = session.rows("SELECT DISTINCT x_source_id, key FROM charge_sets WHERE kind = 'tag'")
    found = sorted({(providers[source_id], key) for source_id, key in pairs if source_id in providers})
    with call.database.read() as session:
        rows = session.scalars(select(TagSetting).where(TagSetting.tenant_id == tenant)).all()
    settings = {(row.provider, row.key): row.enabled for row in rows}
    return [
        {
            "uuid": str(uuid.uuid5(_NAMESPACE, f"{tenant}/{provider}/{key}")),
            "key": key,
            "enabled": settings.get((provider, key), True),
            "source_type": provider,
        }
        for provider, key in found
    ]


def _matches(key: _Key, query: Query) -> bool:
    enabled = flag(query, "enabled")
    part = (last(query, "filter[key]") or "").lower()
    types = [value.lower() for value in values(query, "filter[source_type]", "filter[provider_type]")]
    ids = values(query, "filter[uuid]")
    return (
        (enabled is None or key["enabled"] is enabled)
        and part in str(key["key"]).lower()
        and (not types or str(key["source_type"]).lower() in types)
        and (not ids or key["uuid"] in ids)
    )


def _ordered(keys: list[_Key], query: Query) -> list[_Key]:
    """By provider, enabled first, then by key; what is asked for goes before."""
    found = sorted(keys, key=lambda key: (str(key["source_type"]), not key["enabled"], str(key["key"])))
    for name, descending in reversed(orderings(query, _FIELDS)):
        found.sort(key=lambda key, field=name: str(key[field]), reverse=descending)  # type: ignore[misc]
    return found

"""``sources/``: where bills come from, as clients of Koku know providers. Reading only; ``tally ingest`` makes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Response

from tallystick import clock
from tallystick.access import user_access
from tallystick.api.envelope import list_body
from tallystick.api.moments import second, stamp
from tallystick.api.paths import KOKU
from tallystick.api.queries import Query, last, values
from tallystick.api.responses import json_response
from tallystick.api.schema.common import ERRORS, ListEnvelope
from tallystick.api.schema.lists import SourceBody
from tallystick.api.schema.parameters import FILTER, LIST
from tallystick.api.service import AnyCall, Call
from tallystick.errors import NotFoundError
from tallystick.planner.views import DeliveryView, SourceView, StatusView

ROUTER = APIRouter(prefix=KOKU, tags=["sources"], responses=ERRORS)
_TYPE_IDS: Final = {"OCP": "1", "AWS": "2", "Azure": "3", "GCP": "4"}
_TYPES: Final[Mapping[str, str]] = {"aws": "AWS", "focus": "FOCUS"}
"""Kind of source to the type that clients know; FOCUS, which covers every provider, is ours."""
_READABLE_BY: Final = {"AWS": "aws", "FOCUS": "any"}
"""Type to the kind of access (`USER_ACCESS`) that shows it."""


@ROUTER.get("/sources/", response_model=ListEnvelope[SourceBody], openapi_extra={"parameters": [FILTER, *LIST]})
def index(call: AnyCall) -> Response:
    """The sources of which the caller may see the data. ``ordering`` is name, created_timestamp, or either with -."""
    query = call.query
    found = _ordered([source for source in _visible(call) if _matches(source, query)], query)
    status = call.home.status(call.tenant)
    bodies = [_body(source, status) for source in found]
    return json_response(list_body(call.path, query, bodies, in_memory=False))


@ROUTER.get("/sources/{source}/", response_model=SourceBody)
def one(source: str, call: AnyCall) -> Response:
    """One source, by its number or its identifier."""
    return json_response(_body(_find(call, source), call.home.status(call.tenant)))


@ROUTER.get("/sources/{source}/stats/", response_model=dict[str, object])
def stats(source: str, call: AnyCall) -> Response:
    """What was delivered for a source, by billing period."""
    found = _find(call, source)
    body: dict[str, object] = {
        "provider_linked": True,
        "data_updated_date": stamp(found.last_delivery_at) if found.last_delivery_at else None,
        "ocp_on_cloud_data_updated_date": None,
    }
    manifests: defaultdict[date, list[dict[str, object]]] = defaultdict(list)
    for delivery in call.home.deliveries(call.tenant):
        if delivery.source_name == found.name and delivery.reason is None:
            for period in delivery.periods:
                manifests[period.billing_period].append(_manifest(delivery, period.billing_period))
    for month in sorted(manifests, reverse=True):
        body[month.isoformat()] = {"manifests": manifests[month], "ocp_on_cloud": []}
    return json_response(body)


def _visible(call: Call) -> list[SourceView]:
    sources = call.home.sources(call.tenant)
    return [source for source in sources if user_access(call.caller.access, _READABLE_BY.get(_type(source), "any"))]


def _find(call: Call, wanted: str) -> SourceView:
    for source in _visible(call):
        if wanted in (str(source.number), source.source_id):
            return source
    raise NotFoundError(f"There is no source {wanted!r}")


def _type(source: SourceView) -> str:
    return _TYPES.get(source.kind, source.kind)


def _matches(source: SourceView, query: Query) -> bool:
    """Whether a source passes ``name`` and ``type`` (substrings), ``source_type_id`` and ``source_ref`` (equality)."""
    for field, value in (("name", source.name), ("type", _type(source))):
        wanted = values(query, field, f"filter[{field}]")
        if wanted and not any(part.lower() in value.lower() for part in wanted):
            return False
    type_ids = values(query, "source_type_id", "filter[source_type_id]")
    references = values(query, "source_ref", "filter[source_ref]")
    return not references and (not type_ids or _TYPE_IDS.get(_type(source)) in type_ids)


def _ordered(sources: list[SourceView], query: Query) -> list[SourceView]:
    ordering = last(query, "ordering") or "name"
    by_time = ordering.removeprefix("-") in ("created_timestamp", "id")
    return sorted(
        sources,
        key=lambda source: (source.number,) if by_time else (source.name.lower(), source.number),
        reverse=ordering.startswith("-"),
    )


def _body(source: SourceView, status: StatusView) -> dict[str, object]:
    this_month = clock.today().replace(day=1)
    month_before = (this_month - timedelta(days=1)).replace(day=1)
    received = source.last_delivery_at
    return {
        "id": str(source.number),
        "uuid": source.source_id,
        "name": source.name,
        "source_type": _type(source),
        "source_type_id": _TYPE_IDS.get(_type(source)),
        "source_ref": None,
        "authentication": {"credentials": {}},
        "billing_source": {"data_source": {}},
        "paused": source.paused,
        "updated_timestamp": stamp(received or source.created_at),
        "provider_linked": True,
        "active": not source.paused,
        "current_month_data": this_month in source.periods,
        "previous_month_data": month_before in source.periods,
        "last_payload_received_at": stamp(received) if received else None,
        "last_polling_time": second(received) if received else None,
        "created_timestamp": second(source.created_at),
        "status": _steps(received, status) if received else None,
        "has_data": bool(source.periods),
        "infrastructure": {},
        "cost_models": [],
        "additional_context": {},
    }


def _steps(received: datetime, status: StatusView) -> dict[str, object]:
    """A delivery is stored whole before it is read, so its download is complete; the ledger may be behind."""
    behind = "in-progress" if status.running else "pending"
    derived = "complete" if status.stale_parts == 0 else behind
    end = status.released_at if derived == "complete" else None
    return {
        "download": {"start": received.isoformat(), "end": received.isoformat(), "state": "complete"},
        "processing": {"start": received.isoformat(), "end": end.isoformat() if end else None, "state": derived},
        "summary": {"start": received.isoformat(), "end": end.isoformat() if end else None, "state": derived},
    }


def _manifest(delivery: DeliveryView, billing_period: date) -> dict[str, object]:
    received = stamp(delivery.received_at)
    return {
        "assembly_id": delivery.delivery_id,
        "billing_period_start": billing_period.isoformat(),
        "files_processed": f"{len(delivery.files)}/{len(delivery.files)}",
        "process_start_date": received,
        "process_complete_date": received,
        "manifest_complete_date": received,
        "export_datetime": stamp(delivery.version) if delivery.version else None,
    }

"""The books: freshness, deliveries, months, and whether every total closes."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Response

from tallystick.api.envelope import list_body
from tallystick.api.paths import NATIVE
from tallystick.api.queries import last
from tallystick.api.responses import json_response
from tallystick.api.schema.common import ERRORS, ListEnvelope
from tallystick.api.schema.native import Check, Delivery, Freshness, Month
from tallystick.api.schema.parameters import LIST
from tallystick.api.service import AnyCall, DeliveryCall
from tallystick.reports.proof import source_totals

ROUTER = APIRouter(prefix=NATIVE, tags=["books"], responses=ERRORS)


@ROUTER.get("/freshness/", response_model=Freshness)
def freshness(call: AnyCall) -> Response:
    """How fresh the data is that answers are made of."""
    status = call.home.status(call.tenant)
    body = {
        "release": status.release_id,
        "released_at": status.released_at,
        "last_delivery_at": status.last_delivery_at,
        "stale_partitions": status.stale_parts,
        "sources": status.sources,
    }
    return json_response(body)


@ROUTER.get("/deliveries/", response_model=ListEnvelope[Delivery], openapi_extra={"parameters": LIST})
def deliveries(call: DeliveryCall) -> Response:
    """Every delivery, the newest first, refused ones included; without their files."""
    found = [asdict(delivery) for delivery in call.home.deliveries(call.tenant)]
    return json_response(list_body(call.path, call.query, found, in_memory=False))


@ROUTER.get("/deliveries/{delivery}/", response_model=Delivery)
def delivery(delivery: str, call: DeliveryCall) -> Response:
    """One delivery, with its files and findings."""
    return json_response(asdict(call.home.delivery(call.tenant, delivery)))


@ROUTER.get("/months/", response_model=ListEnvelope[Month], openapi_extra={"parameters": LIST})
def months(call: DeliveryCall) -> Response:
    """Every billing period of every source, and whether it is closed."""
    found = [asdict(month) for month in call.home.months(call.tenant)]
    return json_response(list_body(call.path, call.query, found, in_memory=False))


@ROUTER.get("/reconcile/", response_model=ListEnvelope[Check])
async def reconcile(call: DeliveryCall) -> Response:
    """Bill, charges, ledger and report, compared; with ``deep=true`` the delivered files are read again."""
    query = call.query
    deep = (last(query, "deep") or "").lower() == "true"
    checks = await call.service.pool.run(lambda: call.home.reconcile(call.tenant, deep, source_totals))
    found = [asdict(check) for check in checks]
    return json_response(list_body(call.path, query, found, in_memory=False))

"""``resource-types/...``: what can be chosen from, and how much of it there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Response

from tallystick.api.asking import Asked, Work, ask
from tallystick.api.envelope import whole_body
from tallystick.api.paths import KOKU
from tallystick.api.schema.common import ERRORS, ListEnvelope
from tallystick.api.schema.lists import CategoryValues, ResourceTypeIndex, ResourceValue
from tallystick.api.schema.parameters import RESOURCE_TYPE
from tallystick.api.service import AnyCall, AwsPickerCall
from tallystick.reports.pickers import PICKERS, picker_counts
from tallystick.reports.render import to_json
from tallystick.reports.service import resource_types

_PREFIX: Final = f"{KOKU}/resource-types"
ROUTER = APIRouter(prefix=_PREFIX, tags=["resource types"], responses=ERRORS)
_INDEX: Final[Mapping[str, str | None]] = {
    "aws.account": "aws-accounts",
    "aws.organizational_unit": "aws-organizational-units",
    "azure.subscription_guid": "azure-subscription-guids",
    "cost_model": "cost-models",
    "gcp.account": "gcp-accounts",
    "gcp.project": "gcp-projects",
    "openshift.cluster": "openshift-clusters",
    "openshift.node": "openshift-nodes",
    "openshift.project": "openshift-projects",
    "settings": None,
}
"""Resource type to its picker. Those of providers that cannot be delivered yet count nothing."""


@ROUTER.get("/", response_model=ListEnvelope[ResourceTypeIndex])
async def index(call: AnyCall) -> Response:
    """The types of resources that rights can be given for."""
    return await ask(call, "resource-types", _index)


def _index(asked: Asked) -> str:
    counts = picker_counts(asked.session, asked.context)
    items = [
        {"value": value, "path": f"{_PREFIX}/{kind}/", "count": counts.get(kind, 0)}
        if kind is not None
        else {"value": value, "count": 1}
        for value, kind in _INDEX.items()
    ]
    return to_json(whole_body(asked.context.base_path, asked.query, items))


def _work(kind: str) -> Work:
    def answer(asked: Asked) -> str:
        return to_json(resource_types(asked.session, kind, asked.query, asked.context))

    return answer


def _add(kind: str) -> None:
    async def values(call: AwsPickerCall) -> Response:
        return await ask(call, f"resource-types/{kind}", _work(kind))

    ROUTER.add_api_route(
        f"/{kind}/",
        values,
        response_model=ListEnvelope[ResourceValue],
        openapi_extra={"parameters": RESOURCE_TYPE},
        name=kind,
        summary=f"Values of {kind}",
    )


for _kind in PICKERS:
    _add(_kind)


@ROUTER.get("/aws-categories/", response_model=ListEnvelope[CategoryValues | str])
async def aws_categories(call: AwsPickerCall) -> Response:
    """The cost categories of AWS with their values; their names alone with ``key_only``."""
    return await ask(call, "resource-types/aws-categories", _work("aws-categories"))

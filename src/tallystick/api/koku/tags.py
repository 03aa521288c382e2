"""``tags/...`` and ``organizations/aws/``: what resources are labelled with, and the tree that accounts stand in."""

from __future__ import annotations

from fastapi import APIRouter, Response

from tallystick.api.asking import Asked, Work, ask
from tallystick.api.paths import KOKU
from tallystick.api.schema.common import ERRORS
from tallystick.api.schema.parameters import TAGS
from tallystick.api.schema.reports import Organizations, Tags
from tallystick.api.service import AwsOrganizationCall, AwsTagCall, FocusCall
from tallystick.reports.render import to_json
from tallystick.reports.service import tags
from tallystick.reports.tags import organizations

ROUTER = APIRouter(prefix=KOKU, tags=["tags"], responses=ERRORS)
_PARAMETERS = {"parameters": TAGS}


def _work(provider: str, key: str | None = None) -> Work:
    def answer(asked: Asked) -> str:
        return to_json(tags(asked.session, provider, asked.query, asked.context, key))

    return answer


def _organizations(asked: Asked) -> str:
    return to_json(organizations(asked.query, asked.context))


@ROUTER.get("/tags/aws/", response_model=Tags, openapi_extra=_PARAMETERS)
async def aws(call: AwsTagCall) -> Response:
    """The tag keys of AWS resources in a period, with up to 50 values each."""
    return await ask(call, "tags/aws", _work("aws"))


@ROUTER.get("/tags/aws/{key:path}/", response_model=Tags)
async def aws_values(key: str, call: AwsTagCall) -> Response:
    """The values of one key, slashes and all. Parameters as without a key, and ``filter[value]``."""
    return await ask(call, "tags/aws", _work("aws", key))


@ROUTER.get("/tags/focus/", response_model=Tags, openapi_extra=_PARAMETERS)
async def focus(call: FocusCall) -> Response:
    """The tag keys of every provider."""
    return await ask(call, "tags/focus", _work("focus"))


@ROUTER.get("/tags/focus/{key:path}/", response_model=Tags)
async def focus_values(key: str, call: FocusCall) -> Response:
    """The values of one key, of every provider."""
    return await ask(call, "tags/focus", _work("focus", key))


@ROUTER.get("/organizations/aws/", response_model=Organizations, openapi_extra=_PARAMETERS)
async def organizations_aws(call: AwsOrganizationCall) -> Response:
    """The organizational units of AWS."""
    return await ask(call, "organizations/aws", _organizations)

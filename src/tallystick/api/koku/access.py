"""``user-access/``: what the caller may see, asked before any page is shown. Open to callers without any rights."""

from __future__ import annotations

from fastapi import APIRouter, Response

from tallystick.access import USER_ACCESS, Access, user_access
from tallystick.api.envelope import whole_body
from tallystick.api.paths import KOKU
from tallystick.api.queries import last
from tallystick.api.responses import json_response
from tallystick.api.schema.common import ERRORS, ListEnvelope
from tallystick.api.schema.lists import UserAccess
from tallystick.api.service import AnyCall

ROUTER = APIRouter(prefix=KOKU, tags=["access"], responses=ERRORS)


@ROUTER.get("/user-access/", response_model=ListEnvelope[UserAccess])
async def index(call: AnyCall) -> Response:
    """Each kind of data, and whether the caller may read and write any of it; or one kind with ``?type=``."""
    query = call.query
    if (last(query, "beta") or "").lower() == "true":
        return json_response({"data": False})
    kind = last(query, "type")
    if kind is not None:
        return _one(call.caller.access, kind.lower())
    items = [{"type": name, **_answers(call.caller.access, name)} for name in USER_ACCESS]
    return json_response(whole_body(call.path, query, items))


def _one(access: Access, kind: str) -> Response:
    if kind not in USER_ACCESS:
        return json_response([f"There is no type {kind!r}; there are: {', '.join(USER_ACCESS)}"], status=400)
    answers = _answers(access, kind)
    return json_response({"data": answers["access"], **answers})


def _answers(access: Access, kind: str) -> dict[str, bool]:
    return {"access": user_access(access, kind), "write": user_access(access, kind, "write")}

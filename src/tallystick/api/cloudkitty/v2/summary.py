"""``GET /v2/summary``: what was used and what it cost, grouped."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from tallystick.api.cloudkitty.call import Call, RatingCall
from tallystick.api.cloudkitty.moments import with_offset
from tallystick.api.cloudkitty.reading import names_of_scopes, selection_of, terms_of
from tallystick.api.cloudkitty.v2.custom_fields import parse_custom_fields
from tallystick.api.cloudkitty.v2.given import (
    PAGING,
    Given,
    associations,
    moment,
    page_of,
    read_query,
    several,
    single,
    text,
)
from tallystick.api.responses import json_response
from tallystick.reports.rated.question import SUMS, SummaryQuestion
from tallystick.reports.rated.summary import Summary, summary

ROUTER = APIRouter()


def _form(value: str) -> str:
    if value not in ("table", "object"):
        raise ValueError(f"expected table or object, not {value!r}")
    return value


_QUERY = {
    "begin": single(moment),
    "end": single(moment),
    "groupby": several(text),
    "filters": associations(repeated=True),
    "custom_fields": single(parse_custom_fields),
    "response_format": single(_form),
    **PAGING,
}


@ROUTER.get("/summary")
async def get_summary(call: Call) -> Response:
    """The sums of quantities and prices, or other amounts of them, of the points that the caller may see."""
    given = read_query(call.request, _QUERY)
    call.enforce("summary:get_summary", call.caller.project_id)
    if not call.caller.is_admin and call.caller.project_id is None:
        return json_response({"total": 0, "columns": [], "results": []})

    def work() -> Summary:
        question = _question(call, given)
        with call.home.session(call.tenant) as session:
            return summary(session, question)

    found = await call.run(work)
    return json_response(_body(found, given.get("response_format", "table")))


def _question(call: RatingCall, given: Given) -> SummaryQuestion:
    keys = names_of_scopes(call)
    return SummaryQuestion(
        selection=selection_of(call, keys, given.get("begin"), given.get("end"), given.get("filters", ())),
        groups=terms_of(given.get("groupby", ()), keys),
        amounts=given.get("custom_fields", SUMS),
        page=page_of(given),
    )


def _body(found: Summary, form: str) -> dict[str, Any]:
    rows = [{name: _shown(value) for name, value in row.items()} for row in found.rows]
    if form == "object":
        return {"total": found.total, "results": rows, "format": form}
    columns = list(rows[0]) if rows else []
    return {"total": found.total, "columns": columns, "results": [list(row.values()) for row in rows], "format": form}


def _shown(value: object) -> object:
    return with_offset(value) if isinstance(value, datetime) else value

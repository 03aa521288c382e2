"""``explain/...``: a number opened into the postings it sums and what is behind them, file and row included.

The question is a report's, in the same words; ``limit`` says how many of each are shown.
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from tallystick.api.asking import Asked, Work, ask
from tallystick.api.koku.reports import AWS_REPORTS
from tallystick.api.paths import NATIVE
from tallystick.api.schema.common import ERRORS
from tallystick.api.schema.native import Explanation
from tallystick.api.schema.parameters import REPORT
from tallystick.api.service import AwsCall, Call, FocusCall
from tallystick.reports.render import to_json
from tallystick.reports.service import explain

ROUTER = APIRouter(prefix=f"{NATIVE}/explain", tags=["explorer"], responses=ERRORS)


def _work(call: Call, name: str) -> Work:
    def answer(asked: Asked) -> str:
        found = explain(asked.session, name, asked.query, asked.context)
        levels = {"charges": found.charges.rows, "points": found.points.rows}
        names = call.home.file_names(call.tenant, {str(row["x_file_id"]) for rows in levels.values() for row in rows})
        placed = {
            level: [{**row, "file": names.get(str(row["x_file_id"])), "row": row["x_row_number"]} for row in rows]
            for level, rows in levels.items()
        }
        return to_json(found.body() | placed)

    return answer


def _add_aws(name: str) -> None:
    async def aws(call: AwsCall) -> Response:
        return await ask(call, f"explain/{name}", _work(call, name))

    ROUTER.add_api_route(
        f"/{name}/",
        aws,
        response_model=Explanation,
        openapi_extra={"parameters": REPORT},
        name=f"explain {name}",
        summary=f"What a number of {name} is made of",
    )


for _name in AWS_REPORTS:
    _add_aws(_name)


@ROUTER.get("/focus/costs/", response_model=Explanation, openapi_extra={"parameters": REPORT})
async def focus_costs(call: FocusCall) -> Response:
    """What a number of focus/costs is made of."""
    return await ask(call, "explain/focus/costs", _work(call, "focus/costs"))

"""``reports/...``: the reports, as JSON or CSV. One route per report, one way to answer them all."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Response

from tallystick.api.asking import Asked, Work, ask
from tallystick.api.negotiation import CSV, JSON
from tallystick.api.paths import KOKU
from tallystick.api.schema.common import ERRORS
from tallystick.api.schema.parameters import REPORT
from tallystick.api.schema.reports import Report
from tallystick.api.service import AwsCall, FocusCall
from tallystick.reports.flat import to_csv
from tallystick.reports.render import to_json
from tallystick.reports.service import report

_CSV_ANSWER: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {CSV: {"schema": {"type": "string"}}}}}
ROUTER = APIRouter(prefix=f"{KOKU}/reports", tags=["reports"], responses={**ERRORS, **_CSV_ANSWER})
AWS_REPORTS: Final = ("aws/costs", "aws/instance-types", "aws/storage", "aws/resources/ec2-compute")


def report_work(name: str) -> Work:
    """Answers a report's questions, in JSON or CSV."""

    def answer(asked: Asked) -> str:
        answered = report(asked.session, name, asked.query, asked.context)
        return to_csv(answered) if asked.media_type == CSV else to_json(answered.body)

    return answer


def _add_aws(name: str) -> None:
    async def aws(call: AwsCall) -> Response:
        return await ask(call, f"reports/{name}", report_work(name), (JSON, CSV))

    ROUTER.add_api_route(
        f"/{name}/",
        aws,
        response_model=Report,
        openapi_extra={"parameters": REPORT},
        name=name,
        summary=f"Report {name}",
    )


for _name in AWS_REPORTS:
    _add_aws(_name)


@ROUTER.get("/focus/costs/", response_model=Report, openapi_extra={"parameters": REPORT})
async def focus_costs(call: FocusCall) -> Response:
    """The costs of every provider at once, by any FOCUS column and tag."""
    return await ask(call, "reports/focus/costs", report_work("focus/costs"), (JSON, CSV))

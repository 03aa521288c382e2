"""``forecasts/...``: what the rest of the month may cost."""

from __future__ import annotations

from fastapi import APIRouter, Response

from tallystick.api.asking import Asked, ask
from tallystick.api.paths import KOKU
from tallystick.api.schema.common import ERRORS
from tallystick.api.schema.parameters import FORECAST
from tallystick.api.schema.reports import Forecast
from tallystick.api.service import AwsForecastCall
from tallystick.reports.render import to_json
from tallystick.reports.service import forecast

ROUTER = APIRouter(prefix=f"{KOKU}/forecasts", tags=["forecasts"], responses=ERRORS)


@ROUTER.get("/aws/costs/", response_model=Forecast, openapi_extra={"parameters": FORECAST})
async def aws_costs(call: AwsForecastCall) -> Response:
    """The cost of AWS per day from today to the end of the month, with its 95 % interval."""
    return await ask(call, "forecasts/aws/costs", _aws_costs)


def _aws_costs(asked: Asked) -> str:
    return to_json(forecast(asked.session, "aws/costs", asked.query, asked.context))

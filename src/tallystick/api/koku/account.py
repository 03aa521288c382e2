"""``account-settings/``, ``cost-type/`` and ``cloud-accounts/``: a tenant's defaults, and fixed lists beside them."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Body, Response

from tallystick.api.envelope import list_body, whole_body
from tallystick.api.errors import FieldError
from tallystick.api.paths import KOKU
from tallystick.api.responses import json_response
from tallystick.api.schema.common import ERRORS, ListEnvelope, ObjectEnvelope
from tallystick.api.schema.lists import AccountSettings, CloudAccount, CostTypeBody, DataRetention
from tallystick.api.service import AnyCall, SettingsCall, SettingsChange
from tallystick.errors import NotFoundError
from tallystick.settings.preferences import Preferences, change_preference

ROUTER = APIRouter(prefix=KOKU, tags=["settings"], responses=ERRORS)
COST_TYPES: Final = {
    "unblended_cost": ("Unblended", "Usage cost on the day you are charged"),
    "calculated_amortized_cost": ("Amortized", "Recurring and upfront costs spread over the billing period"),
    "blended_cost": ("Blended", "Usage cost at the average rate of the whole organization"),
}
_PREFERENCE_NAMES: Final = {"currency": "currency", "cost-type": "cost_type"}
"""Path element to the key in bodies."""


@ROUTER.get("/account-settings/", response_model=ObjectEnvelope[AccountSettings])
def account_settings(call: SettingsCall) -> Response:
    """The tenant's default currency and cost type."""
    chosen = call.standing().preferences
    data = {"currency": chosen.currency, "cost_type": chosen.cost_type}
    return json_response(whole_body(call.path, call.query, data))


@ROUTER.get("/account-settings/data-retention/", response_model=DataRetention)
def data_retention(call: AnyCall) -> Response:
    """How many months reports reach back, the current one included. Flat, as the reference has it."""
    return json_response(
        {
            "data_retention_months": call.home.config.retention.report_months,
            "env_override": True,
            "min_retention_months": 3,
            "max_retention_months": 120,
        }
    )


@ROUTER.put("/account-settings/data-retention/", response_model=None)
def change_data_retention(call: SettingsChange) -> Response:
    """Refused: the operator's configuration says it (``retention.report_months``)."""
    months = call.home.config.retention.report_months
    return json_response({"error": f"The configuration sets retention.report_months = {months}"}, status=403)


@ROUTER.get("/account-settings/{setting}/", response_model=ObjectEnvelope[AccountSettings])
def account_setting(setting: str, call: SettingsCall) -> Response:
    """One of them."""
    name = _name(setting)
    value = getattr(call.standing().preferences, name)
    return json_response(whole_body(call.path, call.query, {name: value}))


@ROUTER.put("/account-settings/{setting}/", status_code=204, response_model=None)
def change_account_setting(setting: str, call: SettingsChange, body: Annotated[dict[str, object], Body()]) -> Response:
    """Change one of them, for everybody of the tenant."""
    name = _name(setting)
    value = _checked(name, body.get(name), call.standing().preferences)
    change_preference(call.database, name, value)
    return Response(status_code=204)


def _name(setting: str) -> str:
    name = _PREFERENCE_NAMES.get(setting)
    if name is None:
        raise NotFoundError(f"There is no setting {setting!r}; there are: {', '.join(_PREFERENCE_NAMES)}")
    return name


def _checked(name: str, value: object, chosen: Preferences) -> str:
    allowed = COST_TYPES if name == "cost_type" else chosen.enabled_currencies
    text = value.upper() if name == "currency" and isinstance(value, str) else value
    if not isinstance(text, str) or text not in allowed:
        raise FieldError(name, f"{value!r} is not one of: {', '.join(sorted(allowed))}")
    return text


@ROUTER.get("/cost-type/", response_model=ListEnvelope[CostTypeBody])
async def cost_types(call: AnyCall) -> Response:
    """The ways to count the cost of AWS between which a tenant chooses."""
    items = [{"code": code, "name": name, "description": text} for code, (name, text) in COST_TYPES.items()]
    return json_response(list_body(call.path, call.query, items))


@ROUTER.get("/cloud-accounts/", response_model=ListEnvelope[CloudAccount])
async def cloud_accounts(call: AnyCall) -> Response:
    """Accounts of a vendor to which customers grant access: a self-hosted system has none."""
    return json_response(list_body(call.path, call.query, []))

"""``currency/`` and ``settings/currency/``: the currencies in which reports may be asked."""

from __future__ import annotations

from fastapi import APIRouter, Response

from tallystick.api.currencies import Currency, currencies
from tallystick.api.envelope import list_body
from tallystick.api.errors import FieldError
from tallystick.api.paths import KOKU
from tallystick.api.queries import last
from tallystick.api.responses import json_response
from tallystick.api.schema.common import ERRORS, ListEnvelope
from tallystick.api.schema.lists import CurrencyBody, CurrencySetting
from tallystick.api.schema.parameters import FILTER, LIST
from tallystick.api.service import AnyCall, SettingsCall, SettingsChange
from tallystick.api.settings_query import check_names, flag
from tallystick.api.tenancy import disable_currency, enable_currency
from tallystick.settings.preferences import DEFAULT_CURRENCY, Preferences

ROUTER = APIRouter(prefix=KOKU, tags=["currencies"], responses=ERRORS)


@ROUTER.get("/currency/", response_model=ListEnvelope[CurrencyBody], openapi_extra={"parameters": LIST})
def enabled(call: AnyCall) -> Response:
    """The currencies in which reports may be asked."""
    codes = call.standing().preferences.enabled_currencies
    items = [currency.body() for code, currency in currencies().items() if code in codes]
    return json_response(list_body(call.path, call.query, items))


@ROUTER.get(
    "/settings/currency/",
    response_model=ListEnvelope[CurrencySetting],
    openapi_extra={"parameters": [FILTER, *LIST]},
)
def every(call: SettingsCall) -> Response:
    """Every currency of ISO 4217, those in which reports may be asked first."""
    query = call.query
    check_names(query, filters=("enabled", "currency"))
    chosen = call.standing().preferences
    wanted, part = flag(query, "enabled"), (last(query, "filter[currency]") or "").upper()
    items = [_setting(currency, chosen) for currency in currencies().values() if part in currency.code]
    kept = [item for item in items if wanted is None or item["enabled"] is wanted]
    kept.sort(key=lambda item: not item["enabled"])
    return json_response(list_body(call.path, query, kept))


@ROUTER.post("/settings/currency/enabled/{code}/", status_code=200, response_model=None)
def enable(code: str, call: SettingsChange) -> Response:
    """Let reports be asked in a currency."""
    enable_currency(call.database, _known(code).code)
    return Response(status_code=200)


@ROUTER.delete("/settings/currency/enabled/{code}/", status_code=204, response_model=None)
def disable(code: str, call: SettingsChange) -> Response:
    """Let reports not be asked in a currency any more. Refused for what is somebody's default."""
    currency = _known(code)
    chosen = call.standing().preferences
    if currency.code in (DEFAULT_CURRENCY, chosen.currency):
        affected: dict[str, object] = {
            f"affected_{kind}": [] for kind in ("cloud_providers", "cost_models", "price_lists")
        }
        whose = "the tenant" if currency.code == chosen.currency else "the system"
        raise FieldError("code", f"{currency.code} is the default of {whose} and stays enabled", affected)
    disable_currency(call.database, currency.code)
    return Response(status_code=204)


def _known(code: str) -> Currency:
    currency = currencies().get(code.upper())
    if currency is None:
        raise FieldError("code", f"{code!r} is not a currency code of ISO 4217")
    return currency


def _setting(currency: Currency, chosen: Preferences) -> dict[str, object]:
    is_enabled = currency.code in chosen.enabled_currencies
    return {
        **currency.body(),
        "enabled": is_enabled,
        "has_dynamic_rate": False,
        "static_rates": [],
        "is_disableable": is_enabled and currency.code not in (DEFAULT_CURRENCY, chosen.currency),
    }

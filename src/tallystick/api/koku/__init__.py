"""The endpoints that clients of Koku know, below ``/api/cost-management/v1/``."""

from tallystick.api.koku import (
    access,
    account,
    currency,
    document,
    forecasts,
    reports,
    resource_types,
    sources,
    tag_settings,
    tags,
)

ROUTERS = (
    document.ROUTER,
    access.ROUTER,
    sources.ROUTER,
    account.ROUTER,
    currency.ROUTER,
    tag_settings.ROUTER,
    resource_types.ROUTER,
    tags.ROUTER,
    forecasts.ROUTER,
    reports.ROUTER,
)

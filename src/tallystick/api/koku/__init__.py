"""The endpoints that clients of Koku know, below ``/api/cost-management/v1/``."""

from tallystick.api.koku import (
    access,
    account,
    currency,
    document,
    reports,
    sources,
    tag_settings,
)

ROUTERS = (
    document.ROUTER,
    access.ROUTER,
    sources.ROUTER,
    account.ROUTER,
    currency.ROUTER,
    tag_settings.ROUTER,
    reports.ROUTER,
)

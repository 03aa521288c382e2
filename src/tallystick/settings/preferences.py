"""What a tenant has chosen for its reports: currency, cost type, and the currencies that may be asked for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from tallystick.settings.database import TenantDatabase
from tallystick.settings.models import EnabledCurrency, Tenant, TenantSetting

DEFAULT_CURRENCY = "USD"
DEFAULT_COST_TYPE = "unblended_cost"


@dataclass(frozen=True, slots=True)
class Preferences:
    """A tenant's choices; ``enabled_currencies`` always holds ``currency``."""

    currency: str = DEFAULT_CURRENCY
    cost_type: str = DEFAULT_COST_TYPE
    enabled_currencies: frozenset[str] = frozenset({DEFAULT_CURRENCY})


def read_preferences(database: TenantDatabase) -> Preferences:
    """What the tenant has chosen, and the defaults for the rest."""
    tenant = database.tenant
    with database.read() as session:
        chosen = {
            row.name: row.value
            for row in session.execute(
                select(TenantSetting.name, TenantSetting.value).where(TenantSetting.tenant_id == tenant)
            )
        }
        codes = session.scalars(select(EnabledCurrency.code).where(EnabledCurrency.tenant_id == tenant)).all()
    currency = chosen.get("currency", DEFAULT_CURRENCY)
    return Preferences(currency, chosen.get("cost_type", DEFAULT_COST_TYPE), frozenset({*codes, currency}))


def change_preference(database: TenantDatabase, name: str, value: str) -> None:
    """Store ``currency`` or ``cost_type``, and count the change in the tenant's settings version."""
    tenant = database.tenant
    with database.write() as session:
        session.merge(TenantSetting(tenant_id=tenant, name=name, value=value))
        owner = session.get(Tenant, tenant) or Tenant(tenant_id=tenant)
        owner.settings_version += 1
        session.add(owner)

"""How things stand for a tenant at the moment of a question: its release, its settings, its currencies.

Two small reads of the settings database per question; the rest is kept per release and settings version.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.access import Identity
from tallystick.planner import records
from tallystick.planner.home import Home
from tallystick.reports.context import ReportContext
from tallystick.reports.organization import Organization
from tallystick.settings.database import EVERY_TENANT, Database, TenantDatabase
from tallystick.settings.models import EnabledCurrency, Tenant
from tallystick.settings.organizations import read_places
from tallystick.settings.preferences import Preferences, read_preferences


@dataclass(frozen=True, slots=True)
class Standing:
    """What an answer depends on beside the question."""

    tenant: str
    release_id: int
    settings_version: int
    preferences: Preferences
    organization: Organization


class Standings:
    """Reads standings, and keeps what was chosen in a settings version. Thread-safe."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._settings = lru_cache(maxsize=1024)(self._read_settings)

    def of(self, tenant: str) -> Standing:
        """How things stand now."""
        version = settings_version(self._home.database.of(tenant))
        return Standing(tenant, self._home.release_id(tenant), version, *self._settings(tenant, version))

    def _read_settings(self, tenant: str, _version: int) -> tuple[Preferences, Organization]:
        database = self._home.database.of(tenant)
        return read_preferences(database), Organization(read_places(database))


def report_context(standing: Standing, caller: Identity, home: Home, base_path: str) -> ReportContext:
    """What a report question takes for granted."""
    chosen = standing.preferences
    return ReportContext(
        today=clock.today(),
        currency=chosen.currency,
        cost_type=chosen.cost_type,
        enabled_currencies=chosen.enabled_currencies,
        retention_months=home.config.retention.report_months,
        access=caller.access,
        organization=standing.organization,
        base_path=base_path,
    )


def tenants(database: Database) -> list[str]:
    """Every tenant that has ever stored anything."""
    with database.of(EVERY_TENANT).read() as session:
        return records.tenants(session)


def settings_version(database: TenantDatabase) -> int:
    """Rises with every change of a tenant's settings; 0 before the first."""
    with database.read() as session:
        return session.scalar(select(Tenant.settings_version).where(Tenant.tenant_id == database.tenant)) or 0


def enable_currency(database: TenantDatabase, code: str) -> None:
    """Let reports be asked in a currency; nothing changes where they may already."""
    with database.write() as session:
        if session.get(EnabledCurrency, (database.tenant, code)) is None:
            session.add(EnabledCurrency(tenant_id=database.tenant, code=code))
            _count_change(session, database.tenant)


def disable_currency(database: TenantDatabase, code: str) -> None:
    """Let reports not be asked in a currency any more."""
    with database.write() as session:
        row = session.get(EnabledCurrency, (database.tenant, code))
        if row is not None:
            session.delete(row)
            _count_change(session, database.tenant)


def _count_change(session: Session, tenant: str) -> None:
    owner = session.get(Tenant, tenant) or Tenant(tenant_id=tenant)
    owner.settings_version += 1
    session.add(owner)

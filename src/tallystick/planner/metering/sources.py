"""The metering sources of a tenant: what is collected, from where, and how.

What is stored is the configuration as it was written, and beside it what others read of it: ``period`` in seconds, and
``metrics`` as the document that it is.
"""

from __future__ import annotations

from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick.errors import ConfigError, NotFoundError
from tallystick.planner import records
from tallystick.planner.metering.scopes import ScopeKey
from tallystick.rating.skipping import SkipRules
from tallystick.settings.database import TenantDatabase
from tallystick.settings.metering import MeteringSource
from tallystick.sources.metering.options import MeteringConfig


def configure(database: TenantDatabase, name: str, config: MeteringConfig) -> bool:
    """Make a source, or give it another configuration. Whether there was none of this name.

    Raises ConfigError for a skip expression that is none, and where another source would share the states of scopes.
    """
    SkipRules.of(config)
    with database.write() as session:
        for other, known in configured(session, database.tenant).items():
            if other != name and ScopeKey.of("", known) == ScopeKey.of("", config):
                raise ConfigError(
                    f"the metering source {other!r} has the same scope_key, fetcher and collector: its scopes would be"
                    f" these. tally metering forget {other} first, or give the same name"
                )
        records.ensure_tenant(session, database.tenant)
        row = session.get(MeteringSource, (database.tenant, name))
        if row is None:
            session.add(MeteringSource(tenant_id=database.tenant, name=name, options=_stored(config)))
            return True
        row.options = _stored(config)
        return False


def configured(session: Session, tenant: str) -> dict[str, MeteringConfig]:
    """The configurations by name of the source."""
    rows = session.scalars(
        select(MeteringSource).where(MeteringSource.tenant_id == tenant).order_by(MeteringSource.name)
    )
    return {row.name: MeteringConfig.model_validate(row.options) for row in rows}


def forget(database: TenantDatabase, name: str) -> None:
    """Collect no more from a source; its points stay. Raises NotFoundError."""
    with database.write() as session:
        row = session.get(MeteringSource, (database.tenant, name))
        if row is None:
            raise NotFoundError(f"there is no metering source {name!r}; tally metering lists them")
        session.delete(row)


def _stored(config: MeteringConfig) -> dict[str, Any]:
    document = yaml.safe_load(config.metrics_yml)
    return config.model_dump(mode="json") | {"period": config.collect.period, "metrics": document["metrics"]}

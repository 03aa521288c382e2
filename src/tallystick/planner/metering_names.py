"""What the configured metering sources call things: the attribute that says the scope, the fetcher, the collector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick.planner.scopes import DEFAULT_SOURCE
from tallystick.settings.metering import MeteringSource


@dataclass(frozen=True, slots=True)
class MeteringNames:
    """The names of one source."""

    source: str
    scope_key: str
    fetcher: str
    collector: str


_DEFAULTS: Final = MeteringNames(DEFAULT_SOURCE, "project_id", "keystone", "gnocchi")
"""CloudKitty's own."""


def metering_names(session: Session, tenant: str) -> list[MeteringNames]:
    """Those of every metering source by name; the defaults where none is configured. The first is what posts go to."""
    rows = session.scalars(
        select(MeteringSource).where(MeteringSource.tenant_id == tenant).order_by(MeteringSource.name)
    ).all()
    return [_names(row) for row in rows] or [_DEFAULTS]


def scope_keys(session: Session, tenant: str) -> frozenset[str]:
    """The attributes that say the scope of a point."""
    return frozenset(names.scope_key for names in metering_names(session, tenant))


def _names(row: MeteringSource) -> MeteringNames:
    sections = row.options.get("sections", {})
    collect: Mapping[str, str] = sections.get("collect", {})
    return MeteringNames(
        source=row.name,
        scope_key=collect.get("scope_key", _DEFAULTS.scope_key),
        fetcher=sections.get("fetcher", {}).get("backend", _DEFAULTS.fetcher),
        collector=collect.get("collector", _DEFAULTS.collector),
    )

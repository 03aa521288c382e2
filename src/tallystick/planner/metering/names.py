"""What the configured metering sources call things: the attribute that says the scope, the fetcher, the collector."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick.planner.metering.scopes import DEFAULT_SOURCE
from tallystick.settings.metering import MeteringSource
from tallystick.sources.metering.options import CollectOptions, FetcherOptions


@dataclass(frozen=True, slots=True)
class MeteringNames:
    """The names of one source."""

    source: str
    scope_key: str
    fetcher: str
    collector: str


def metering_names(session: Session, tenant: str) -> list[MeteringNames]:
    """Those of every metering source by name; the defaults where none is configured. The first is what posts go to."""
    rows = session.scalars(
        select(MeteringSource).where(MeteringSource.tenant_id == tenant).order_by(MeteringSource.name)
    ).all()
    return [_names(row) for row in rows] or [_named(DEFAULT_SOURCE, CollectOptions(), FetcherOptions())]


def scope_keys(session: Session, tenant: str) -> frozenset[str]:
    """The attributes that say the scope of a point."""
    return frozenset(names.scope_key for names in metering_names(session, tenant))


def _names(row: MeteringSource) -> MeteringNames:
    sections = row.options["sections"]
    return _named(
        row.name,
        CollectOptions.model_validate(sections.get("collect", {})),
        FetcherOptions.model_validate(sections.get("fetcher", {})),
    )


def _named(source: str, collect: CollectOptions, fetcher: FetcherOptions) -> MeteringNames:
    return MeteringNames(source, collect.scope_key, fetcher.backend, collect.collector)

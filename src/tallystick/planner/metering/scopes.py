"""Scopes: how far each is processed, going back with one, and ordering that periods be processed again.

Going back and processing again delete nothing: points are withdrawn, and what is collected later counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.errors import ConflictError, NotFoundError
from tallystick.planner.metering.withdrawing import withdraw
from tallystick.settings.database import TenantDatabase
from tallystick.settings.metering import MeteringSource, Reprocessing, ScopeState
from tallystick.settings.models import Source
from tallystick.settings.moments import shortest_period
from tallystick.sources.metering.options import MeteringConfig

DEFAULT_SOURCE = "cloudkitty"
"""The name of the source that points belong to which are posted, and of the first that is configured."""


@dataclass(frozen=True, slots=True, order=True)
class ScopeKey:
    """What identifies a scope: its id, and by what, by whom and from where it is metered."""

    scope_id: str
    scope_key: str
    fetcher: str
    collector: str

    @classmethod
    def of(cls, scope_id: str, config: MeteringConfig) -> Self:
        """The key of a scope of a metering source."""
        return cls(scope_id, config.collect.scope_key, config.fetcher, config.collect.collector)


@dataclass(frozen=True, slots=True)
class ScopeFilter:
    """Which scopes are meant: those that have one of the given values, everywhere something is given."""

    scope_ids: Sequence[str] = ()
    scope_keys: Sequence[str] = ()
    fetchers: Sequence[str] = ()
    collectors: Sequence[str] = ()
    active: Sequence[bool] = ()

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions on scope states."""
        given = (
            (ScopeState.scope_id, self.scope_ids),
            (ScopeState.scope_key, self.scope_keys),
            (ScopeState.fetcher, self.fetchers),
            (ScopeState.collector, self.collectors),
            (ScopeState.active, self.active),
        )
        return [column.in_(values) for column, values in given if values]


def find(session: Session, tenant: str, which: ScopeFilter) -> list[ScopeState]:
    """The states of some scopes, by id."""
    ordered = ScopeState.scope_id, ScopeState.scope_key, ScopeState.fetcher, ScopeState.collector
    wanted = ScopeState.tenant_id == tenant, *which.conditions()
    return list(session.scalars(select(ScopeState).where(*wanted).order_by(*ordered)))


def create(database: TenantDatabase, key: ScopeKey, last_processed_at: datetime, *, active: bool = True) -> ScopeState:
    """Make a scope known. Raises ConflictError when it is."""
    with database.write() as session:
        if session.get(ScopeState, (database.tenant, *identity(key))) is not None:
            raise ConflictError(f"there is a scope {key.scope_id} already")
        row = ScopeState(
            tenant_id=database.tenant,
            scope_id=key.scope_id,
            scope_key=key.scope_key,
            fetcher=key.fetcher,
            collector=key.collector,
            last_processed_at=last_processed_at,
            active=active,
            toggled_at=clock.now(),
        )
        session.add(row)
    return row


def set_active(database: TenantDatabase, key: ScopeKey, active: bool) -> ScopeState:
    """Let a scope be processed, or not. Raises NotFoundError for one that is not known."""
    with database.write() as session:
        row = session.get(ScopeState, (database.tenant, *identity(key)))
        if row is None:
            raise NotFoundError(f"there is no scope {key.scope_id}")
        if row.active != active:
            row.active = active
            row.toggled_at = clock.now()
    return row


def note_problem(session: Session, tenant: str, key: ScopeKey, reason: str) -> None:
    """Remember why a scope could not be collected."""
    row = session.get_one(ScopeState, (tenant, *identity(key)))
    row.problem, row.problem_at = reason, clock.now()


def rename(database: TenantDatabase, key: ScopeKey, to: ScopeKey) -> None:
    """Let a scope be identified otherwise. Raises NotFoundError for one that is not known, ConflictError."""
    with database.write() as session:
        row = session.get(ScopeState, (database.tenant, *identity(key)))
        if row is None:
            raise NotFoundError(f"there is no scope {key.scope_id}")
        if to != key and session.get(ScopeState, (database.tenant, *identity(to))) is not None:
            raise ConflictError(f"there is a scope {to.scope_id} already")
        row.scope_id, row.scope_key, row.fetcher, row.collector = identity(to)


def reset(database: TenantDatabase, scopes: Iterable[ScopeKey], to: datetime) -> None:
    """Make the period that starts at ``to`` the last that is processed: what scopes have after it does not count.

    CloudKitty also deletes what they have in that period, and never rates it again.
    """
    tenant = database.tenant
    with database.write() as session:
        begin = to + shortest_period(session, tenant)
        for key in scopes:
            row = session.get_one(ScopeState, (tenant, *identity(key)))
            for source_id in metered_sources(session, tenant):
                withdraw(
                    session,
                    tenant,
                    source_id=source_id,
                    scope_id=key.scope_id,
                    begin=begin,
                    end=None,
                    reason=f"reset to {to.isoformat()}",
                )
            row.last_processed_at = to
            row.problem = row.problem_at = None


def metered_sources(session: Session, tenant: str) -> list[str]:
    """The ids of the sources whose points are collected or posted."""
    names = session.scalars(select(MeteringSource.name).where(MeteringSource.tenant_id == tenant)).all()
    metered = Source.tenant_id == tenant, Source.removed_at.is_(None), Source.name.in_({*names, DEFAULT_SOURCE})
    return list(session.scalars(select(Source.source_id).where(*metered).order_by(Source.source_id)))


def order_reprocessing(
    session: Session, tenant: str, scope_ids: Iterable[str], start: datetime, end: datetime, *, reason: str
) -> None:
    """Order that the periods of scopes in [``start``, ``end``) be collected and rated again."""
    last = session.scalar(select(func.max(Reprocessing.number)).where(Reprocessing.tenant_id == tenant))
    for number, scope_id in enumerate(scope_ids, (last or 0) + 1):
        session.add(
            Reprocessing(tenant_id=tenant, number=number, scope_id=scope_id, reason=reason, start_at=start, end_at=end)
        )


def identity(key: ScopeKey) -> tuple[str, str, str, str]:
    """The key of a scope's row, after the tenant."""
    return key.scope_id, key.scope_key, key.fetcher, key.collector

"""Putting the rules of a CloudKitty among those of a tenant. What is here under the same id is left as it is, but
scopes move on to the period that CloudKitty processed last: what it rated is not to be collected again.

Undated rules count from the effective moment on: in a home that has processed nothing, from the beginning of time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from tallystick.errors import ConflictError
from tallystick.planner import records
from tallystick.rating.modules import set_state, states
from tallystick.rating.rules.cloudkitty import Rules
from tallystick.settings.metering import HashmapGroup, HashmapMapping, HashmapService, PyScript, ScopeState
from tallystick.settings.models import Base
from tallystick.settings.moments import effective_moment

if TYPE_CHECKING:
    from tallystick.planner.home import Home

_UNIQUE: Final = (HashmapService, HashmapGroup, HashmapMapping, PyScript)
"""No two live ones of a tenant have the same name."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many were taken over, and how many were here already."""

    new: int
    known: int


def take_over_rules(home: Home, tenant: str, rules: Rules) -> Mapping[str, Count]:
    """Take them over, all or none, and bring the ledger up to date. Raises ConflictError for a name in use here."""
    kinds: Mapping[str, Iterable[Base]] = {
        "Services": rules.services,
        "Fields": rules.fields,
        "Groups": rules.groups,
        "Mappings": rules.mappings,
        "Thresholds": rules.thresholds,
        "Scripts": rules.scripts,
        "Collectors": rules.collectors,
    }
    with home.database.of(tenant).write() as session:
        records.ensure_tenant(session, tenant)
        moment = effective_moment(session, tenant)
        for threshold in rules.thresholds:
            threshold.effective_from = moment
        old = states(session, tenant)
        for state in rules.modules:
            set_state(session, tenant, state.module_id, state.enabled, state.priority, at=moment)
        changed = sum(state not in old for state in states(session, tenant))
        counts = {"Modules": Count(changed, len(rules.modules) - changed)}
        counts |= {name: _added(session, tenant, list(rows)) for name, rows in kinds.items()}
        moved = sum(_moved_on(session, scope) for scope in rules.scopes)
        scopes = _added(session, tenant, list(rules.scopes))
        counts["Scopes"] = Count(scopes.new + moved, scopes.known - moved)
    home.derive(tenant)
    return counts


def _added(session: Session, tenant: str, rows: list[Base]) -> Count:
    new = 0
    for row in rows:
        if session.get(type(row), inspect(type(row)).primary_key_from_instance(row)) is None:
            _check_name(session, tenant, row)
            session.add(row)
            session.flush()
            new += 1
    return Count(new, len(rows) - new)


def _moved_on(session: Session, scope: ScopeState) -> bool:
    """Whether a scope that is here was processed further there; it is here from then on, too."""
    known = session.get(ScopeState, inspect(ScopeState).primary_key_from_instance(scope))
    if known is None or scope.last_processed_at is None:
        return False
    if known.last_processed_at is not None and known.last_processed_at >= scope.last_processed_at:
        return False
    known.last_processed_at = scope.last_processed_at
    return True


def _check_name(session: Session, tenant: str, row: Base) -> None:
    if not isinstance(row, _UNIQUE) or row.deleted_at is not None:
        return
    kind = type(row)
    live = select(kind).where(kind.tenant_id == tenant, kind.name == row.name, kind.deleted_at.is_(None))
    if session.scalar(live.limit(1)) is not None:
        raise ConflictError(
            f"{kind.__tablename__}: {row.name!r} is here already, with another id; remove or rename one"
        )

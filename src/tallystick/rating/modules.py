"""The rating modules and their states: which take part from a moment on, and in which order.

A state is never overwritten while something was rated by it: a change makes a new one, effective from a moment on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick.errors import NotFoundError
from tallystick.rating.plugins.registry import installed
from tallystick.settings.metering import RatingModuleState
from tallystick.settings.moments import effective_moment


@dataclass(frozen=True, slots=True)
class RatingModule:
    """A module that exists: its name, what it does, and whether it reads its rules anew for every period."""

    module_id: str
    description: str
    hot_config: bool
    always: bool = False
    """Cannot be disabled."""


@dataclass(frozen=True, slots=True)
class ModuleState:
    """Whether a module takes part, and where in the order: the highest priority first."""

    module_id: str
    enabled: bool = False
    priority: int = 1


# The descriptions are those of CloudKitty, as its clients match on them.
MODULES: Final = {
    module.module_id: module
    for module in (
        *(RatingModule(plugin.name, plugin.summary, hot_config=True) for plugin in installed().values()),
        RatingModule("hashmap", "HashMap rating module.", hot_config=True),
        RatingModule("noop", "Dummy test module.", hot_config=False, always=True),
        RatingModule("pyscripts", "PyScripts rating module.", hot_config=True),
        RatingModule("tiers", "Graduated tiers rating module.", hot_config=True),
    )
}


def states(session: Session, tenant: str, at: datetime | None = None) -> list[ModuleState]:
    """The state of every module at a moment, by default the newest; by name."""
    newest: dict[str, ModuleState] = {}
    for row in history(session, tenant):
        if at is None or row.effective_from <= at:
            newest[row.module_id] = ModuleState(row.module_id, row.enabled, row.priority)
    return [newest.get(name) or ModuleState(name, module.always) for name, module in sorted(MODULES.items())]


def history(session: Session, tenant: str) -> list[RatingModuleState]:
    """Every state that was ever set, the oldest first."""
    of_tenant = select(RatingModuleState).where(RatingModuleState.tenant_id == tenant)
    return list(session.scalars(of_tenant.order_by(RatingModuleState.effective_from, RatingModuleState.module_id)))


def change_state(
    session: Session, tenant: str, module_id: str, enabled: bool | None = None, priority: int | None = None
) -> ModuleState:
    """Change what is given of a module's state for all that is not processed yet. Raises as :func:`set_state`."""
    return set_state(session, tenant, module_id, enabled, priority, at=effective_moment(session, tenant))


def set_state(
    session: Session,
    tenant: str,
    module_id: str,
    enabled: bool | None = None,
    priority: int | None = None,
    *,
    at: datetime,
) -> ModuleState:
    """Change what is given of a module's state, from ``at`` (see ``settings.moments.effective_moment``) on.

    Raises NotFoundError for a module that does not exist.
    """
    if module_id not in MODULES:
        raise NotFoundError(f"there is no rating module {module_id!r}; there are {', '.join(sorted(MODULES))}")
    old = next(state for state in states(session, tenant) if state.module_id == module_id)
    chosen = old.enabled if enabled is None else enabled
    new = ModuleState(
        module_id, chosen or MODULES[module_id].always, old.priority if priority is None else max(priority, 1)
    )
    if new != old:
        _supersede(session, tenant, new, at)
    return new


def _supersede(session: Session, tenant: str, state: ModuleState, at: datetime) -> None:
    """The state holds from ``at`` on, whatever was set for a later moment."""
    for row in history(session, tenant):
        if row.module_id == state.module_id and row.effective_from >= at:
            session.delete(row)
    session.flush()
    session.add(
        RatingModuleState(
            tenant_id=tenant,
            module_id=state.module_id,
            effective_from=at,
            enabled=state.enabled,
            priority=state.priority,
        )
    )
    session.flush()

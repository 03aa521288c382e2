"""Orders to process periods again: what may be ordered, and what was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick.errors import TallyError
from tallystick.planner.metering.scopes import ScopeFilter, find, order_reprocessing
from tallystick.settings.database import TenantDatabase
from tallystick.settings.metering import Reprocessing, ScopeState
from tallystick.settings.moments import shortest_period

_ALL: Final = "ALL"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ReprocessingError(TallyError):
    """An order that cannot be followed."""


def place_order(
    database: TenantDatabase,
    scope_ids: Sequence[str],
    start: datetime,
    end: datetime,
    reason: str,
    *,
    end_included: bool = False,
) -> None:
    """Order that the periods of scopes in [``start``, ``end``) be collected and rated again; ``ALL``: active ones.

    With ``end_included`` the period that begins at ``end`` belongs to them too. Raises ReprocessingError.
    """
    if not reason.strip():
        raise ReprocessingError("A reprocessing needs a reason; the given one is empty or blank.")
    if end < start:
        raise ReprocessingError(f"The end [{end}] of the reprocessing is before its start [{start}].")
    with database.write() as session:
        period = shortest_period(session, database.tenant)
        _check_aligned(start, end, period)
        end += period * end_included
        scopes = _scopes(session, database.tenant, scope_ids)
        for scope in scopes:
            _check_processed(scope, start, end, period)
        wanted = [scope.scope_id for scope in scopes]
        _check_alone(session, database.tenant, wanted, start, end)
        order_reprocessing(session, database.tenant, wanted, start, end, reason=reason)


def orders(
    session: Session, tenant: str, scope_ids: Sequence[str] = (), *, ascending: bool = False
) -> list[Reprocessing]:
    """The orders for some scopes, by default all, the newest first."""
    number = Reprocessing.number.asc() if ascending else Reprocessing.number.desc()
    wanted = [Reprocessing.tenant_id == tenant]
    if scope_ids:
        wanted.append(Reprocessing.scope_id.in_(scope_ids))
    return list(session.scalars(select(Reprocessing).where(*wanted).order_by(number)))


def _check_aligned(start: datetime, end: datetime, period: timedelta) -> None:
    """Windows are made of whole periods, which are counted from the beginning of 1970."""
    nearest_start = start - (start - _EPOCH) % period
    nearest_end = end + (_EPOCH - end) % period
    if (nearest_start, nearest_end) != (start, end):
        raise ReprocessingError(
            f"The window from [{start}] to [{end}] is not made of whole periods of {round(period.total_seconds())}"
            f" seconds. The nearest one that is: from [{nearest_start}] to [{nearest_end}]."
        )


def _scopes(session: Session, tenant: str, scope_ids: Sequence[str]) -> list[ScopeState]:
    """The active scopes that are meant."""
    if not scope_ids:
        raise ReprocessingError("No scope_ids were given.")
    if _ALL in scope_ids:
        if len(scope_ids) > 1:
            raise ReprocessingError(f"Cannot use '{_ALL}' together with other scope_ids.")
        return find(session, tenant, ScopeFilter(active=(True,)))
    found = find(session, tenant, ScopeFilter(scope_ids=scope_ids, active=(True,)))
    for scope_id in scope_ids:
        states = sum(scope.scope_id == scope_id for scope in found)
        if states != 1:
            raise ReprocessingError(f"There is {'no' if not states else 'more than one'} active scope [{scope_id}].")
    return found


def _check_processed(scope: ScopeState, start: datetime, end: datetime, period: timedelta) -> None:
    """What was never processed cannot be processed again; the last processed period can."""
    last = scope.last_processed_at
    if last is None or start > last or end > last + period:
        raise ReprocessingError(
            f"Scope [{scope.scope_id}] is processed up to the period that starts at [{last}]; it cannot be"
            f" reprocessed from [{start}] to [{end}]."
        )


def _check_alone(session: Session, tenant: str, scope_ids: Sequence[str], start: datetime, end: datetime) -> None:
    """No unfinished order of a scope may touch the window."""
    orders = session.scalars(
        select(Reprocessing).where(Reprocessing.tenant_id == tenant, Reprocessing.scope_id.in_(scope_ids))
    )
    for order in orders:
        finished = order.current_at is not None and order.current_at >= order.end_at
        if not finished and start <= order.end_at and end >= order.start_at:
            raise ReprocessingError(
                f"Scope [{order.scope_id}] already has an unfinished reprocessing from [{order.start_at}]"
                f" to [{order.end_at}], which the window from [{start}] to [{end}] touches."
            )

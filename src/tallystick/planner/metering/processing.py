"""Processing: what CloudKitty's processor does. Scopes are found, due periods collected and delivered, states moved on.

A batch is delivered and its scopes' states are moved in one transaction: every period is taken in once, whatever dies
when. A scope that cannot be collected stays where it is, says why, and holds up no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.errors import ConflictError, TallyError
from tallystick.planner.metering.collecting import Batch, Meter, batches
from tallystick.planner.metering.delivering import deliver_points, finish
from tallystick.planner.metering.late import recheck
from tallystick.planner.metering.reprocessing import reprocess
from tallystick.planner.metering.scopes import ScopeFilter, ScopeKey, find, identity, note_problem
from tallystick.planner.metering.sources import configured
from tallystick.planner.progress import Progress
from tallystick.planner.rules.unread import unread_values
from tallystick.settings.database import TenantDatabase
from tallystick.settings.metering import ScopeState

if TYPE_CHECKING:
    from tallystick.planner.home import Home

PROCESS = "process"
"""The lease to process a metering source is ``process/NAME``."""


@dataclass(frozen=True, slots=True)
class Processed:
    """What a pass over a metering source did."""

    name: str
    scopes: int
    periods: int
    """Periods of scopes that were collected."""
    points: int
    problems: int
    """Scopes that could not be collected, or 1 for a source that could not be asked for its scopes."""


def process(home: Home, tenant: str, progress: Progress) -> list[Processed]:
    """One pass over every metering source: reprocess what was ordered, process what is due, post and rate it."""
    context = home.context(tenant, progress)
    with context.database.read() as session:
        sources = configured(session, tenant)
    done = []
    for meter in (Meter(name, config) for name, config in sources.items()):
        with context.lease(f"{PROCESS}/{meter.name}"):
            done.append(_Pass(home, context.database, meter, progress).run())
    finish(home, tenant)
    if any(one.points for one in done):
        _tell_unread(home, tenant)
    return done


def _tell_unread(home: Home, tenant: str) -> None:
    """Say which thresholds could not read what was collected this month."""
    for one in unread_values(home, tenant, since=_month()):
        structlog.get_logger("tallystick.metering").warning(
            "thresholds did not count: the value is no number",
            metric=one.metric,
            field=one.field,
            points=one.points,
            scopes=one.scopes,
            example=one.example,
        )


def _month() -> datetime:
    """When this month began."""
    return clock.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


@dataclass
class _Pass:
    """One pass over one metering source."""

    home: Home
    database: TenantDatabase
    meter: Meter
    progress: Progress
    _reached: dict[str, datetime | None] = field(default_factory=dict)
    """The last period of each scope that is processed, as far as this pass knows."""

    def run(self) -> Processed:
        try:
            scopes = self.meter.fetcher.scopes()
        except TallyError as error:
            structlog.get_logger("tallystick.metering").warning(
                "scopes cannot be told", source=self.meter.name, reason=str(error)
            )
            return Processed(self.meter.name, 0, 0, 0, 1)
        keys = [self._key(scope_id) for scope_id in scopes]
        known = self._known(keys)
        self._reached = {state.scope_id: state.last_processed_at for state in known}
        reprocess(self.home, self.database, self.meter, keys)
        periods = points = 0
        problems: set[str] = set()
        until = self.meter.due_before(clock.now())
        late = self.home.config.metering.late_periods
        recheck(self.home, self.database.tenant, self.meter, self._moving_on(known, until), late)
        work = list(batches(self._due(known), until, self.meter.period))
        for number, batch in enumerate(work):
            self.progress.step("collecting", number, len(work))
            left = Batch(tuple(scope for scope in batch.scopes if scope not in problems), batch.begin, batch.end)
            if left.scopes:
                delivered, failed = self._take(left)
                problems |= failed
                points += delivered
                periods += (len(left.scopes) - len(failed)) * ((batch.end - batch.begin) // self.meter.period)
        return Processed(self.meter.name, len(scopes), periods, points, len(problems))

    def _take(self, batch: Batch) -> tuple[int, set[str]]:
        """Collect and deliver a batch; gives the number of points and the scopes that failed."""
        gathered = self.meter.gather(batch)
        collected = [scope for scope in batch.scopes if scope not in gathered.problems]

        def move(session: Session) -> None:
            self._move(session, collected, batch.begin, batch.end - self.meter.period)
            for scope_id, reason in gathered.problems.items():
                note_problem(session, self.database.tenant, self._key(scope_id), reason)

        if gathered.points.num_rows:
            deliver_points(
                self.home,
                self.database.tenant,
                self.meter.name,
                series=batch.new_series(),
                points=gathered.points,
                then=lambda session, _: move(session),
            )
        else:
            with self.database.write() as session:
                move(session)
        return gathered.points.num_rows, set(gathered.problems)

    def _move(self, session: Session, scope_ids: Iterable[str], begin: datetime, to: datetime) -> None:
        """Move scopes on from where this pass has brought them, after collecting them from ``begin``.

        Raises ConflictError where somebody else moved one.
        """
        for scope_id in scope_ids:
            row = session.get_one(ScopeState, (self.database.tenant, *identity(self._key(scope_id))))
            if row.last_processed_at != self._reached[scope_id]:
                raise ConflictError(f"the scope {scope_id} was moved while it was processed; the next pass goes on")
            row.last_processed_at = self._reached[scope_id] = to
            row.begun_at = min(row.begun_at or begin, begin)
            row.problem = row.problem_at = None

    def _known(self, keys: Sequence[ScopeKey]) -> list[ScopeState]:
        """The states of scopes, made where there is none; those that are not among them are gone."""
        own = self._key("")
        mine = ScopeFilter(scope_keys=[own.scope_key], fetchers=[own.fetcher], collectors=[own.collector])
        with self.database.write() as session:
            states = {row.scope_id: row for row in find(session, self.database.tenant, mine)}
            for key in keys:
                if key.scope_id not in states:
                    row = ScopeState(
                        tenant_id=self.database.tenant,
                        scope_id=key.scope_id,
                        scope_key=key.scope_key,
                        fetcher=key.fetcher,
                        collector=key.collector,
                    )
                    session.add(row)
                    states[key.scope_id] = row
            there = {key.scope_id for key in keys}
            for scope_id, row in states.items():
                row.gone_at = None if scope_id in there else row.gone_at or clock.now()
        return [states[key.scope_id] for key in keys]

    def _due(self, states: Iterable[ScopeState]) -> Iterable[tuple[str, datetime]]:
        """Active scopes with the start of their next period; new ones begin with the month."""
        for state in states:
            if state.active:
                last = state.last_processed_at
                yield state.scope_id, last + self.meter.period if last else _month()

    def _moving_on(self, states: Iterable[ScopeState], until: datetime) -> Iterable[tuple[str, datetime, datetime]]:
        """Active scopes that have a period to come, with the first and the last that were collected here."""
        for state in states:
            first, last = state.begun_at, state.last_processed_at
            if state.active and first and last and first <= last and last + self.meter.period < until:
                yield state.scope_id, first, last

    def _key(self, scope_id: str) -> ScopeKey:
        return ScopeKey.of(scope_id, self.meter.config)

"""The scripts that a tenant keeps: made, changed and ended like mappings, and never overwritten once they run.

A script that does not compile is refused when it is sent, so none can stop the module later.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tallystick import clock
from tallystick.rating.pyscripts.runner import check_source
from tallystick.rating.pyscripts.scripts import Script
from tallystick.rating.rules import checks
from tallystick.rating.rules.dated import DatedFilter, conditions, counting
from tallystick.rating.rules.errors import DuplicateRuleError, UnknownRuleError
from tallystick.rating.rules.retiring import Retired, retire_dated
from tallystick.settings.metering import PyScript
from tallystick.settings.moments import effective_moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptDraft:
    """A script as its author gives it. ``start`` defaults to now; no ``data`` leaves a script's text as it is."""

    name: str
    data: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    description: str | None = None


def scripts(session: Session, tenant: str, wanted: DatedFilter) -> Sequence[PyScript]:
    """The scripts that are asked for, in the order in which they were made."""
    query = select(PyScript).where(PyScript.tenant_id == tenant, *conditions(PyScript, wanted))
    return session.scalars(query.order_by(PyScript.created_at, PyScript.script_id)).all()


def script(session: Session, tenant: str, script_id: str) -> PyScript:
    """A script that is not deleted. Raises UnknownRuleError."""
    found = session.get(PyScript, (tenant, script_id))
    if found is None or found.deleted_at is not None:
        raise UnknownRuleError(f"No such script: None (UUID: {script_id})")
    return found


def create_script(session: Session, tenant: str, draft: ScriptDraft, author: str, *, force: bool = False) -> PyScript:
    """A new script; with ``force`` it may start in the past, and the days since are derived again.

    Raises InvalidRuleError and DuplicateRuleError.
    """
    now = clock.now()
    start = draft.start or now
    if not force:
        checks.check_start(start, now)
    checks.check_order(start, draft.end)
    for other in scripts(session, tenant, DatedFilter()):
        if other.name == draft.name:
            raise DuplicateRuleError(f"Script {draft.name} already exists (UUID: {other.script_id})")
    data = draft.data or ""
    check_source(draft.name, data)
    made = PyScript(
        tenant_id=tenant,
        script_id=str(uuid.uuid4()),
        name=draft.name,
        data=data,
        checksum=checksum(data),
        start_at=start,
        end_at=draft.end,
        created_at=now,
        created_by=author,
        description=draft.description,
    )
    session.add(made)
    session.flush()
    return made


def update_script(session: Session, tenant: str, script_id: str, draft: ScriptDraft, author: str) -> PyScript:
    """Change a script that has not started: its text, period and description, never its name. End one that is running.

    Raises UnknownRuleError and InvalidRuleError.
    """
    row = script(session, tenant, script_id)
    now = clock.now()
    if row.start_at < now:
        checks.check_running(row.start_at, row.end_at, draft.end, now, changed=_is_other(row, draft))
        row.end_at = draft.end
    else:
        start = draft.start or row.start_at
        checks.check_start(start, now)
        checks.check_order(start, draft.end)
        if draft.data is not None:
            check_source(row.name, draft.data)
            row.data, row.checksum = draft.data, checksum(draft.data)
        row.start_at, row.end_at, row.description = start, draft.end, draft.description
    row.updated_by = author
    session.flush()
    return row


def delete_script(session: Session, tenant: str, script_id: str, author: str) -> None:
    """End a script. Raises UnknownRuleError, also for one that is deleted."""
    retire_dated(script(session, tenant, script_id), Retired(author, effective_moment(session, tenant)))


def active_scripts(session: Session, tenant: str, begin: datetime, end: datetime) -> list[Script]:
    """The scripts that are for any period that starts in [``begin``, ``end``), each with the periods it is for."""
    rows = session.scalars(select(PyScript).where(*counting(PyScript, tenant, begin, end)))
    return sorted((_rule(row) for row in rows), key=lambda one: (one.created_at, one.script_id))


def checksum(data: str) -> str:
    """SHA-512 of a text, hexadecimal."""
    return hashlib.sha512(data.encode()).hexdigest()


def _rule(row: PyScript) -> Script:
    ends = [moment for moment in (row.end_at, row.effective_to) if moment is not None]
    return Script(row.script_id, row.name, row.data, row.created_at, row.start_at, min(ends, default=None))


def _is_other(row: PyScript, draft: ScriptDraft) -> bool:
    """Whether a draft says anything that the script is not; what it leaves out is not a change."""
    given = {"name": draft.name, "data": draft.data, "start_at": draft.start, "description": draft.description}
    return any(value and value != getattr(row, name) for name, value in given.items())

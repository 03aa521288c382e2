"""What dated rules (mappings and scripts) allow, and how clients are told what they do not."""

from __future__ import annotations

from datetime import UTC, datetime

from tallystick.rating.rules.errors import InvalidRuleError


def shown(moment: datetime) -> str:
    """A moment in UTC, as texts show it."""
    return str(moment.astimezone(UTC).replace(tzinfo=None))


def check_start(start: datetime, now: datetime) -> None:
    """Raises InvalidRuleError for a start in the past."""
    if start < now:
        raise InvalidRuleError(
            f"Cannot create a rule with start in the past. start=[{shown(start)}] current time=[{shown(now)}]."
        )


def check_order(start: datetime, end: datetime | None) -> None:
    """Raises InvalidRuleError for an end before the start."""
    if end is not None and end < start:
        raise InvalidRuleError(f"Cannot create a rule with start after end. start=[{shown(start)}] end=[{shown(end)}].")


def check_running(
    start: datetime, old_end: datetime | None, new_end: datetime | None, now: datetime, *, changed: bool
) -> None:
    """Raises InvalidRuleError unless all that happens to a running rule is that it gets an end in the future."""
    if old_end is not None:
        raise InvalidRuleError("Cannot update a rule that was already processed and has a defined end date.")
    if changed:
        raise InvalidRuleError(
            "You are allowed to update only the attribute [end] as this rule is already running as it started on"
            f" [{shown(start)}]"
        )
    if new_end is not None and new_end <= now:
        raise InvalidRuleError(f"End date must be in the future. end=[{shown(new_end)}] current time=[{shown(now)}]")


def check_one_parent(service_id: str | None, field_id: str | None) -> None:
    """Raises InvalidRuleError unless a rule is of a service or of a field."""
    if service_id and field_id:
        raise InvalidRuleError("You can only specify one parent.")
    if not (service_id or field_id):
        raise InvalidRuleError("You must specify one parent.")


def parent(service_id: str | None, field_id: str | None) -> str:
    """Whose rule it is."""
    return f"service '{service_id}'" if service_id else f"field '{field_id}'"

"""The one clock: every "now" and "today" of Tallystick is read here, in UTC."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime


def now() -> datetime:
    """The current moment, UTC. ``TALLY_NOW`` (ISO 8601) replaces it, for demonstrations and tests."""
    fixed = os.environ.get("TALLY_NOW")
    if fixed:
        moment = datetime.fromisoformat(fixed)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime.now(UTC)


def today() -> date:
    """The current UTC day."""
    return now().date()

"""Who asks, when, and with which defaults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tallystick.access import EVERYTHING, Access
from tallystick.reports.organization import NO_ORGANIZATION, Organization


@dataclass(frozen=True, slots=True)
class ReportContext:
    """What a question takes for granted."""

    today: date
    """UTC."""
    currency: str = "USD"
    """The tenant's; used where the question names none."""
    cost_type: str = "unblended_cost"
    """The tenant's; used by families that have it as a measure."""
    enabled_currencies: frozenset[str] = frozenset({"USD"})
    retention_months: int | None = None
    """Months back, the current one included, that dates may lie; None for any date that has data."""
    access: Access = EVERYTHING
    organization: Organization = NO_ORGANIZATION
    """The tree that AWS accounts stand in."""
    base_path: str = "/"
    """Where links of an answer point to."""

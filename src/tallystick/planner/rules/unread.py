"""What thresholds could not read in a tenant's points."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tallystick.planner import proving
from tallystick.rating.hashmap import BEGINNING
from tallystick.rating.unread import UnreadValue, unread

if TYPE_CHECKING:
    from tallystick.planner.home import Home


def unread_values(home: Home, tenant: str, since: datetime = BEGINNING) -> list[UnreadValue]:
    """Values of the current release that are no number though thresholds look at them, by metric and field."""
    books = home.books(tenant)
    thresholds = books.rating.rules.thresholds
    if all(one.field is None for one in thresholds):
        return []
    with home.session(tenant) as session:
        return unread(session, thresholds, proving.metered(books).withdrawals, since)

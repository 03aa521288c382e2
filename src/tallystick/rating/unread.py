"""Values that thresholds look at and that are no number: the thresholds do not count for those points.

CloudKitty stops the scope at such a value. Here the rest is rated, and this is how somebody gets to know.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tallystick.engine.models import unread_values
from tallystick.engine.relations import relation_of
from tallystick.engine.session import Session
from tallystick.lake.schemas import ColumnType
from tallystick.rating.hashmap import Threshold

_THRESHOLDS = {
    "service": ColumnType.TEXT,
    "field": ColumnType.TEXT,
    "scope_id": ColumnType.TEXT,
    "start_at": ColumnType.TIMESTAMP,
    "end_at": ColumnType.TIMESTAMP,
}
_ASKED = {"since": ColumnType.TIMESTAMP}


@dataclass(frozen=True, slots=True)
class UnreadValue:
    """A field of a metric whose value is no number in some points, though thresholds look at it."""

    metric: str
    field: str
    points: int
    scopes: int
    """How many have such points."""
    example: str


def unread(session: Session, thresholds: Iterable[Threshold], withdrawals: str, since: datetime) -> list[UnreadValue]:
    """Those of the points that count and whose period starts at ``since`` or later, as they were delivered.

    ``withdrawals`` is the relation of what does not count, as a SELECT.
    """
    looking = [
        (one.service, one.field, one.scope_id, one.start_at, one.end_at) for one in thresholds if one.field is not None
    ]
    inputs = (
        f"withdrawals AS ({withdrawals}), delivered_points AS (SELECT * FROM points),"
        f" field_thresholds AS ({relation_of(_THRESHOLDS, looking)}),"
        f" asked AS ({relation_of(_ASKED, [(since,)])})"
    )
    rows = session.rows(f"WITH {inputs} SELECT * FROM ({unread_values()}) AS found ORDER BY metric, field")
    return [UnreadValue(*row) for row in rows]

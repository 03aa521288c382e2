"""Points that somebody posts: a delivery for each scope, known by its content.

The same points posted again change nothing, so that a client may try again; what was withdrawn since counts once more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tallystick.planner.metering import deliver_points, finish
from tallystick.planner.metering_names import metering_names
from tallystick.settings.metering import Withdrawal

if TYPE_CHECKING:
    from tallystick.planner.home import Home

NO_SCOPE: Final = "__UNDEF__"
"""The scope of points that lack the attribute that says it."""

_MOMENT: Final = pa.timestamp("us", tz="UTC")
_NUMBER: Final = pa.decimal128(38, 18)
_PAIRS: Final = pa.map_(pa.string(), pa.string())
_SCHEMA: Final = pa.schema(
    [
        ("begin", _MOMENT),
        ("end", _MOMENT),
        ("scope_id", pa.string()),
        ("metric", pa.string()),
        ("unit", pa.string()),
        ("qty", _NUMBER),
        ("price", _NUMBER),
        ("description", pa.string()),
        ("groupby", _PAIRS),
        ("metadata", _PAIRS),
    ]
)


@dataclass(frozen=True, slots=True)
class PostedPoint:
    """A point with the price that its deliverer says."""

    begin: datetime
    end: datetime
    metric: str
    unit: str
    qty: Decimal
    price: Decimal
    groupby: Mapping[str, str]
    metadata: Mapping[str, str]
    description: str | None = None


def post_points(home: Home, tenant: str, points: Sequence[PostedPoint]) -> None:
    """Take points in; they are visible when this returns, or with a broker as soon as workers have read them.

    Raises RefusedError for points that cannot be accepted.
    """
    with home.database.of(tenant).read() as session:
        names = metering_names(session, tenant)[0]
        by_scope: dict[str, list[PostedPoint]] = {}
        for point in points:
            by_scope.setdefault(point.groupby.get(names.scope_key) or NO_SCOPE, []).append(point)
        withdrawn = _last_withdrawals(session, tenant)
    for scope, own in sorted(by_scope.items()):
        series = f"posted/{_digest(scope, own, withdrawn.get(scope))}"
        deliver_points(home, tenant, names.source, series=series, points=_table(scope, own))
    finish(home, tenant)


def _last_withdrawals(session: Session, tenant: str) -> dict[str, datetime]:
    """When something of a scope was last withdrawn."""
    rows = session.execute(
        select(Withdrawal.scope_id, func.max(Withdrawal.withdrawn_at))
        .where(Withdrawal.tenant_id == tenant)
        .group_by(Withdrawal.scope_id)
    )
    return {scope: moment for scope, moment in rows}  # noqa: C416


def _digest(scope: str, points: Sequence[PostedPoint], withdrawn_at: datetime | None) -> str:
    written = repr((scope, points, withdrawn_at and withdrawn_at.isoformat()))
    return hashlib.sha256(written.encode(errors="backslashreplace")).hexdigest()


def _table(scope: str, points: Sequence[PostedPoint]) -> pa.Table:
    rows = [
        {
            "begin": point.begin,
            "end": point.end,
            "scope_id": scope,
            "metric": point.metric,
            "unit": point.unit,
            "qty": point.qty,
            "price": point.price,
            "description": point.description,
            "groupby": list(point.groupby.items()),
            "metadata": list(point.metadata.items()),
        }
        for point in points
    ]
    return pa.Table.from_pylist(rows, _SCHEMA)

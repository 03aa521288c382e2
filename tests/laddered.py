"""Rating points by ladders in memory, day by day as the planner does, for the tests of several rooms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from tallystick.engine.models import tiers_model
from tallystick.engine.testing import memory_session
from tallystick.rating.ladders import Ladder, Tier, relation
from tallystick.rating.withdrawals import WithdrawnFile
from tallystick.rating.withdrawals import relation as withdrawals

FIRST = datetime(2026, 8, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Traffic:
    """A point of a metric; one with a ``price`` was delivered with it."""

    qty: Decimal | str | int
    begin: datetime = FIRST
    scope_id: str | None = "p1"
    metric: str = "traffic"
    resource: str = "r1"
    price: Decimal | None = None
    file: str = "f"


def ladder(*tiers: tuple[str | int | None, str | int], scope: str | None = None, **dates: datetime) -> Ladder:
    """Of the traffic: upper ends and costs."""
    made = tuple(Tier(None if up_to is None else Decimal(up_to), Decimal(cost)) for up_to, cost in tiers)
    return Ladder(service="traffic", scope_id=scope, tiers=made, **dates)  # type: ignore[arg-type]


def row(number: int, point: Traffic) -> dict[str, object]:
    """A row of the points table."""
    return {
        "x_file_id": point.file,
        "x_row_number": number,
        "x_dimension_set_id": point.resource,
        "period_start": point.begin.astimezone(UTC).replace(tzinfo=None),
        "scope_id": point.scope_id,
        "metric": point.metric,
        "qty": Decimal(point.qty),
        "price": point.price,
    }


def month_prices(
    points: Sequence[Traffic], ladders: Sequence[Ladder], *, before: str = "0", withdrawn: Iterable[WithdrawnFile] = ()
) -> list[Decimal]:
    """The prices of a month's points, in their order; ``before`` is what modules made of each until now."""
    found: dict[int, Decimal] = {}
    with memory_session(points=[row(number, point) for number, point in enumerate(points)]) as session:
        session.rows(f"CREATE VIEW withdrawals AS {withdrawals(withdrawn)}")
        for day in sorted({one.begin.astimezone(UTC).date() for one in points}):
            for name, select in _views(day, ladders, before).items():
                session.rows(f"CREATE OR REPLACE VIEW {name} AS {select}")
            rated = tiers_model("SELECT * FROM unrated").sql
            found |= dict(session.rows(f"SELECT x_row_number, price FROM ({rated}) AS rated"))
    return [found[number] for number in sorted(found)]


def _views(day: date, ladders: Iterable[Ladder], before: str) -> dict[str, str]:
    price = f"CAST('{before}' AS DECIMAL(38, 18))"
    return {
        "tiers": relation(day, ladders),
        "delivered_points": f"SELECT * FROM points WHERE CAST(period_start AS DATE) = DATE '{day}'",
        "earlier_points": f"SELECT * FROM points WHERE CAST(period_start AS DATE) < DATE '{day}'",
        "unrated": f"SELECT * REPLACE ({price} AS price) FROM delivered_points WHERE price IS NULL",
    }

"""The change from the period before: its value, and in percent of what was."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Final

from tallystick.decimals import EXACT
from tallystick.reports.table import Amounts, Buckets
from tallystick.reports.time_scope import TimeScope

_PERCENT: Final = Context(prec=28)
"""Percentages are quotients: 28 significant digits."""
_NEGLIGIBLE: Final = Decimal("1e-9")
"""A base below this (in units of the currency) gives no percentage."""


@dataclass(frozen=True, slots=True)
class Change:
    """Now minus before."""

    value: Decimal
    percent: Decimal | None
    """None where there was nothing, or next to nothing, before."""


def change(now: Decimal, before: Decimal) -> Change:
    """The change between two amounts."""
    value = EXACT.subtract(now, before)
    if abs(before) < _NEGLIGIBLE:
        return Change(value, None)
    return Change(value, _PERCENT.divide(EXACT.multiply(value, Decimal(100)), before))


def amount_of(delta: str, amounts: Amounts | None) -> Decimal:
    """What a delta (``cost``, ``cost_total`` or ``usage``) compares."""
    if amounts is None:
        return Decimal(0)
    return amounts.quantity if delta == "usage" else amounts.total


def aligned(before: Buckets, scope: TimeScope) -> Buckets:
    """The prior period's cells under the buckets that follow them; days that nothing follows are left out."""
    if scope.units != "month":
        return before
    result: Buckets = {}
    for bucket, cells in before.items():
        following = scope.following(bucket)
        if following is not None:
            result[following] = cells
    return result

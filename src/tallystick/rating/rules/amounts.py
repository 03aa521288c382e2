"""Costs and levels: decimals that the ledger can hold, as text of one form."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tallystick.rating.rules.errors import InvalidRuleError

SCALE: Final = 18
_INTEGER_DIGITS: Final = 38 - SCALE


def stored(amount: Decimal, name: str) -> str:
    """The text of a cost or level.

    Raises InvalidRuleError for more than 18 decimals or 20 digits before the point: such a number would be rounded.
    """
    if not amount.is_finite():
        raise InvalidRuleError(f"{name} is {amount}, and must be a number.")
    if not amount:
        return "0"
    if amount.adjusted() >= _INTEGER_DIGITS:
        raise InvalidRuleError(f"{name} is {amount}, which has more than {_INTEGER_DIGITS} digits before the point.")
    if amount.adjusted() >= -SCALE:
        whole, _, decimals = f"{amount:f}".partition(".")
        decimals = decimals.rstrip("0")
        if len(decimals) <= SCALE:
            return f"{whole}.{decimals}" if decimals else whole
    raise InvalidRuleError(f"{name} is {amount}, which has more than {SCALE} decimals; it is never rounded silently.")

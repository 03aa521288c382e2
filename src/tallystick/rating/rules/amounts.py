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
    plain = f"{amount:f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    whole, _, decimals = plain.lstrip("-").partition(".")
    if len(decimals) > SCALE:
        raise InvalidRuleError(
            f"{name} is {plain}, which has more than {SCALE} decimals; it is never rounded silently."
        )
    if len(whole.lstrip("0")) > _INTEGER_DIGITS:
        raise InvalidRuleError(f"{name} is {plain}, which has more than {_INTEGER_DIGITS} digits before the point.")
    return "0" if plain == "-0" else plain

"""Adding decimals without losing a digit: Python's default context keeps only 28 of them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal
from functools import reduce
from typing import Final

EXACT: Final = Context(prec=100)
"""Wide enough that no sum of DECIMAL(38, 18) values is ever rounded."""


def exact_sum(values: Iterable[Decimal]) -> Decimal:
    """The exact sum; 0 of none."""
    return reduce(EXACT.add, values, Decimal(0))

"""The one kernel for products of money: exact, then rounded half away from zero at scale 18.

DECIMAL(38, 18) times DECIMAL(38, 18) does not fit any engine's decimals, so a factor is taken apart into its whole part
and its fraction, both with the factor's sign. Three of the four partial products are exact at scale 18; only that of
the fractions is rounded, and as all four have the sign of the result, so is the result.

A model calls the kernel by the names below, with column names as arguments; :func:`expanded` puts in what they stand
for, on every engine the same. A product that does not fit DECIMAL(38, 18) is an error of the engine, not a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final


def whole_of(factor: str) -> str:
    """The whole part of a factor."""
    return f"CAST(TRUNC({factor}) AS DECIMAL(20, 0))"


def fraction_of(factor: str) -> str:
    """What its whole part lacks."""
    return f"CAST({factor} - TRUNC({factor}) AS DECIMAL(18, 18))"


def short_of(factor: str) -> str:
    """The factor where it has at most nine decimals, as most have, else NULL."""
    nine = f"CAST({fraction_of(factor)} AS DECIMAL(10, 9))"
    return f"CASE WHEN {nine} = {fraction_of(factor)} THEN CAST({whole_of(factor)} + {nine} AS DECIMAL(29, 9)) END"


def product_of_parts(short_a: str, whole_a: str, fraction_a: str, short_b: str, whole_b: str, fraction_b: str) -> str:
    """The product of two factors that were taken apart, once for many products.

    Two short factors have an exact product, without the division that rounding takes: that is twenty times as fast.
    """
    rounded = f"CAST({fraction_a} * {fraction_b} AS DECIMAL(38, 18))"
    exact = f"CAST({whole_a} * {whole_b} AS DECIMAL(38, 18)) + {whole_a} * {fraction_b} + {fraction_a} * {whole_b}"
    return f"COALESCE({short_a} * {short_b}, CAST({exact} + {rounded} AS DECIMAL(38, 18)))"


def mul_money(factor_a: str, factor_b: str) -> str:
    """The product of two DECIMAL(38, 18)."""
    parts = (part(factor) for factor in (factor_a, factor_b) for part in (short_of, whole_of, fraction_of))
    return product_of_parts(*parts)


KERNELS: Final[Mapping[str, Callable[..., str]]] = {
    "WHOLE_OF": whole_of,
    "FRACTION_OF": fraction_of,
    "SHORT_OF": short_of,
    "PRODUCT_OF_PARTS": product_of_parts,
    "MUL_MONEY": mul_money,
}
"""What models may call."""

_CALL: Final = re.compile(rf"\b({'|'.join(KERNELS)})\(([\w.]+(?:, [\w.]+)*)\)")
_NAME: Final = re.compile(rf"\b({'|'.join(KERNELS)})\b")


def expanded(sql: str) -> str:
    """A model with its kernels put in. Raises ValueError for one whose arguments are not names of columns."""
    text = _CALL.sub(lambda call: KERNELS[call[1]](*call[2].split(", ")), sql)
    if left := _NAME.search(text):
        raise ValueError(f"{left[0]} takes names of columns, separated by a comma and a space")
    return text

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

_NINE: Final = "DECIMAL(10, 9)"


def whole_of(factor: str) -> str:
    """The whole part of a factor."""
    return f"CAST(TRUNC({factor}) AS DECIMAL(20, 0))"


def fraction_of(factor: str) -> str:
    """What its whole part lacks."""
    return f"CAST({factor} - TRUNC({factor}) AS DECIMAL(18, 18))"


def product_of_parts(whole_a: str, fraction_a: str, whole_b: str, fraction_b: str) -> str:
    """The product of two factors that have been taken apart.

    Fractions of at most nine digits, as most are, are multiplied without the division that rounding takes.
    """
    short_a, short_b = f"CAST({fraction_a} AS {_NINE})", f"CAST({fraction_b} AS {_NINE})"
    fractions = (
        f"CASE WHEN {short_a} = {fraction_a} AND {short_b} = {fraction_b} "
        f"THEN CAST({short_a} * {short_b} AS DECIMAL(38, 18)) "
        f"ELSE CAST({fraction_a} * {fraction_b} AS DECIMAL(38, 18)) END"
    )
    exact = f"CAST({whole_a} * {whole_b} AS DECIMAL(38, 18)) + {whole_a} * {fraction_b} + {fraction_a} * {whole_b}"
    return f"CAST({exact} + {fractions} AS DECIMAL(38, 18))"


def mul_money(factor_a: str, factor_b: str) -> str:
    """The product of two DECIMAL(38, 18)."""
    return product_of_parts(whole_of(factor_a), fraction_of(factor_a), whole_of(factor_b), fraction_of(factor_b))


KERNELS: Final[Mapping[str, Callable[..., str]]] = {
    "WHOLE_OF": whole_of,
    "FRACTION_OF": fraction_of,
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

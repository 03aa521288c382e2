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

Parts = tuple[str, str, str]
"""Of a factor: itself where it has at most nine decimals, as most have, else NULL; its whole part; the rest."""


def mul_money(factor_a: str, factor_b: str) -> str:
    """The product of two DECIMAL(38, 18)."""
    return _rounded(_parts(factor_a), _parts(factor_b))


def parts_of(factor: str) -> str:
    """The parts of a factor of many products, as columns that are named after it."""
    named = zip(_parts(factor), _columns(factor), strict=True)
    return ", ".join(f"{part} AS {column}" for part, column in named)


def product_of_parts(factor_a: str, factor_b: str) -> str:
    """The product of two factors whose parts are columns.

    Two short factors have an exact product, without the division that rounding takes: twenty times as fast.
    """
    a, b = _columns(factor_a), _columns(factor_b)
    return f"COALESCE({a[0]} * {b[0]}, {_rounded(a, b)})"


def _columns(factor: str) -> Parts:
    return f"{factor}_short", f"{factor}_whole", f"{factor}_fraction"


def _parts(factor: str) -> Parts:
    whole = f"CAST(TRUNC({factor}) AS DECIMAL(20, 0))"
    fraction = f"CAST({factor} - TRUNC({factor}) AS DECIMAL(18, 18))"
    nine = f"CAST({fraction} AS DECIMAL(10, 9))"
    return f"CASE WHEN {nine} = {fraction} THEN CAST({whole} + {nine} AS DECIMAL(29, 9)) END", whole, fraction


def _rounded(a: Parts, b: Parts) -> str:
    (_short_a, whole_a, fraction_a), (_short_b, whole_b, fraction_b) = a, b
    rounded = f"CAST({fraction_a} * {fraction_b} AS DECIMAL(38, 18))"
    exact = f"CAST({whole_a} * {whole_b} AS DECIMAL(38, 18)) + {whole_a} * {fraction_b} + {fraction_a} * {whole_b}"
    return f"CAST({exact} + {rounded} AS DECIMAL(38, 18))"


KERNELS: Final[Mapping[str, Callable[..., str]]] = {
    "MUL_MONEY": mul_money,
    "PARTS_OF": parts_of,
    "PRODUCT_OF_PARTS": product_of_parts,
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

"""The one kernel for products of money: exact, then rounded half away from zero at scale 18.

DECIMAL(38, 18) times DECIMAL(38, 18) does not fit any engine's decimals, so a factor is taken apart into its whole part
and its fraction, both with the factor's sign. Three of the four partial products are exact at scale 18; only that of
the fractions is rounded, and as all four have the sign of the result, so is the result.

A model calls these as :mod:`tallystick.engine.kernels` says. A product that does not fit DECIMAL(38, 18) is an error of
the engine, not a value.
"""

from __future__ import annotations

from typing import Final

_SHORT: Final = "DECIMAL(29, 9)"


def mul_money(factor_a: str, factor_b: str) -> str:
    """The product of two DECIMAL(38, 18)."""
    (whole_a, fraction_a), (whole_b, fraction_b) = _parts(factor_a), _parts(factor_b)
    rounded = f"CAST({fraction_a} * {fraction_b} AS DECIMAL(38, 18))"
    exact = f"CAST({whole_a} * {whole_b} AS DECIMAL(38, 18)) + {whole_a} * {fraction_b} + {fraction_a} * {whole_b}"
    return f"CAST({exact} + {rounded} AS DECIMAL(38, 18))"


def short_of(factor: str, near: str) -> str:
    """A factor as one with nine decimals, NULL where it has more.

    That is ``near`` rounded to nine decimals where this gives the factor, whatever ``near`` is: the factor itself, or
    the same in a type that is rounded faster.
    """
    rounded = f"TRY_CAST({near} AS {_SHORT})"
    return f"CASE WHEN {rounded} = {factor} THEN {rounded} END"


def guess_of(factor: str) -> str:
    """Something near to a factor that is the only one of its group, in a type that is rounded fast.

    DuckDB rounds a double twenty times as fast as a DECIMAL(38, 18), and its mean of decimals is the one fast way to a
    double. Nothing is computed with a guess: see :func:`short_of`.
    """
    return f"AVG({factor})"


def mul_short(factor_a: str, factor_b: str) -> str:
    """The product of two factors whose short forms are columns: ``a_short`` of ``a``.

    Two short factors have an exact product, without the divisions that rounding takes: twenty times as fast.
    """
    short_a, short_b = f"{factor_a}_short", f"{factor_b}_short"
    are_short = f"{short_a} IS NOT NULL AND {short_b} IS NOT NULL"
    product = f"CAST({short_a} * {short_b} AS DECIMAL(38, 18))"
    return f"CASE WHEN {are_short} THEN {product} ELSE {mul_money(factor_a, factor_b)} END"


def _parts(factor: str) -> tuple[str, str]:
    """The whole part and the rest."""
    return f"CAST(TRUNC({factor}) AS DECIMAL(20, 0))", f"CAST({factor} - TRUNC({factor}) AS DECIMAL(18, 18))"

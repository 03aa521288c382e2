"""Quantities are exact: what is rounded is only what has more than 18 decimals."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.sources.metering.quantities import Conversion, Mutation, rounded


@pytest.mark.parametrize(
    ("number", "factor", "offset", "mutation", "quantity"),
    [
        ("5", "1", "0", "NONE", "5"),
        ("0.30000000000000004", "1", "0", "NONE", "0.30000000000000004"),
        ("123456789012", "1/1048576", "0", "NONE", "117737.568866729736328125"),
        ("2", "1.1", "1/3", "NONE", "2.533333333333333333"),
        ("-0.5", "1/3", "0", "NONE", "-0.166666666666666667"),
        ("1e-18", "1/2", "0", "NONE", "0.000000000000000001"),
        ("-1e-18", "1/2", "0", "NONE", "-0.000000000000000001"),
        ("1e-30", "1", "0", "NONE", "0"),
        ("-3", "1", "0", "NUMBOOL", "1"),
        ("3", "1", "-3", "NUMBOOL", "0"),
        ("0", "1", "0", "NOTNUMBOOL", "1"),
        ("-2.3", "1", "0", "FLOOR", "-3"),
        ("-2.3", "1", "0", "CEIL", "-2"),
        ("6", "1/3", "0", "CEIL", "2"),
        ("11", "1", "0", "MAP", "7.5"),
        ("11.0", "1", "0", "MAP", "7.5"),
        ("12", "1", "0", "MAP", "0"),
    ],
)
def test_a_number_becomes_a_quantity(number: str, factor: str, offset: str, mutation: str, quantity: str) -> None:
    conversion = Conversion(Fraction(factor), Fraction(offset), Mutation(mutation), {Fraction(11): Fraction(15, 2)})
    assert conversion(number) == Decimal(quantity)
    assert conversion(number) == Decimal(quantity)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("NaN", "it is NaN, which cannot be rated"),
        ("+Inf", r"it is \+Inf, which cannot be rated"),
        ("many", "'many' is not a number"),
        ("1e999999999", "beyond what a number can be"),
        ("100000000000000000000", "more than 20 digits"),
    ],
)
def test_what_is_no_quantity_is_refused(number: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Conversion()(number)


@given(st.decimals(min_value=Decimal("-1e19"), max_value=Decimal("1e19"), places=18))
def test_eighteen_decimals_are_kept(number: Decimal) -> None:
    assert Conversion()(str(number)) == number


@given(st.fractions(min_value=-(10**15), max_value=10**15))
def test_more_are_rounded_half_away_from_zero(value: Fraction) -> None:
    off = abs(Fraction(rounded(value))) - abs(value)
    assert -Fraction(1, 2 * 10**18) < off <= Fraction(1, 2 * 10**18)

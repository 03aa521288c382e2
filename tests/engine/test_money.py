"""The kernel for products of money, against Python's decimals."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tallystick.engine.kernels import expanded

WIDE = Context(prec=100, rounding=ROUND_HALF_UP)
LEAST = Decimal("1e-18")
Pair = tuple[Decimal, Decimal]


def decimals(digits: int) -> st.SearchStrategy[Decimal]:
    """Of DECIMAL(38, 18), with at most so many digits in all."""
    return st.integers(-(10**digits) + 1, 10**digits - 1).map(lambda whole: Decimal(whole).scaleb(-18, WIDE))


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Factors whose product fits: 38 digits before and 36 after the point are shared between them."""
    digits = draw(st.integers(1, 37))
    return draw(decimals(digits)), draw(decimals(min(38, 56 - digits)))


def product(pair: Pair) -> Decimal:
    """Half away from zero at scale 18: what ROUND_HALF_UP means in Python."""
    return WIDE.quantize(WIDE.multiply(*pair), LEAST)


def products(factors: Sequence[Pair]) -> list[Decimal]:
    rows = ", ".join(
        f"({number}, '{a:f}'::DECIMAL(38, 18), '{b:f}'::DECIMAL(38, 18))" for number, (a, b) in enumerate(factors)
    )
    given = f"SELECT *, GUESS_OF(a) AS guess FROM (VALUES {rows}) AS given (number, a, b) GROUP BY number, a, b"
    shorts = f"SELECT *, SHORT_OF(a, guess) AS a_short, SHORT_OF(b, b) AS b_short FROM ({given}) AS guessed"
    sql = f"SELECT MUL_MONEY(given.a, b), MUL_SHORT(a, b) FROM ({shorts}) AS given ORDER BY number"
    found = duckdb.sql(expanded(sql)).fetchall()
    assert all(one == other for one, other in found)
    return [one for one, _other in found]


@settings(deadline=None)
@given(st.lists(pairs(), min_size=1, max_size=200))
@example(
    [(Decimal("1e12"), Decimal("1e6")), (Decimal("1e12"), Decimal("-1e6")), (LEAST, LEAST), (LEAST, Decimal("0.5"))]
)
def test_products_are_exact_and_rounded_once(factors: list[Pair]) -> None:
    assert products(factors) == [product(pair) for pair in factors]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("0.000000001", "0.0000000005", "0.000000000000000001"),
        ("-0.000000001", "0.0000000005", "-0.000000000000000001"),
        ("0.000000001", "0.00000000049", "0"),
        ("3.000000000000000001", "0.5", "1.500000000000000001"),
        ("-3.000000000000000001", "0.5", "-1.500000000000000001"),
        ("9999999999.999999999999999999", "9999999999.999999999999999999", "99999999999999999999.99999998"),
        ("0.9999999999", "0.9999999999", "0.9999999998"),
        ("99999999999999999999.999999999999999999", "1", "99999999999999999999.999999999999999999"),
    ],
)
def test_ties_go_away_from_zero(a: str, b: str, expected: str) -> None:
    assert products([(Decimal(a), Decimal(b)), (Decimal(b), Decimal(a))]) == [Decimal(expected)] * 2


def test_what_does_not_fit_is_an_error() -> None:
    with pytest.raises(duckdb.Error):
        products([(Decimal("1e13"), Decimal("1e7"))])


def test_arguments_are_columns() -> None:
    with pytest.raises(ValueError, match="MUL_MONEY takes names of columns"):
        expanded("SELECT MUL_MONEY(a + 1, b)")

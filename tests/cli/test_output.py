"""Numbers show every digit, and their points stand below each other."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.cli.output import aligned, console, exact, moment, month_range, print_table


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567, "1,234,567"),
        (Decimal(0), "0.00"),
        (Decimal("0E-18"), "0.00"),
        (Decimal("1234567.5"), "1,234,567.50"),
        (Decimal("-0.000000000000000001"), "-0.000000000000000001"),
        (Decimal("1E+3"), "1,000.00"),
        (Decimal("12.340000000000000000"), "12.34"),
    ],
)
def test_exact(value: Decimal | int, text: str) -> None:
    assert exact(value) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**20) + 1, max_value=10**20 - 1))
def test_exact_loses_nothing(value: Decimal) -> None:
    assert Decimal(exact(value).replace(",", "")) == value


def test_aligned_puts_the_points_below_each_other() -> None:
    texts = aligned([Decimal("1.5"), None, Decimal("-20.0625")])
    assert texts == ["1.50  ", "", "-20.0625"]


@pytest.mark.parametrize(
    ("months", "text"),
    [
        ([], ""),
        ([date(2026, 8, 1)], "2026-08"),
        ([date(2026, 9, 1), date(2026, 7, 1), date(2026, 8, 1)], "2026-07 - 2026-09"),
    ],
)
def test_month_range(months: list[date], text: str) -> None:
    assert month_range(months) == text


def test_a_narrow_terminal_folds_texts_and_never_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    console.cache_clear()
    console().width = 40
    number = Decimal("1234567890.123456789012345678")
    print_table(("Service", "Cost", "Of"), [("a service with a long name", number, number)], empty="")
    assert capsys.readouterr().out.count("1,234,567,890.123456789012345678") == 2
    console.cache_clear()


def test_moment() -> None:
    assert (moment(datetime(2026, 8, 1, 2, 3, 4, 5, UTC)), moment(None)) == ("2026-08-01 02:03:04Z", "")

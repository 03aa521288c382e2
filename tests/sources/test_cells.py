"""One cell: exact numbers, times in every spelling."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.sources import cells

SCALE = Decimal("1e-18")
EXACT = Context(prec=200)
connection = duckdb.connect()
connection.execute("SET TimeZone = 'America/New_York'")


def number(text: str) -> tuple[Decimal | None, bool]:
    """What a text is as a number, and whether it has more than 18 decimals."""
    written = f"SELECT cell, {cells.write_out(['cell'])} AS written FROM (SELECT $1 AS cell)"
    row = connection.execute(
        f"SELECT {cells.decimal('cell', 'written[1]')}, {cells.too_fine(['it'], 'written')} FROM ({written})", [text]
    ).fetchone()
    assert row is not None
    return row[0], bool(row[1])


PLAIN = st.decimals(allow_nan=False, allow_infinity=False, min_value="-1e19", max_value="1e19", places=None)


@settings(deadline=None)
@given(
    st.one_of(PLAIN.map("{:f}".format), PLAIN.map(str), st.floats(-1e19, 1e19).map(repr), st.floats(-1, 1).map(repr))
)
def test_a_number_is_what_it_says_to_the_last_of_18_decimals(text: str) -> None:
    exact = Decimal(text)
    kept = exact.quantize(SCALE, ROUND_HALF_UP, EXACT)
    assert number(text) == (kept, kept != exact)


@pytest.mark.parametrize(
    ("text", "expected"),
    {
        "1e-05": "0.00001",
        "4.5E-7": "0.00000045",
        "-1.5e-07": "-0.00000015",
        "1.5E3": "1500",
        ".5": "0.5",
        "-.5": "-0.5",
        "5.": "5",
        "+1": "1",
        ".12345678901234567": "0.12345678901234567",
        "1234567890": "1234567890",
        "12345678901234567890": "12345678901234567890",
        "99999999999999999999.999999999999999999": "99999999999999999999.999999999999999999",
    }.items(),
)
def test_spellings_of_numbers(text: str, expected: str) -> None:
    assert number(text) == (Decimal(expected), False)


@pytest.mark.parametrize(
    "text", ["None", "convertible", "No Upfront", "1,000", "NaN", "inf", "1e", "e5", "0x1F", "1.2.3"]
)
def test_words_are_no_numbers(text: str) -> None:
    assert number(text) == (None, False)


MIDNIGHT = "2026-08-01 00:00:00"


@pytest.mark.parametrize(
    ("text", "expected"),
    {
        "2026-08-01T00:00:00Z": MIDNIGHT,
        "2026-08-01T00:00:00.000Z": MIDNIGHT,
        "2026-08-01T00:00Z": MIDNIGHT,
        "2026-08-01 00:00:00+00:00": MIDNIGHT,
        "2026-08-01 00:00:00+00": MIDNIGHT,
        "2026-08-01 00:00:00 +0000 UTC": MIDNIGHT,
        "2026-08-01 00:00:00 UTC": MIDNIGHT,
        "2026-08-01T00:00:00": MIDNIGHT,
        "2026-08-01": MIDNIGHT,
        "08/01/2026": MIDNIGHT,
        "20260801T000000.000Z": MIDNIGHT,
        "2026-08-01T02:00:00+02:00": MIDNIGHT,
        "2026-07-31 19:00:00-0500": MIDNIGHT,
        "2026-08-01 02:00:00+02": MIDNIGHT,
        "2026-08-31T23:59:59.5Z": "2026-08-31 23:59:59.5",
        "2026-13-01T00:00:00Z": None,
        "31/08/2026": None,
        "soon": None,
    }.items(),
)
def test_spellings_of_times(text: str, expected: str | None) -> None:
    row = connection.execute(
        f"SELECT CAST({cells.timestamp('cell')} AS VARCHAR) FROM (SELECT $1 AS cell)", [text]
    ).fetchone()
    assert row == (expected,)


@pytest.mark.parametrize(
    ("text", "elsewhere"),
    {
        "2026-08-01T02:00:00+02:00": True,
        "2026-08-01 02:00:00+02": True,
        "2026-07-31 19:00:00-0500": True,
        "2026-08-01T00:00:00Z": False,
        "2026-08-01 00:00:00+00:00": False,
        "2026-08-01 00:00:00 +0000 UTC": False,
        "2026-08-01": False,
    }.items(),
)
def test_times_outside_utc_are_told(text: str, elsewhere: bool) -> None:
    assert connection.execute(f"SELECT {cells.offset_problem('cell')} FROM (SELECT $1 AS cell)", [text]).fetchone() == (
        elsewhere,
    )

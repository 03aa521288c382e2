"""The texts of parameter errors; clients read where they stand, people read what they say."""

from __future__ import annotations

from typing import Final

UNSUPPORTED: Final = "Unsupported parameter or invalid value"
MIXED: Final = "The same parameter is given both with and without brackets."
NOT_A_MAP: Final = "Use brackets to say what it applies to, e.g. filter[account]=value."
BLANK: Final = "This field may not be blank."
NOT_A_NUMBER: Final = "A valid integer is required."
NOT_A_DATE: Final = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."
NULL: Final = "Null characters are not allowed."


def not_a_choice(value: str) -> str:
    """A value that is not among those allowed."""
    return f'"{value}" is not a valid choice.'


def at_least(minimum: int) -> str:
    """A number below its minimum."""
    return f"Ensure this value is greater than or equal to {minimum}."


def at_most(maximum: int) -> str:
    """A number above its maximum."""
    return f"Ensure this value is less than or equal to {maximum}."

"""What models may call beside the engine's own functions, by names in capitals.

Arguments are names of columns; :func:`expanded` puts in what a call stands for, on every engine the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from tallystick.engine import money

_NUMBER: Final = "^[ ]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?[ ]*$"


def number_in(text: str) -> str:
    """The number that a text is to Python's ``Decimal``, or ``True`` or ``False``; NULL for any other.

    Engines take more for a number, each something else.
    """
    return (
        f"CASE WHEN {text} = 'True' THEN CAST(1 AS DECIMAL(38, 18))"
        f" WHEN {text} = 'False' THEN CAST(0 AS DECIMAL(38, 18))"
        f" WHEN REGEXP_MATCHES({text}, '{_NUMBER}') THEN TRY_CAST(TRIM({text}) AS DECIMAL(38, 18)) END"
    )


KERNELS: Final[Mapping[str, Callable[..., str]]] = {
    "MUL_MONEY": money.mul_money,
    "GUESS_OF": money.guess_of,
    "MUL_SHORT": money.mul_short,
    "SHORT_OF": money.short_of,
    "NUMBER_IN": number_in,
}

_CALL: Final = re.compile(rf"\b({'|'.join(KERNELS)})\(([\w.]+(?:, [\w.]+)*)\)")
_NAME: Final = re.compile(rf"\b({'|'.join(KERNELS)})\b")


def expanded(sql: str) -> str:
    """A model with its kernels put in. Raises ValueError for one whose arguments are not names of columns."""
    text = _CALL.sub(lambda call: KERNELS[call[1]](*call[2].split(", ")), sql)
    if left := _NAME.search(text):
        raise ValueError(f"{left[0]} takes names of columns, separated by a comma and a space")
    return text

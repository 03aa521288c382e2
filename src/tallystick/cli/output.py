"""Tables, numbers and moments as people read them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_PIPED_WIDTH = 100_000
"""Off a terminal nothing is folded or cut."""
_NARROWEST = 8
"""To how many characters a column of texts may be folded."""
_PADDING = 3


@cache
def console() -> Console:
    """Where answers go: standard output."""
    return _console(stderr=False)


@cache
def error_console() -> Console:
    """Where progress and warnings go: standard error."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    return Console(
        stderr=stderr, highlight=False, markup=False, emoji=False, width=None if stream.isatty() else _PIPED_WIDTH
    )


def exact(value: Decimal | int) -> str:
    """Every digit of a number, thousands separated, with at least two decimals for a decimal number."""
    if isinstance(value, int):
        return f"{value:,}"
    whole, _, fraction = f"{value:,f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def aligned(values: Sequence[Decimal | None]) -> list[str]:
    """Decimal numbers of a column, padded on the right so that their points stand below each other."""
    texts = ["" if value is None else exact(value) for value in values]
    digits = max((len(text.partition(".")[2]) for text in texts), default=0)
    return [text + " " * (digits - len(text.partition(".")[2])) if text else "" for text in texts]


def moment(value: datetime | None) -> str:
    """A moment in UTC, to the second."""
    return f"{value:%Y-%m-%d %H:%M:%S}Z" if value else ""


def month(value: date) -> str:
    """A billing period."""
    return f"{value:%Y-%m}"


def month_range(values: Sequence[date]) -> str:
    """The first and the last of some billing periods."""
    ends = dict.fromkeys((month(min(values)), month(max(values)))) if values else ()
    return " - ".join(ends)


def print_facts(*facts: tuple[str, str]) -> None:
    """Names and values, a line each."""
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        console().print(f"{name.ljust(width)}  {value}")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """A table whose number columns are right-aligned; ``empty`` is said where there are no rows.

    Where the terminal is too narrow texts are folded, numbers never: a table that they make too wide runs over.
    """
    cells = [list(row) for row in rows]
    if not cells:
        console().print(empty)
        return
    columns_of_cells = [[row[position] for row in cells] for position in range(len(columns))]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    needed = 0
    texts: list[Sequence[str]] = []
    for name, values in zip(columns, columns_of_cells, strict=True):
        numeric = _numeric(values)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold", no_wrap=numeric)
        texts.append(_texts(values))
        needed += _PADDING + (max(map(len, texts[-1])) if numeric else _NARROWEST)
    for row_texts in zip(*texts, strict=True):
        table.add_row(*(Text(text) for text in row_texts))
    console().width = max(console().width, needed)
    console().print(table)


def _numeric(values: Sequence[object]) -> bool:
    kinds = {type(value) for value in values if value is not None}
    return bool(kinds) and kinds <= {int, Decimal, float}


def _texts(values: Sequence[object]) -> Sequence[str]:
    if any(isinstance(value, Decimal) for value in values):
        return aligned(
            [value if isinstance(value, Decimal) or value is None else Decimal(str(value)) for value in values]
        )
    return [_text(value) for value in values]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, int):
        return exact(value)
    return str(value)

"""Small relations that models read beside tables, as SELECTs in the DuckDB dialect: they travel to any engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Final

from tallystick.engine.duck import literal
from tallystick.lake.schemas import ColumnType

Value = str | int | date | datetime | Decimal | None


_SEPARATORS: Final = tuple(map(chr, (0x1F, 0x1E, *range(0xE000, 0xF8FF))))
"""Characters that text seldom has."""


def relation_of(columns: Mapping[str, ColumnType], rows: Iterable[Sequence[Value]]) -> str:
    """The SELECT that gives these rows, with columns of these names and types.

    The rows are one text: planning a statement takes its time for every constant in it.
    """
    cells = [["" if value is None else f"={_written(value)}" for value in row] for row in rows]
    if not cells:
        nulls = ", ".join(f"CAST(NULL AS {type.value}) AS {name}" for name, type in columns.items())
        return f"SELECT {nulls} WHERE false"
    between_cells, between_rows = _separators(cells)
    text = between_rows.join(between_cells.join(row) for row in cells)
    values = ", ".join(
        f"CAST(SUBSTR(NULLIF(SPLIT_PART(line, {literal(between_cells)}, {position}), ''), 2) AS {type.value}) AS {name}"
        for position, (name, type) in enumerate(columns.items(), start=1)
    )
    return f"SELECT {values} FROM UNNEST(STRING_SPLIT({literal(text)}, {literal(between_rows)})) AS given(line)"


def _separators(cells: Sequence[Sequence[str]]) -> tuple[str, str]:
    """Two characters that are in no cell."""
    taken = {character for row in cells for cell in row for character in cell}
    first, second = islice((character for character in _SEPARATORS if character not in taken), 2)
    return first, second


def _written(value: str | int | date | datetime | Decimal) -> str:
    """As the type of its column reads it."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return str(value)

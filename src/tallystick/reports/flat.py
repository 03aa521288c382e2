"""Flat rows and CSV: one line per bottom row, columns in alphabetical order, numbers as plain decimals."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from tallystick.reports.answer import Answer, FlatRow
from tallystick.reports.render import cell

_PREFIXES = {"infrastructure": "infra", "supplementary": "sup", "cost": "cost"}
_ONE = Decimal(1)


def flat_row(leaf: Mapping[str, object], currency: str, names: Mapping[str, str]) -> FlatRow:
    """A row of the document without nesting. ``names`` says which fields are called otherwise in CSV."""
    row: FlatRow = {"base_currency": currency, "exchange_rate": _ONE}
    for name, thing in leaf.items():
        if name in _PREFIXES and isinstance(thing, dict):
            row |= {f"{_PREFIXES[name]}_{part}": amount["value"] for part, amount in thing.items()}
        elif isinstance(thing, dict):
            row |= {name: thing["value"], f"{name}_units": thing["units"]}
        else:
            row[names.get(name, name)] = thing
    return {**row, "cost_units": currency}


def to_csv(answer: Answer) -> str:
    """The page of rows as CSV with CRLF lines; without rows, nothing at all."""
    rows = [dict(_flattened(row)) for row in answer.page_of_rows]
    if not rows:
        return ""
    header = sorted({name for row in rows for name in row})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([row.get(name, "") for name in header] for row in rows)
    return text.getvalue()


def _flattened(row: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, thing in row.items():
        if isinstance(thing, (list, tuple)):
            yield from _list_columns(name, thing)
        else:
            yield name, cell(thing)


def _list_columns(name: str, things: Sequence[object]) -> Iterator[tuple[str, str]]:
    for index, thing in enumerate(things):
        if isinstance(thing, dict):
            yield from _flattened({f"{name}.{index}.{key}": below for key, below in thing.items()})
        else:
            yield f"{name}.{index}", cell(thing)

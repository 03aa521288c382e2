"""Writing answers out: JSON with exact decimal digits, and tables for a terminal.

A decimal is written as its plain digits: no exponent, no trailing zeros, never through a float. Objects that occur
several times in one answer (the same amount as raw and total cost) are written once and repeated.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from json.encoder import encode_basestring_ascii

from rich.table import Table

from tallystick.reports.answer import Answer


def plain(number: Decimal) -> str:
    """A decimal's digits: ``12927.84``, ``0``, ``0.000000000000000001``."""
    digits = format(number, "f")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits in ("-0", "") else digits


def to_json(body: object) -> str:
    """A JSON document. Raises TypeError for a float, and for anything that JSON has no word for."""
    return _write(body, {})


def _write(thing: object, written: dict[int, str]) -> str:
    if isinstance(thing, dict):
        known = written.get(id(thing))
        if known is None:
            parts = [f"{encode_basestring_ascii(key)}:{_write(item, written)}" for key, item in thing.items()]
            known = written[id(thing)] = "{" + ",".join(parts) + "}"
        return known
    if isinstance(thing, str):
        return encode_basestring_ascii(thing)
    if isinstance(thing, Decimal):
        return plain(thing)
    if isinstance(thing, (list, tuple)):
        return "[" + ",".join([_write(item, written) for item in thing]) + "]"
    return _write_scalar(thing)


def _write_scalar(thing: object) -> str:
    if thing is None:
        return "null"
    if isinstance(thing, bool):
        return "true" if thing else "false"
    if isinstance(thing, int):
        return str(thing)
    if isinstance(thing, (date, datetime)):
        return encode_basestring_ascii(thing.isoformat())
    raise TypeError(f"{thing!r} of type {type(thing).__name__} cannot be written as exact JSON")


def to_table(answer: Answer, title: str | None = None) -> Table:
    """The page of rows for a terminal: date, groups, usage, total cost and change; numbers to the right."""
    names = list(dict.fromkeys(name for row in answer.page_of_rows for name in row if not _is_detail(name)))
    table = Table(title=title, title_justify="left")
    for name in names:
        numeric = any(isinstance(row.get(name), Decimal) for row in answer.page_of_rows)
        table.add_column(name, justify="right" if numeric else "left")
    for row in answer.page_of_rows:
        table.add_row(*(cell(row.get(name)) for name in names))
    return table


_PARTS = ("infra_", "sup_", "cost_raw", "cost_markup", "cost_usage")
_ALWAYS_THE_SAME = ("base_currency", "exchange_rate", "source_uuid", "tags", "rank")


def _is_detail(name: str) -> bool:
    """What only CSV shows."""
    return name in _ALWAYS_THE_SAME or name.startswith(_PARTS)


def cell(thing: object) -> str:
    """A value as text."""
    if thing is None:
        return ""
    return plain(thing) if isinstance(thing, Decimal) else str(thing)

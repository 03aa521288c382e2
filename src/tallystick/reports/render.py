"""Writing answers out: JSON with exact decimal digits.

A decimal is written as its plain digits: no exponent, no trailing zeros, never through a float. Objects that occur
several times in one answer (the same amount as raw and total cost) are written once and repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from json.encoder import encode_basestring_ascii


def plain(number: Decimal) -> str:
    """A decimal's digits: ``12927.84``, ``0``, ``0.000000000000000001``."""
    digits = format(number, "f")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits in ("-0", "") else digits


def to_json(body: object) -> str:
    """A JSON document. Raises TypeError for a float, and for anything that JSON has no word for."""
    return _write(body, _Written({}, {}))


@dataclass(slots=True)
class _Written:
    """What has been written already."""

    objects: dict[int, str]
    """By identity; the document keeps them all alive meanwhile."""
    keys: dict[str, str]


def _write(thing: object, written: _Written) -> str:
    if isinstance(thing, dict):
        known = written.objects.get(id(thing))
        if known is None:
            known = written.objects[id(thing)] = _write_object(thing, written)
        return known
    if isinstance(thing, str):
        return encode_basestring_ascii(thing)
    if isinstance(thing, Decimal):
        return plain(thing)
    if isinstance(thing, (list, tuple)):
        return "[" + ",".join([_write(item, written) for item in thing]) + "]"
    return _write_scalar(thing)


def _write_object(thing: dict[str, object], written: _Written) -> str:
    parts = []
    for key, item in thing.items():
        name = written.keys.get(key)
        if name is None:
            name = written.keys[key] = encode_basestring_ascii(key) + ":"
        parts.append(name + (encode_basestring_ascii(item) if isinstance(item, str) else _write(item, written)))
    return "{" + ",".join(parts) + "}"


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


def cell(thing: object) -> str:
    """A value as text."""
    if thing is None:
        return ""
    return plain(thing) if isinstance(thing, Decimal) else str(thing)

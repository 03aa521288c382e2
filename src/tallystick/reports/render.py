"""Writing answers out: JSON with exact decimal digits.

A decimal is written as its plain digits: no exponent, no trailing zeros, never through a float. Objects that occur
several times in one answer (the same amount as raw and total cost) are written once and repeated.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from json.encoder import encode_basestring_ascii
from typing import Final

_REPEATABLE: Final = 600
"""Longer objects (rows, dates) occur once; keeping their text would only take memory."""


def plain(number: Decimal) -> str:
    """A decimal's digits: ``12927.84``, ``0``, ``0.000000000000000001``."""
    digits = str(number)
    if "E" in digits:
        digits = format(number, "f")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits in ("-0", "") else digits


def to_json(body: object) -> str:
    """A JSON document. Raises TypeError for a float, and for anything that JSON has no word for."""
    return _Writer().write(body)


class Written(dict[str, object]):
    """An object with its JSON, because thousands in one answer are alike or share their parts."""

    json: str

    @classmethod
    def of(cls, thing: dict[str, object]) -> Written:
        """An object, written once."""
        written = cls(thing)
        written.json = to_json(thing)
        return written

    @classmethod
    def joined(cls, *parts: Written) -> Written:
        """The members of several objects as one."""
        written = cls()
        for part in parts:
            written.update(part)
        written.json = "{" + ",".join([part.json[1:-1] for part in parts if part]) + "}"
        return written


class _Strings(dict[str, str]):
    """Texts as JSON has them; the same few keys, dates and names occur again and again."""

    def __missing__(self, text: str) -> str:
        written = self[text] = encode_basestring_ascii(text)
        return written


class _Writer:
    """Writes one document, which keeps its objects alive meanwhile."""

    def __init__(self) -> None:
        self._strings = _Strings()
        self._objects: dict[int, str] = {}

    def write(self, thing: object) -> str:
        kind = type(thing)
        if kind is Written:
            return thing.json  # type: ignore[attr-defined,no-any-return]
        if kind is str:
            return self._strings[thing]  # type: ignore[index]
        if kind is Decimal:
            return plain(thing)  # type: ignore[arg-type]
        if isinstance(thing, dict):
            return self._object(thing)
        if isinstance(thing, (list, tuple)):
            return "[" + ",".join([self.write(item) for item in thing]) + "]"
        return _write_scalar(thing)

    def _object(self, thing: dict[str, object]) -> str:
        strings, known, write = self._strings, self._objects.get, self.write
        parts = [
            f"{strings[key]}:{strings[item] if type(item) is str else known(id(item)) or write(item)}"
            for key, item in thing.items()
        ]
        written = "{" + ",".join(parts) + "}"
        if len(written) < _REPEATABLE:
            self._objects[id(thing)] = written
        return written


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

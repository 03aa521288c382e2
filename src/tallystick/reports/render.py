"""Writing answers out: JSON with exact decimal digits.

A decimal is written as its plain digits: no exponent, no trailing zeros, never through a float. Thousands of objects
in one answer are alike: they are written from a template.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from json.encoder import encode_basestring_ascii
from operator import itemgetter
from typing import Final

_SLOT: Final = "\0"
"""Stands around the number of a slot. JSON escapes it, so it occurs nowhere else."""


def plain(number: Decimal) -> str:
    """A decimal's digits: ``12927.84``, ``0``, ``0.000000000000000001``."""
    if not number:
        return "0"
    digits = str(number)
    if "E" in digits:
        digits = format(number, "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


class Json(str):
    """A text that is JSON already: it is put into a document as it is."""

    __slots__ = ()


class Slot(int):
    """A place in an object that a template fills: the number of the text that goes there."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Template:
    """The JSON of objects that differ in a few places only: written once, then filled in."""

    _text: str
    _placed: Callable[[Sequence[str]], object]
    """The texts for the places, in their order."""

    @classmethod
    def of(cls, thing: object) -> Template:
        """The template of an object that has slots where others differ. A text may go into several."""
        pieces = to_json(thing).replace("%", "%%").split(_SLOT)
        return cls("%s".join(pieces[::2]), itemgetter(*map(int, pieces[1::2])))

    def filled(self, texts: Sequence[str]) -> str:
        """The JSON of one object, from JSON for each slot."""
        return self._text % self._placed(texts)


def to_json(thing: object) -> str:
    """A JSON document. Raises TypeError for a float, and for anything that JSON has no word for."""
    pieces: list[str] = []
    _write(thing, pieces.append)
    return "".join(pieces)


def _write(thing: object, add: Callable[[str], None]) -> None:
    """Add the pieces of a document, which may be megabytes: they are put together once."""
    if isinstance(thing, dict):
        opening = "{"
        for key, item in thing.items():
            add(f"{opening}{encode_basestring_ascii(key)}:")
            _write(item, add)
            opening = ","
        add("}" if thing else "{}")
    elif isinstance(thing, (list, tuple)):
        opening = "["
        for item in thing:
            add(opening)
            _write(item, add)
            opening = ","
        add("]" if thing else "[]")
    else:
        add(_scalar(thing))


def _scalar(thing: object) -> str:
    if isinstance(thing, (date, datetime)):
        thing = thing.isoformat()
    if type(thing) is str:
        return encode_basestring_ascii(thing)
    if isinstance(thing, Json):
        return thing
    if isinstance(thing, Decimal):
        return plain(thing)
    if isinstance(thing, Slot):
        return f"{_SLOT}{thing}{_SLOT}"
    return _word(thing)


def _word(thing: object) -> str:
    if thing is None:
        return "null"
    if isinstance(thing, bool):
        return "true" if thing else "false"
    if isinstance(thing, int):
        return str(thing)
    raise TypeError(f"{thing!r} of type {type(thing).__name__} cannot be written as exact JSON")


def cell(thing: object) -> str:
    """A value as text."""
    if thing is None:
        return ""
    return plain(thing) if isinstance(thing, Decimal) else str(thing)

"""What arguments and attributes can hold. A parser turns what came (text, or a value of JSON) into a Python value, or
raises InvalidInputError; an annotation such as ``Uuid`` says which parser reads an attribute.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final

from tallystick.api.cloudkitty.moments import parse_moment
from tallystick.api.cloudkitty.wsme.faults import InvalidInputError

Parser = Callable[[str, Any], Any]

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_TRUE: Final = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "off", "0", ""})


def text(name: str, value: Any) -> str:
    """Text."""
    return str(_of_type(name, value, str))


def uuid_text(name: str, value: Any) -> str:
    """A UUID, as it was written."""
    try:
        uuid.UUID(text(name, value))
    except ValueError as error:
        raise InvalidInputError(name, value, f"Invalid UUID, got '{value}'") from error
    return str(value)


def number(name: str, value: Any) -> Decimal:
    """A decimal, from a number or from text."""
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise InvalidInputError(name, value, "Value should be a decimal number.")
    try:
        found = Decimal(value)
    except InvalidOperation as error:
        raise InvalidInputError(name, value, "Value should be a decimal number.") from error
    if not found.is_finite():
        raise InvalidInputError(name, value, "Value should be a decimal number.")
    return found


def integer(name: str, value: Any) -> int:
    """A whole number, from a number or from text."""
    found = number(name, value)
    if found != found.to_integral_value():
        raise InvalidInputError(name, value, "Value should be a whole number.")
    return int(found)


def flag(name: str, value: Any) -> bool:
    """True or false, in any usual spelling."""
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise InvalidInputError(name, value, "Value should be one of: true, false")


def moment(name: str, value: Any) -> datetime:
    """A moment in ISO 8601, in UTC where it names no zone; a day is its first moment."""
    if not isinstance(value, str):
        raise InvalidInputError(name, value, "unable to convert to datetime. Error: it is not text")
    try:
        return parse_moment(value)
    except ValueError as error:
        reason = f"unable to convert to datetime. Error: Unknown string format: {value}"
        raise InvalidInputError(name, value, reason) from error


def last_moment(name: str, value: Any) -> datetime:
    """As ``moment``; a day is its last second."""
    found = moment(name, value)
    return datetime.combine(found.date(), time(23, 59, 59), UTC) if _DAY.fullmatch(value) else found


def mapping(name: str, value: Any) -> dict[str, Any]:
    """An object of any shape."""
    return dict(_of_type(name, value, dict))


def choice(*values: str) -> Parser:
    """One of some words."""

    def parse(name: str, value: Any) -> str:
        if value not in values:
            raise InvalidInputError(name, value, f"Value should be one of: {', '.join(values)}")
        return str(value)

    return parse


def _of_type(name: str, value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise InvalidInputError(name, value, f"Wrong type. Expected '{kind}', got '{type(value)}'")
    return value


Text = Annotated[str, text]
Uuid = Annotated[str, uuid_text]
Number = Annotated[Decimal, number]
Integer = Annotated[int, integer]
Flag = Annotated[bool, flag]
Moment = Annotated[datetime, moment]
LastMoment = Annotated[datetime, last_moment]
Object = Annotated[dict[str, Any], mapping]

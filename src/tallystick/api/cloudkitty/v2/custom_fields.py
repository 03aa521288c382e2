"""``custom_fields``: a list of ``FUNC(field) AS alias``, of which only what is listed here is read."""

from __future__ import annotations

import re
from typing import Final

from tallystick.reports.rated.question import Amount, Field, Function

_ITEM: Final = re.compile(
    r"\s*(?P<function>[A-Za-z]+)\s*\(\s*(?P<quote>\"?)(?P<field>[A-Za-z_]+)(?P=quote)\s*\)"
    r"(?:\s+[Aa][Ss]\s+(?P<alias_quote>\"?)(?P<alias>[A-Za-z_][A-Za-z0-9_]{0,62})(?P=alias_quote))?\s*"
)
_FUNCTIONS: Final = {function.value: function for function in Function} | {"avg": Function.MEAN}
_FIELDS: Final = {field.value: field for field in Field}
_LONGEST: Final = 2000
_TAKEN: Final = frozenset({"begin", "end"})


def parse_custom_fields(text: str) -> tuple[Amount, ...]:
    """The amounts of a list. Raises ValueError that says what can be asked for."""
    if len(text) > _LONGEST:
        raise ValueError(f"custom fields of more than {_LONGEST} characters")
    amounts = tuple(_amount(item) for item in text.split(","))
    names = [amount.name for amount in amounts]
    if len(set(names)) < len(names) or _TAKEN & set(names):
        raise ValueError("each custom field needs a name of its own, other than begin and end")
    return amounts


def _amount(item: str) -> Amount:
    found = _ITEM.fullmatch(item)
    function = _FUNCTIONS.get(found["function"].lower()) if found else None
    field = _FIELDS.get(found["field"].lower()) if found else None
    if found is None or function is None or field is None:
        raise ValueError(
            f"custom field {item.strip()!r} is not FUNC(field) AS alias with"
            f" FUNC one of {', '.join(sorted(_FUNCTIONS))} and field one of {', '.join(_FIELDS)}"
        )
    return Amount(found["alias"] or found["function"].lower(), function, field)

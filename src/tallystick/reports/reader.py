"""Taking parameters out of a nested map, noting everything that is wrong before refusing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from tallystick.errors import QueryError
from tallystick.reports.messages import (
    BLANK,
    NOT_A_DATE,
    NOT_A_MAP,
    NOT_A_NUMBER,
    UNSUPPORTED,
    at_least,
    at_most,
    not_a_choice,
)
from tallystick.reports.query_string import Nested, Values, split_commas

MOST = 2**31 - 1
"""The largest number that may be given."""


class Reader:
    """The parameters of one request, and what is wrong with them."""

    def __init__(self, raw: Nested) -> None:
        self._raw = raw
        self.problems: dict[str, object] = {}
        """A nested map that mirrors the parameters."""

    def refuse_unknown(self, known: Collection[str]) -> None:
        """Note every parameter that is not known."""
        for name in self._raw:
            if name not in known:
                self.note((name,), [UNSUPPORTED])

    def note(self, path: Sequence[str], message: object) -> None:
        """Put a message at a place of the map; the first one at a place stays."""
        level = self.problems
        for name in path[:-1]:
            below = level.setdefault(name, {})
            if not isinstance(below, dict):
                return
            level = below
        level.setdefault(path[-1], message)

    def check(self) -> None:
        """Raise QueryError where anything has been noted."""
        if self.problems:
            raise QueryError(self.problems)

    def mapping(self, name: str) -> dict[str, Values]:
        """The bracketed keys of a parameter."""
        given = self._raw.get(name, {})
        if isinstance(given, list):
            self.note((name, "non_field_errors"), [NOT_A_MAP])
            return {}
        return given

    def scalar(self, name: str) -> str | None:
        """The last value of a plain parameter."""
        given = self._raw.get(name)
        if isinstance(given, dict):
            self.note((name,), [UNSUPPORTED])
            return None
        return given[-1] if given else None

    def values(self, path: Sequence[str], given: Values) -> tuple[str, ...]:
        """A list of values; blank ones are noted by their position."""
        values = split_commas(given)
        for index, value in enumerate(values):
            if not value.strip():
                self.note((*path, str(index)), [BLANK])
        return tuple(values)

    def integer(self, path: Sequence[str], value: str | None, minimum: int) -> int | None:
        """A number of at least ``minimum``, and small enough for every engine."""
        if value is None:
            return None
        try:
            number = int(value)
        except ValueError:
            self.note(path, [NOT_A_NUMBER])
            return None
        if number < minimum:
            self.note(path, [at_least(minimum)])
        if number > MOST:
            self.note(path, [at_most(MOST)])
        return number

    def choice(self, path: Sequence[str], value: str | None, allowed: Collection[str]) -> str | None:
        """One of the allowed words."""
        if value is not None and value not in allowed:
            self.note(path, [not_a_choice(value)])
            return None
        return value

    def day(self, path: Sequence[str], value: str | None) -> date | None:
        """A date."""
        if value is None:
            return None
        try:
            return date.fromisoformat(value) if len(value) == 10 else _no_date()
        except ValueError:
            self.note(path, [NOT_A_DATE])
            return None


def _no_date() -> date:
    raise ValueError(NOT_A_DATE)

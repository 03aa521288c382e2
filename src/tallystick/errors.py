"""The one family of errors: what was wrong, where, and what to do about it.

Every error that a user can cause derives from :class:`TallyError`; its text is a sentence for that user.
Anything else that escapes is a defect of ours.
"""

from __future__ import annotations

from dataclasses import dataclass


class TallyError(Exception):
    """Something the user can put right."""


class ConfigError(TallyError):
    """A setting is missing, unknown or has a wrong value."""


class NotFoundError(TallyError):
    """A source, delivery, month or release of that name does not exist."""


class ConflictError(TallyError):
    """Another process holds the lease, or has committed something newer; run again."""


class UnavailableError(TallyError):
    """A server or disk that Tallystick needs does not answer; what was asked may be asked again."""


class QueryError(TallyError):
    """A question that cannot be answered as it was put.

    ``body`` is the nested field map that names the offending parameter, e.g.
    ``{"filter": {"foo": ["Unsupported parameter or invalid value"]}}``.
    """

    def __init__(self, body: dict[str, object]) -> None:
        super().__init__(str(body))
        self.body = body


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a delivered file something is: any part may be unknown."""

    file: str
    row: int | None = None
    """1-based number of the data record; the header is not counted."""
    column: str | None = None

    def __str__(self) -> str:
        parts = [self.file]
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            parts.append(f"column {self.column}")
        return ", ".join(parts)


class RefusedError(TallyError):
    """A file that cannot be accepted: damaged, foreign, unsafe or beyond a limit."""

    def __init__(self, place: Place, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason

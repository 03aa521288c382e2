"""Errors in words for the user."""

from __future__ import annotations

from tallystick.errors import QueryError, TallyError


def describe(error: TallyError) -> str:
    """What is wrong, as a line for the user. A query's nested field map becomes ``filter[foo]: reason``."""
    return "; ".join(_complaints(error.body, "")) if isinstance(error, QueryError) else str(error)


def _complaints(body: object, name: str) -> list[str]:
    if isinstance(body, dict):
        return [
            line for key, value in body.items() for line in _complaints(value, f"{name}[{key}]" if name else str(key))
        ]
    if isinstance(body, (list, tuple)):
        return [line for value in body for line in _complaints(value, name)]
    return [f"{name}: {body}" if name else str(body)]

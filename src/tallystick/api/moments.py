"""Moments as the reference writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """``2026-11-21T23:48:49.214929Z``."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def second(moment: datetime) -> str:
    """``2026-11-21 23:48:49``, UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"

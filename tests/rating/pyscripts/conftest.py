"""A settings database to keep scripts in, and a clock that stands still."""

from rating.rules.conftest import clock, session

__all__ = ["clock", "session"]

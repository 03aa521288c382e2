"""Errors of version 1 on the wire."""

from __future__ import annotations

from starlette.responses import Response

from tallystick.api.responses import json_response
from tallystick.errors import TallyError


class FaultError(TallyError):
    """What a request has wrong, with the status that says so."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class InvalidInputError(FaultError):
    """A value that its argument or attribute cannot have."""

    def __init__(self, name: str, value: object, reason: str) -> None:
        super().__init__(f"Invalid input for field/attribute {name}. Value: '{value}'. {reason}")


def fault(status: int, text: str) -> Response:
    """An error's answer: whose fault it is, and what was wrong."""
    code = "Client" if status < 500 else "Server"
    return json_response({"faultcode": code, "faultstring": text, "debuginfo": None}, status)

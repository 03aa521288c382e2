"""Errors of version 1 on the wire."""

from __future__ import annotations

from starlette.responses import Response

from tallystick.api.responses import json_response


def fault(status: int, text: str) -> Response:
    """An error's answer: whose fault it is, and what was wrong."""
    code = "Client" if status < 500 else "Server"
    return json_response({"faultcode": code, "faultstring": text, "debuginfo": None}, status)

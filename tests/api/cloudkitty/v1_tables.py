"""Tables of requests to version 1: what is sent, and what must come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Case:
    """A request below ``/rating/v1`` and its answer: the status, and the fault string or the whole JSON body.

    Names in braces stand for ids that a test knows.
    """

    request: str
    status: int
    fault: str | None = None
    body: Any = None
    """Sent as JSON; text is sent as it is."""
    answer: Any = None
    headers: dict[str, str] | None = None

    def __str__(self) -> str:
        return f"{self.request} {self.body if self.body is not None else ''} -> {self.status}".replace("  ", " ")

    def check(self, client: httpx.Client, ids: dict[str, str]) -> httpx.Response:
        """Send it and compare."""
        verb, _, path = filled(self.request, ids).partition(" ")
        headers = {"content-type": "application/json", **(self.headers or {})}
        content = self.body if isinstance(self.body, str) else None
        json = filled(self.body, ids) if content is None and self.body is not None else None
        response = client.request(
            verb, f"v1{path}", content=content, json=json, headers=headers, follow_redirects=False
        )
        assert response.status_code == self.status, response.text
        if self.fault is not None:
            code = "Client" if self.status < 500 else "Server"
            wanted = {"faultcode": code, "faultstring": filled(self.fault, ids), "debuginfo": None}
            assert response.json() == wanted
        if self.answer is not None:
            assert response.json() == filled(self.answer, ids)
        return response


def filled(given: Any, ids: dict[str, str]) -> Any:
    """With ids in the place of their names."""
    if isinstance(given, str):
        for name, value in ids.items():
            given = given.replace(f"{{{name}}}", value)
        return given
    if isinstance(given, dict):
        return {name: filled(value, ids) for name, value in given.items()}
    if isinstance(given, list):
        return [filled(one, ids) for one in given]
    return given

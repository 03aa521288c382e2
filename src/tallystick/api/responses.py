"""Answers as bytes, and their identity on the wire: a body, its media type and its entity tag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from starlette.responses import Response

from tallystick.api.negotiation import JSON
from tallystick.reports.render import to_json


@dataclass(frozen=True, slots=True)
class Rendered:
    """An answer ready to send, as often as it is asked for."""

    body: bytes
    media_type: str
    etag: str

    @classmethod
    def of(cls, text: str, media_type: str) -> Rendered:
        """The bytes of a text, tagged by their content."""
        body = text.encode()
        return cls(body, media_type, f'"{sha256(body).hexdigest()[:32]}"')

    def response(self, if_none_match: str | None) -> Response:
        """The answer, or 304 where the client has it already."""
        headers = {"ETag": self.etag, "Cache-Control": "private, no-cache", "Vary": "Accept"}
        if if_none_match is not None and self._is_known(if_none_match):
            return Response(status_code=304, headers=headers)
        return Response(self.body, media_type=self.media_type, headers=headers)

    def _is_known(self, if_none_match: str) -> bool:
        known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return self.etag in known or "*" in known


def json_response(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer, every number in its exact digits, that nothing in between may keep."""
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return Response(to_json(body).encode(), status_code=status, media_type=JSON, headers=kept)

"""The gate before the API: no request passes without an identity, and it is settled here, once.

What lies behind reads the caller from the request and nothing else, so a tenant can only be the caller's own.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from tallystick.access import LOCAL_OWNER, Gateways, Identity, NotEntitledError, identify
from tallystick.api.errors import tally_error
from tallystick.api.paths import KOKU
from tallystick.errors import TallyError

_OPEN: Final = frozenset({f"{KOKU}/status/", f"{KOKU}/openapi.json"})
_OPEN_WITHOUT_RIGHTS: Final = frozenset({f"{KOKU}/user-access/", "/api/me"})
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Gate:
    """Lets requests below ``/api/`` pass with an identity, and answers 401 or 403 to the rest."""

    def __init__(self, app: ASGIApp, gateways: Gateways) -> None:
        self._app = app
        self._gateways = gateways

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and scope["path"].startswith("/api/") and scope["path"] not in _OPEN:
            try:
                scope.setdefault("state", {})["caller"] = self._admit(scope)
            except TallyError as error:
                await tally_error(scope, error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _admit(self, scope: Scope) -> Identity:
        headers = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else ""
        caller = identify(self._gateways, peer, headers)
        if caller.access.empty and scope["path"] not in _OPEN_WITHOUT_RIGHTS:
            raise NotEntitledError(f"{caller.username} has no permission for anything here")
        if caller is LOCAL_OWNER and scope["method"] not in _READING:
            _refuse_other_origins(headers)
        return caller


def _refuse_other_origins(headers: Headers) -> None:
    """A page from elsewhere in the owner's browser must not change anything here."""
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        raise NotEntitledError(f"Requests from pages of {origin} may not change anything")


def caller_of(request: Request) -> Identity:
    """Who asks. Only for paths below ``/api/`` that are not open to all."""
    caller = request.state.caller
    assert isinstance(caller, Identity)
    return caller

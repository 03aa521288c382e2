"""Who calls: the machine's own user (``noauth``), or whoever Keystone says a token stands for (``keystone``)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final, Protocol
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from tallystick.access import NotEntitledError, UnidentifiedError, is_local
from tallystick.access.keystone import Tokens, keystone_tokens
from tallystick.api.cloudkitty.paths import path_of
from tallystick.api.cloudkitty.policies import Caller, OsloPolicies, Policies
from tallystick.api.responses import json_response
from tallystick.errors import TallyError
from tallystick.settings.config import Config

_OPEN: Final = frozenset({"", "/v1", "/v2", "/healthcheck"})
"""Paths without their trailing slashes that need no caller."""
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NO_TOKEN: Final = "The request you have made requires authentication."


class Auth(Protocol):
    """A way to tell who calls."""

    challenge: str | None
    """What ``WWW-Authenticate`` tells a caller who was not let in."""

    async def caller(self, scope: Scope) -> Caller:
        """Who sent a request. Raises UnidentifiedError, NotEntitledError, UnavailableError."""


class NoAuth:
    """Whoever calls from this machine is an admin; nobody else is let in. Headers may name a project and roles."""

    challenge: str | None = None

    def __init__(self, allowed_origins: Collection[str]) -> None:
        """``allowed_origins`` are those of pages elsewhere that may change something."""
        self._allowed_origins = allowed_origins

    async def caller(self, scope: Scope) -> Caller:
        """The machine's own user, as the headers have it."""
        headers = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else ""
        if not is_local(peer, headers):
            raise UnidentifiedError('Only the machine itself is let in with cloudkitty.auth = "noauth"')
        origin = headers.get("origin")
        own = origin is None or urlsplit(origin).netloc == headers.get("host")
        if not own and scope["method"] not in _READING and origin not in self._allowed_origins:
            raise NotEntitledError(f"Requests from pages of {origin} may not change anything")
        roles = (role.strip() for role in headers.get("x-roles", "").split(","))
        return Caller(
            project_id=headers.get("x-project-id") or None,
            roles=frozenset(role for role in roles if role),
            user_id=headers.get("x-user-id") or None,
            is_admin=True,
        )


class KeystoneAuth:
    """Whoever the token in ``X-Auth-Token`` stands for."""

    def __init__(self, tokens: Tokens, policies: OsloPolicies, public_url: str) -> None:
        self._tokens = tokens
        self._policies = policies
        self.challenge: str | None = f'Keystone uri="{public_url}"'

    async def caller(self, scope: Scope) -> Caller:
        """The token's user. No other header can say who calls."""
        token = Headers(scope=scope).get("x-auth-token", "")
        if not token:
            raise UnidentifiedError(_NO_TOKEN)
        found = await run_in_threadpool(self._tokens.validate, token)
        caller = Caller(
            project_id=found.project_id,
            roles=found.roles,
            user_id=found.user_id,
            is_admin=False,
            domain_id=found.domain_id,
            system=found.system,
            is_admin_project=found.is_admin_project,
        )
        return replace(caller, is_admin=self._policies.allows("context_is_admin", caller, found.project_id))


def open_auth(config: Config) -> tuple[Auth, Policies]:
    """The way of the settings, and the rules that go with it. Raises ConfigError."""
    if config.cloudkitty.auth == "noauth":
        return NoAuth(config.cloudkitty.allowed_origins), None
    policies = OsloPolicies(config.cloudkitty.policy_file)
    tokens = keystone_tokens(config.keystone)
    return KeystoneAuth(tokens, policies, config.keystone.public_url or config.keystone.auth_url or ""), policies


class RatingGate:
    """Settles who calls before anything else looks at the request, whatever its path."""

    def __init__(self, app: ASGIApp, auth: Auth) -> None:
        self._app = app
        self._auth = auth

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and path_of(scope).rstrip("/") not in _OPEN:
            try:
                scope.setdefault("state", {})["rating_caller"] = await self._auth.caller(scope)
            except TallyError as error:
                await self._refusal(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, error: TallyError) -> ASGIApp:
        if isinstance(error, UnidentifiedError):
            headers = {"WWW-Authenticate": self._auth.challenge} if self._auth.challenge else {}
            return _answer(401, "Unauthorized", _NO_TOKEN if self._auth.challenge else str(error), headers)
        if isinstance(error, NotEntitledError):
            return _answer(403, "Forbidden", str(error), {})
        return _answer(503, "Service Unavailable", "The Keystone service is temporarily unavailable.", {})


def _answer(status: int, title: str, message: str, headers: Mapping[str, str]) -> ASGIApp:
    return json_response({"error": {"code": status, "title": title, "message": message}}, status, headers)


def caller_of(request: Request) -> Caller:
    """Who asks. Only for paths that are not open to all."""
    caller = request.state.rating_caller
    assert isinstance(caller, Caller)
    return caller

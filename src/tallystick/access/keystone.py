"""Tokens of OpenStack's Keystone: what one stands for is asked of Keystone itself, with the service's own token.

An answer is kept for a short while, so that a token that was revoked is believed no longer than that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from tallystick import clock
from tallystick.access.identity import UnidentifiedError
from tallystick.errors import ConfigError, UnavailableError

if TYPE_CHECKING:
    from tallystick.settings.config import Keystone

_MOST_KEPT: Final = 10_000
_NO_TOKEN: Final = frozenset({400, 404, 413, 431})
"""What Keystone says about a text that is no valid token: not found, or not even readable."""
_TIMEOUT: Final = 30.0
"""Seconds to wait for Keystone."""

Ask = Callable[[str], "tuple[int, Mapping[str, Any]]"]
"""The status and body of ``GET /v3/auth/tokens`` about a token. Raises UnavailableError."""


@dataclass(frozen=True, slots=True)
class Token:
    """What Keystone says of a token. A token that is not scoped to a project has no ``project_id``."""

    user_id: str
    project_id: str | None
    roles: frozenset[str]
    expires_at: datetime
    domain_id: str | None = None
    system: bool = False
    is_admin_project: bool = True


class Tokens:
    """Validates tokens, and keeps what Keystone said. Thread-safe."""

    def __init__(self, ask: Ask, keep: timedelta) -> None:
        self._ask = ask
        self._keep = keep
        self._kept: dict[bytes, tuple[datetime, Token | None]] = {}
        self._lock = threading.Lock()

    def validate(self, token: str) -> Token:
        """What a token stands for. Raises UnidentifiedError for one that is not valid, UnavailableError."""
        key, now = blake2b(token.encode()).digest(), clock.now()
        with self._lock:
            until, known = self._kept.get(key, (now, None))
        if until <= now:
            known = self._asked(token)
            self._remember(key, now, known)
        if known is None or known.expires_at <= now:
            raise UnidentifiedError("The token is not valid")
        return known

    def _remember(self, key: bytes, now: datetime, token: Token | None) -> None:
        with self._lock:
            if len(self._kept) >= _MOST_KEPT:
                self._kept = {key: entry for key, entry in self._kept.items() if entry[0] > now}
            if len(self._kept) < _MOST_KEPT:
                self._kept[key] = now + self._keep, token

    def _asked(self, token: str) -> Token | None:
        if not (token.isascii() and token.isprintable()):
            return None
        status, body = self._ask(token)
        if status in _NO_TOKEN:
            return None
        if status != 200:
            raise UnavailableError(f"Keystone answered {status} when asked about a token")
        return parse_token(body)


def parse_token(body: Mapping[str, Any]) -> Token:
    """A token from Keystone's document about it. Raises UnavailableError for what is none."""
    try:
        found = body["token"]
        return Token(
            user_id=found["user"]["id"],
            project_id=found["project"]["id"] if "project" in found else None,
            roles=frozenset(role["name"] for role in found.get("roles", ())),
            expires_at=datetime.fromisoformat(found["expires_at"]),
            domain_id=found["domain"]["id"] if "domain" in found else None,
            system="system" in found,
            is_admin_project=found.get("is_admin_project", True) is True,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UnavailableError("Keystone's document about a token cannot be read") from error


def keystone_tokens(settings: Keystone) -> Tokens:
    """Tokens validated by the Keystone of the settings. Raises ConfigError where they or the library are missing."""
    return Tokens(_asking(settings), timedelta(seconds=settings.cache))


def _asking(settings: Keystone) -> Ask:
    try:
        from keystoneauth1 import exceptions, session
        from keystoneauth1.identity import v3
    except ImportError as error:
        raise ConfigError("Keystone needs the extra openstack: pip install 'tallystick[openstack]'") from error
    if settings.auth_url is None or settings.username is None or settings.password is None:
        raise ConfigError("Keystone needs keystone.auth_url, keystone.username and keystone.password")
    base = settings.auth_url.rstrip("/").removesuffix("/v3") + "/v3"
    service = v3.Password(
        auth_url=base,
        username=settings.username,
        password=settings.password.get_secret_value(),
        project_name=settings.project_name,
        user_domain_name=settings.user_domain_name,
        project_domain_name=settings.project_domain_name,
    )
    verify = str(settings.ca_bundle) if settings.ca_bundle else True
    client = session.Session(auth=service, verify=verify, timeout=_TIMEOUT, user_agent="tallystick")

    def ask(token: str) -> tuple[int, Mapping[str, Any]]:
        try:
            answer = client.get(f"{base}/auth/tokens", headers={"X-Subject-Token": token}, raise_exc=False, log=False)
            return answer.status_code, answer.json() if answer.status_code == 200 else {}
        except (exceptions.ClientException, ValueError) as error:
            raise UnavailableError("Keystone does not answer") from error

    return ask

"""The fetcher ``keystone``: the projects in which our own user has the role ``rating``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tallystick.errors import ConfigError, UnavailableError
from tallystick.sources.metering.login import open_session
from tallystick.sources.metering.options import KeystoneFetcherOptions, MeteringConfig

if TYPE_CHECKING:
    from keystoneauth1.adapter import Adapter

ROLE: Final = "rating"
_SECTION: Final = "fetcher_keystone"
_RETRIES: Final = 3
_SECONDS: Final = 60


@dataclass(frozen=True)
class KeystoneFetcher:
    """The scopes are ids of projects. It takes three questions, however many projects there are."""

    adapter: Adapter
    options: KeystoneFetcherOptions

    def scopes(self) -> list[str]:
        """Projects that are disabled count, unless ``ignore_disabled_tenants``; deleted ones do not."""
        known = {
            project["id"]
            for project in self._all("projects", {})
            if project["enabled"] or not self.options.ignore_disabled_tenants
        }
        return sorted(known if self.options.ignore_rating_role else known & self._with_role())

    def _with_role(self) -> set[str]:
        """The projects in which our user has the role itself, not through a group or from a domain."""
        role = next(self._all("roles", {"name": ROLE}), None)
        if role is None:
            raise ConfigError(
                f"[{_SECTION}] Keystone has no role {ROLE!r}: make it, give it to our user in each project that is to "
                "be rated, or set ignore_rating_role"
            )
        assigned = self._all("role_assignments", {"user.id": self._user_id(), "role.id": role["id"]})
        scopes = (each["scope"] for each in assigned)
        return {
            scope["project"]["id"] for scope in scopes if "project" in scope and "OS-INHERIT:inherited_to" not in scope
        }

    def _user_id(self) -> str:
        from keystoneauth1 import exceptions

        try:
            return str(self.adapter.get_user_id())
        except exceptions.ClientException as error:
            raise UnavailableError(f"[{_SECTION}] Keystone does not let us in: {error}") from error

    def _all(self, what: str, filters: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """Everything of a kind, page after page."""
        address: str | None = f"/{what}"
        while address:
            document = self._document(address, filters)
            yield from document[what]
            address, filters = (document.get("links") or {}).get("next"), {}

    def _document(self, address: str, filters: Mapping[str, str]) -> Mapping[str, Any]:
        from keystoneauth1 import exceptions

        try:
            document: Mapping[str, Any] = self.adapter.get(address, params=dict(filters)).json()
        except exceptions.Forbidden as error:
            raise ConfigError(f"[{_SECTION}] our user may not read {address} in Keystone: {error}") from error
        except (exceptions.ClientException, ValueError) as error:
            raise UnavailableError(f"Keystone does not tell the scopes: {error}") from error
        return document


def open_fetcher(config: MeteringConfig) -> KeystoneFetcher:
    """As [fetcher_keystone] says. Raises ConfigError."""
    options = config.section(_SECTION, KeystoneFetcherOptions)
    if options.keystone_version != "3":
        raise ConfigError(f"[{_SECTION}] keystone_version: {options.keystone_version!r} is not spoken, only 3")
    session = open_session(options, _SECTION)
    session.timeout = session.timeout or _SECONDS

    from keystoneauth1.adapter import Adapter

    adapter = Adapter(session, service_type="identity", version="3", connect_retries=_RETRIES)
    return KeystoneFetcher(adapter, options)

"""Gnocchi's API: aggregates of measures by group, and searches of resources; which of its errors mean what.

How a request travels is the door's matter: with a name alone (``basic``), or with a token of Keystone's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from tallystick.errors import ConfigError, UnavailableError
from tallystick.sources.metering.login import open_session
from tallystick.sources.metering.options import GnocchiOptions
from tallystick.sources.metering.parts import BadQueryError, TooMuchError, UnansweredError

if TYPE_CHECKING:
    from keystoneauth1.session import Session

Parameters = Sequence[tuple[str, str]]
Filter = Mapping[str, object]
_SERVICE: Final = "metric"
_RETRIES: Final = 3
_RETRIABLE: Final = (429, 502, 503)
_SECONDS: Final = 300
"""How long an answer may take by default."""
_SHOWN: Final = 300
_HEADERS: Final = {"Accept": "application/json"}
_NO_DATA: Final = re.compile(r"Metrics? (\[.*\] )?(does not exist|not found)")
_OF_THE_DATA: Final = ("cannot be aggregated", "unknown aggregation")
"""Refusals that depend on the metrics that are found, and so on the scopes that are asked for."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The measures of a group: its attributes, and (seconds since 1970, value) in the order of Gnocchi's answer."""

    group: Mapping[str, object]
    values: Sequence[tuple[int, float]]


class Door(Protocol):
    """The way to a server."""

    def send(self, path: str, parameters: Parameters, body: object) -> requests.Response:
        """Posts a document. Raises UnavailableError and UnansweredError."""


class BasicDoor:
    """A Gnocchi at a URL that takes a user's word for their name."""

    def __init__(self, options: GnocchiOptions, section: str) -> None:
        """Raises ConfigError without a URL."""
        if not options.gnocchi_endpoint.startswith(("http://", "https://")):
            raise ConfigError(
                f"[{section}] gnocchi_endpoint: {options.gnocchi_endpoint!r} is no http:// or https:// address"
            )
        self._url = options.gnocchi_endpoint.rstrip("/")
        self._timeout = options.timeout or _SECONDS
        self._session = requests.Session()
        self._session.auth = (options.gnocchi_user, "")
        self._session.verify = str(options.cafile) if options.cafile else not options.insecure
        retries = Retry(
            _RETRIES, read=0, other=0, status_forcelist=_RETRIABLE, allowed_methods=None, backoff_factor=0.3,
            respect_retry_after_header=False, raise_on_status=False,
        )  # fmt: skip
        for scheme in ("http://", "https://"):
            adapter = HTTPAdapter(pool_maxsize=options.http_pool_maxsize, max_retries=retries)
            self._session.mount(scheme, adapter)

    def send(self, path: str, parameters: Parameters, body: object) -> requests.Response:
        """Asks in the user's name."""
        try:
            return self._session.post(
                f"{self._url}/{path}", params=list(parameters), json=body, timeout=self._timeout, headers=_HEADERS
            )
        except requests.ReadTimeout as error:
            raise UnansweredError(f"{self._url} did not answer in time") from error
        except requests.RequestException as error:
            raise UnavailableError(f"{self._url} does not answer: {error}") from error


class KeystoneDoor:
    """A Gnocchi in the catalogue of Keystone."""

    def __init__(self, session: Session, options: GnocchiOptions) -> None:
        from keystoneauth1.adapter import Adapter

        session.timeout = session.timeout or _SECONDS
        self._adapter = Adapter(
            session,
            service_type=_SERVICE,
            interface=options.interface,
            region_name=options.region_name,
            connect_retries=_RETRIES,
            status_code_retries=_RETRIES,
            retriable_status_codes=list(_RETRIABLE),
        )

    def send(self, path: str, parameters: Parameters, body: object) -> requests.Response:
        """Asks with a token."""
        from keystoneauth1 import exceptions

        try:
            response: requests.Response = self._adapter.post(
                f"/{path}", params=list(parameters), json=body, raise_exc=False, headers=_HEADERS
            )
        except exceptions.ConnectTimeout as error:
            raise UnansweredError(f"{_SERVICE} did not answer in time") from error
        except exceptions.ClientException as error:
            raise UnavailableError(f"{_SERVICE} does not answer: {error}") from error
        return response


def open_door(options: GnocchiOptions, section: str) -> Door:
    """As a section says. Raises ConfigError."""
    if options.gnocchi_auth_type == "basic":
        return BasicDoor(options, section)
    return KeystoneDoor(open_session(options, section), options)


@dataclass(frozen=True)
class GnocchiApi:
    """Questions, through a door. Each raises TooMuchError, BadQueryError and UnavailableError."""

    door: Door

    def aggregates(self, parameters: Parameters, body: object) -> list[Measured]:
        """The measures by group. No metric and no measure in the range are an empty answer, as Gnocchi has it."""
        answer = self.door.send("v1/aggregates", parameters, body)
        if answer.status_code in (400, 404) and _NO_DATA.search(answer.text):
            return []
        return [_measured(entry) for entry in _document(answer)]

    def search(self, resource_type: str, parameters: Parameters, filters: Filter) -> Iterator[Mapping[str, Any]]:
        """All resources, or their revisions, page after page."""
        path = f"v1/search/resource/{resource_type}"
        while True:
            answer = self.door.send(path, parameters, filters)
            yield from _document(answer)
            following = answer.links.get("next", {}).get("url")
            if not following:
                return
            parameters = parse_qsl(urlsplit(following).query)

    def page(self, resource_type: str, parameters: Parameters, filters: Filter) -> list[Mapping[str, Any]]:
        """One page of resources, as long as the server makes it."""
        return _document(self.door.send(f"v1/search/resource/{resource_type}", parameters, filters))


def _measured(entry: Mapping[str, Any]) -> Measured:
    aggregated = entry["measures"]["measures"].get("aggregated")
    if aggregated is None:
        raise BadQueryError("the query does not aggregate: it must contain (aggregate ...)", inherent=True)
    values = [(int(datetime.fromisoformat(moment).timestamp()), value) for moment, _, value in aggregated]
    return Measured(entry["group"], values)


def _document(answer: requests.Response) -> list[Any]:
    """The list that is answered."""
    if answer.status_code in (408, 413, 504):
        raise TooMuchError(f"Gnocchi answers {answer.status_code}")
    if 400 <= answer.status_code < 500:
        raise BadQueryError(_shown(answer), inherent=not any(text in answer.text for text in _OF_THE_DATA))
    try:
        found = answer.json() if answer.ok else None
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise UnavailableError(_shown(answer))
    return found


def _shown(answer: requests.Response) -> str:
    """What an answer says, in one line."""
    text = answer.text
    try:
        document = json.loads(text)
        text = str(document.get("description") or document.get("error") or document)
    except (ValueError, AttributeError):
        pass
    return f"Gnocchi answers {answer.status_code}: {' '.join(text.split())[:_SHOWN]}"

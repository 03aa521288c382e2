"""What a storage of rated points answers, and the way to those that speak HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Protocol

import requests

from tallystick.errors import ConfigError, UnavailableError
from tallystick.sources.points.table import PricedPoint

_SHOWN: Final = 300
_SECONDS: Final = 300
"""After which a server that sends nothing counts as away."""
_DAY: Final = timedelta(days=1)


class RatedStorage(Protocol):
    """A storage of rated points. It raises UnavailableError when it does not answer, ConfigError when it refuses."""

    kind: str
    """Which storage this is, in a word."""
    name: str
    """Where it is, without secrets."""

    def span(self) -> tuple[date, date] | None:
        """The UTC days of the first and the last point; None when there is none."""

    def count(self, day: date) -> int:
        """How many points of a UTC day it counts itself."""

    def points(self, day: date) -> Iterator[PricedPoint]:
        """The points of a UTC day, in any order."""


def bounds(day: date) -> tuple[datetime, datetime]:
    """The UTC day as an interval, half-open."""
    begin = datetime.combine(day, time.min, UTC)
    return begin, begin + _DAY


@dataclass(frozen=True, slots=True)
class Access:
    """How a server lets somebody in."""

    login: tuple[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    verify: bool | str = True
    """Whether its certificate is checked; a text is the file of those to trust."""
    certificate: tuple[str, str] | None = None
    """The files of our own and its key."""


class Http:
    """JSON from a server, every number as the text that it sent."""

    def __init__(self, url: str, access: Access) -> None:
        self._session = requests.Session()
        self._session.headers.update(access.headers)
        self._session.auth = access.login
        self._session.verify = access.verify
        self._session.cert = access.certificate
        self._url = url.rstrip("/")

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Any:
        """The answer to a GET."""
        return loads(self.ask("GET", path, params=parameters).text)

    def post(self, path: str, body: object, parameters: Mapping[str, str] | None = None) -> Any:
        """The answer to a POST of JSON."""
        return loads(self.ask("POST", path, json=body, params=parameters).text)

    def ask(self, verb: str, path: str, **request: Any) -> requests.Response:
        """The response, if it is one of success."""
        where = f"{self._url}/{path}"
        try:
            response = self._session.request(verb, where, timeout=_SECONDS, **request)
        except requests.RequestException as error:
            raise UnavailableError(f"{where} does not answer: {error}") from error
        if response.ok:
            response.encoding = "utf-8"
            return response
        shown = f"{where} answers {response.status_code}: {response.text[:_SHOWN].strip()}"
        raise UnavailableError(shown) if response.status_code >= 500 else ConfigError(shown)


def loads(text: str) -> Any:
    """JSON whose numbers stay the text that stands there."""
    return json.loads(text, parse_float=str, parse_int=str)


def moment(text: str) -> datetime:
    """An ISO 8601 time as UTC; one without a zone is UTC."""
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)

"""Prometheus's query API: what is asked, what comes back, and which of its errors mean what.

How a request travels is the transport's matter: plain HTTP here, Keystone's in ``aetos``. Values stay the text that
Prometheus wrote.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from tallystick.errors import ConfigError, TallyError, UnavailableError
from tallystick.sources.metering.options import PrometheusOptions
from tallystick.sources.metering.parts import BadQueryError, TooMuchError, UnansweredError

MAX_BYTES: Final = 32 * 1024 * 1024
"""Of one answer; a longer one is not read."""
_LONGEST: Final = 64 * 1024
_CHUNK: Final = 256 * 1024
_SHOWN: Final = 300
_CONNECT_SECONDS: Final = 10
_RETRY: Final = Retry(
    total=4,
    connect=3,
    read=0,
    status=3,
    other=0,
    status_forcelist=(429, 502, 504),
    allowed_methods=None,
    backoff_factor=0.3,
    respect_retry_after_header=False,
    raise_on_status=False,
)


@dataclass(frozen=True, slots=True)
class Answered:
    """A series of an answer: labels, and (seconds since 1970, value) pairs."""

    labels: Mapping[str, str]
    samples: list[tuple[float, str]]


class Transport(Protocol):
    """The way to a server."""

    has_ranges: bool
    """Whether it answers for a range of times at once."""

    def fits(self, query: str) -> bool:
        """Whether a question is short enough to be sent."""

    def send(self, path: str, parameters: Mapping[str, str]) -> requests.Response:
        """The answer, its body unread. Raises UnavailableError, UnansweredError."""


class PrometheusHttp:
    """A Prometheus at a URL."""

    has_ranges = True

    def __init__(self, options: PrometheusOptions, section: str) -> None:
        """Raises ConfigError without a URL."""
        if not options.prometheus_url.startswith(("http://", "https://")):
            raise ConfigError(
                f"[{section}] prometheus_url: {options.prometheus_url!r} is no http:// or https:// address"
            )
        self._url = options.prometheus_url.rstrip("/")
        self._verify = str(options.cafile) if options.cafile else not options.insecure
        self._timeout = (_CONNECT_SECONDS, options.timeout or None)
        self._session = requests.Session()
        if options.prometheus_user and options.prometheus_password:
            self._session.auth = (options.prometheus_user, options.prometheus_password.get_secret_value())
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=_RETRY, pool_maxsize=16))

    def fits(self, query: str) -> bool:
        """Whether it is short enough: far below what proxies let through."""
        return len(query.encode()) <= _LONGEST

    def send(self, path: str, parameters: Mapping[str, str]) -> requests.Response:
        """Posts the parameters as a form. A server that does not answer at once is asked again, some times."""
        try:
            return self._session.post(
                f"{self._url}/{path}", data=dict(parameters), timeout=self._timeout, verify=self._verify, stream=True
            )
        except requests.RequestException as error:
            raise unreachable(self._url, error) from error


class PrometheusApi:
    """Queries, over a transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.has_ranges = transport.has_ranges
        self.fits = transport.fits

    def at(self, query: str, moment: int | None = None) -> list[Answered]:
        """The answer at a moment, by default now, in seconds since 1970.

        Raises TooMuchError, BadQueryError and UnavailableError, as does :meth:`over`.
        """
        when = {} if moment is None else {"time": str(moment)}
        return self._ask("query", {"query": query} | when)

    def over(self, query: str, moments: range) -> list[Answered]:
        """The answers at each of these moments, as if each were asked for by itself."""
        window = {"start": str(moments[0]), "end": str(moments[-1]), "step": str(moments.step)}
        return self._ask("query_range", {"query": query} | window)

    def _ask(self, path: str, parameters: Mapping[str, str]) -> list[Answered]:
        with self._transport.send(path, parameters) as response:
            return _answer(response.status_code, _body(response))


def unreachable(where: str, error: requests.RequestException) -> TallyError:
    """What an error of the connection means."""
    if isinstance(error, requests.ReadTimeout) or "Read timed out" in str(error):
        return UnansweredError(f"{where} did not answer in time")
    return UnavailableError(f"{where} does not answer: {error}")


def _body(response: requests.Response) -> bytes:
    chunks, length = [], 0
    try:
        for chunk in response.iter_content(_CHUNK):
            length += len(chunk)
            if length > MAX_BYTES:
                raise TooMuchError(f"the answer has more than {MAX_BYTES:,} bytes")
            chunks.append(chunk)
    except requests.RequestException as error:
        raise unreachable(response.url.partition("?")[0], error) from error
    return b"".join(chunks)


def _answer(status: int, body: bytes) -> list[Answered]:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict) or "status" not in document:
        raise _foreign(status, body)
    if document["status"] != "success":
        raise _refusal(status, document)
    if warnings := [text for text in document.get("warnings") or () if not text.startswith("PromQL info")]:
        raise UnavailableError(f"the answer may not be complete: {'; '.join(warnings)}")
    return _series(document.get("data") or {})


def _series(data: Mapping[str, Any]) -> list[Answered]:
    kind, result = data.get("resultType"), data.get("result") or []
    match kind:
        case "matrix":
            return [Answered(item["metric"], item["values"]) for item in result if "values" in item]
        case "vector":
            return [Answered(item["metric"], [item["value"]]) for item in result if "value" in item]
        case _:
            raise BadQueryError(f"the answer is a {kind}, not a vector", inherent=True)


def _foreign(status: int, body: bytes) -> TallyError:
    """An answer that is not Prometheus's: a proxy's, or that of another service."""
    if status in (413, 414):
        return TooMuchError(f"the server answers {status}: the question is too long")
    shown = " ".join(body[:_SHOWN].decode(errors="replace").split())
    return UnavailableError(f"the server answers {status}, and not as Prometheus does: {shown}")


def _refusal(status: int, document: Mapping[str, Any]) -> TallyError:
    kind, text = document.get("errorType"), f"{document.get('errorType')}: {document.get('error')}"
    if kind in ("timeout", "canceled") or (kind == "execution" and "too many samples" in text):
        return TooMuchError(text)
    if kind == "execution":
        return BadQueryError(text, inherent=False)
    if kind == "bad_data" or 400 <= status < 500:
        return BadQueryError(text, inherent=True)
    return UnavailableError(text)

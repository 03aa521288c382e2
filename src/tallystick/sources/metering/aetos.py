"""The collector ``aetos``: Prometheus behind Keystone, which the catalogue knows as the service ``metric-storage``.

Aetos answers for one moment at a time and to GET only; the questions are those of the collector ``prometheus``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

import requests

from tallystick.errors import UnavailableError
from tallystick.sources.metering.login import open_session
from tallystick.sources.metering.options import AetosOptions, MeteringConfig
from tallystick.sources.metering.parts import UnansweredError
from tallystick.sources.metering.prometheus import PrometheusCollector
from tallystick.sources.metering.prometheus_api import PrometheusApi

if TYPE_CHECKING:
    from keystoneauth1.session import Session

_SERVICE: Final = "metric-storage"
_LONGEST: Final = 3_000
"""Bytes of a query in a URL: servers of WSGI take 4096 for the whole head of a request by default."""
_RETRIES: Final = 3


class AetosHttp:
    """An Aetos in the catalogue of Keystone."""

    has_ranges = False

    def __init__(self, session: Session, options: AetosOptions) -> None:
        from keystoneauth1.adapter import Adapter

        self._adapter = Adapter(
            session,
            service_type=_SERVICE,
            interface=options.interface,
            region_name=options.region_name,
            connect_retries=_RETRIES,
            status_code_retries=_RETRIES,
            retriable_status_codes=[429, 502, 504],
        )

    def fits(self, query: str) -> bool:
        """Whether it is short enough for a URL."""
        return len(quote_plus(query)) <= _LONGEST

    def send(self, path: str, parameters: Mapping[str, str]) -> requests.Response:
        """Asks with a token of Keystone's."""
        from keystoneauth1 import exceptions

        try:
            response: requests.Response = self._adapter.get(
                f"/api/v1/{path}", params=dict(parameters), raise_exc=False, stream=True
            )
        except exceptions.ConnectTimeout as error:
            raise UnansweredError(f"{_SERVICE} did not answer in time") from error
        except exceptions.ClientException as error:
            raise UnavailableError(f"{_SERVICE} does not answer: {error}") from error
        return response


def open_collector(config: MeteringConfig) -> PrometheusCollector:
    """As [collector_aetos] says. Raises ConfigError."""
    name = "collector_aetos"
    options = config.section(name, AetosOptions)
    transport = AetosHttp(open_session(options, name), options)
    return PrometheusCollector(PrometheusApi(transport), config.collect.scope_key)

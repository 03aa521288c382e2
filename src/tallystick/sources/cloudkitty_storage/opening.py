"""Opens a storage, by its address or by what CloudKitty's own configuration says of it.

An address is that of an SQL database, as SQLAlchemy has them, or one of::

    influxdb+http://USER:PASSWORD@HOST:8086/DATABASE?retention_policy=autogen
    influxdb2+http://:TOKEN@HOST:8086/ORGANISATION/BUCKET
    elasticsearch+http://HOST:9200/INDEX        opensearch+https://USER:PASSWORD@HOST:9200/INDEX
    loki+http://HOST:3100/loki/api/v1?tenant=cloudkitty&service=cloudkitty

with ``+https`` where the server has TLS. What a Loki's address asks for besides ``tenant`` and ``limit`` are the labels
of the stream.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from tallystick import clock
from tallystick.errors import ConfigError
from tallystick.sources.cloudkitty_storage.base import Access, RatedStorage
from tallystick.sources.cloudkitty_storage.configured import Configuration, read_configuration
from tallystick.sources.cloudkitty_storage.documents import DocumentStorage
from tallystick.sources.cloudkitty_storage.flux import FluxStorage
from tallystick.sources.cloudkitty_storage.influx import InfluxStorage
from tallystick.sources.cloudkitty_storage.loki import LIMIT, LokiStorage
from tallystick.sources.cloudkitty_storage.sql import SqlStorage

PERIOD: Final = 3600
"""Seconds, where nothing says otherwise."""


def open_storage(where: str) -> RatedStorage:
    """The storage at an address, or the one that a configuration file names. Raises ConfigError."""
    if "://" not in where:
        return configured_storage(read_configuration(Path(where)))
    kind, plus, _ = where.partition("://")[0].partition("+")
    if plus and kind in _BY_ADDRESS:
        return _BY_ADDRESS[kind](urlsplit(where))
    return SqlStorage(where)


def database_address(where: str) -> str:
    """The address of CloudKitty's SQL database, given so or by its configuration file. Raises ConfigError."""
    return where if "://" in where else read_configuration(Path(where)).database


def configured_scope_key(where: str) -> str | None:
    """The attribute that says a point's scope, where a configuration file says it."""
    return None if "://" in where else read_configuration(Path(where)).scope_key


def configured_storage(configuration: Configuration) -> RatedStorage:
    """The storage of a CloudKitty. Raises ConfigError when it has none that can be read."""
    storage = configuration.section("storage")
    version, backend = storage.get("version", "2"), storage.get("backend", "influxdb")
    if version == "1":
        if backend != "sqlalchemy":
            raise ConfigError(f"[storage] backend = {backend}: the storage of version 1 that can be read is sqlalchemy")
        return SqlStorage(configuration.database)
    if backend not in _BY_SECTION:
        raise ConfigError(f"[storage] backend = {backend}: known are {', '.join(sorted(_BY_SECTION))}")
    section = configuration.section(f"storage_{backend}")
    return _BY_SECTION[backend](section, int(configuration.section("collect").get("period", PERIOD)))


def _influx_at(address: SplitResult) -> RatedStorage:
    asked, (database,) = _asked(address), _path(address, "DATABASE")
    policy = asked.get("retention_policy", "autogen")
    return InfluxStorage(_server(address), database, Access(_login(address)), retention_policy=policy, period=PERIOD)


def _flux_at(address: SplitResult) -> RatedStorage:
    organisation, bucket = _path(address, "ORGANISATION/BUCKET")
    access = Access(headers=_token(unquote(address.password or "")))
    return FluxStorage(_server(address), organisation, bucket, access, period=PERIOD)


def _documents_at(address: SplitResult) -> RatedStorage:
    (index,) = _path(address, "INDEX")
    return DocumentStorage(_server(address), index, Access(_login(address)))


def _loki_at(address: SplitResult) -> RatedStorage:
    asked = _asked(address)
    access = Access(_login(address), _tenant(asked.pop("tenant", "cloudkitty")))
    limit = int(asked.pop("limit", LIMIT))
    stream = asked or {"service": "cloudkitty"}
    return LokiStorage(f"{_server(address)}{address.path}", stream, access, now=clock.now(), limit=limit)


def _configured_influx(section: Mapping[str, str], period: int) -> RatedStorage:
    if section.get("version", "1") == "2":
        access = Access(headers=_token(section.get("token", "")), verify=_verify(section))
        organisation, bucket = section.get("org", "openstack"), section.get("bucket", "cloudkitty")
        return FluxStorage(section.get("url", ""), organisation, bucket, access, period=period)
    scheme = "https" if _true(section, "use_ssl") else "http"
    url = f"{scheme}://{section.get('host', 'localhost')}:{section.get('port', '8086')}"
    login = (section["username"], section.get("password", "")) if section.get("username") else None
    policy = section.get("retention_policy", "autogen")
    access = Access(login, verify=_verify(section))
    return InfluxStorage(url, section.get("database", ""), access, retention_policy=policy, period=period)


def _configured_documents(section: Mapping[str, str], _period: int) -> RatedStorage:
    url = urlsplit(section.get("host", "http://localhost:9200"))
    access = Access(_login(url), verify=_verify(section))
    return DocumentStorage(f"{url.scheme}://{_place(url)}", section.get("index_name", "cloudkitty"), access)


def _configured_loki(section: Mapping[str, str], _period: int) -> RatedStorage:
    from json import loads

    certificate = (section["cert_file"], section["key_file"]) if section.get("cert_file") else None
    access = Access(None, _tenant(section.get("tenant", "cloudkitty")), _verify(section, "ca_file"), certificate)
    stream = loads(section["stream"].replace("'", '"')) if "stream" in section else {"service": "cloudkitty"}
    url = section.get("url", "http://localhost:3100/loki/api/v1")
    return LokiStorage(url, stream, access, now=clock.now())


_BY_ADDRESS: Final[Mapping[str, Callable[[SplitResult], RatedStorage]]] = {
    "influxdb": _influx_at,
    "influxdb2": _flux_at,
    "elasticsearch": _documents_at,
    "opensearch": _documents_at,
    "loki": _loki_at,
}
_BY_SECTION: Final[Mapping[str, Callable[[Mapping[str, str], int], RatedStorage]]] = {
    "influxdb": _configured_influx,
    "elasticsearch": _configured_documents,
    "opensearch": _configured_documents,
    "loki": _configured_loki,
}


def _server(address: SplitResult) -> str:
    return f"{address.scheme.partition('+')[2]}://{_place(address)}"


def _place(address: SplitResult) -> str:
    return address.netloc.rpartition("@")[2]


def _path(address: SplitResult, shape: str) -> list[str]:
    parts = [unquote(part) for part in address.path.strip("/").split("/")]
    if len(parts) != len(shape.split("/")) or not all(parts):
        raise ConfigError(f"{address.scheme}://{_place(address)}{address.path}: write ...HOST:PORT/{shape}")
    return parts


def _asked(address: SplitResult) -> dict[str, str]:
    return dict(parse_qsl(address.query))


def _login(address: SplitResult) -> tuple[str, str] | None:
    return (unquote(address.username), unquote(address.password or "")) if address.username else None


def _token(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Token {token}", "Accept": "application/csv"}


def _tenant(tenant: str) -> Mapping[str, str]:
    return {"X-Scope-OrgID": tenant}


def _verify(section: Mapping[str, str], file: str = "cafile") -> bool | str:
    return False if _true(section, "insecure") else section.get(file) or True


def _true(section: Mapping[str, str], name: str) -> bool:
    return section.get(name, "false").lower() in ("true", "1", "yes", "on")

"""What an operator can set, and where each value came from.

A setting has a dotted name (``serve.port``), which is its place in the file ``tally.toml`` and, in capitals and with
underscores (``TALLY_SERVE_PORT``), its environment variable. The environment wins over the file, the file over the
default. The file lies in the home, or where ``TALLY_CONFIG`` says. A name that nobody knows is an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ByteSize, ConfigDict, Field, IPvAnyNetwork, SecretStr

FILE_NAME = "tally.toml"
GIB = 1024**3


class Table(BaseModel):
    """A table of settings: immutable, and closed to unknown names."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Serve(Table):
    """The HTTP server."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    processes: Annotated[int, Field(ge=1)] = 1
    """How many answer side by side, each with a rollup cache and metrics of its own."""
    trusted_gateways: tuple[IPvAnyNetwork, ...] = ()
    """Addresses or networks from which an identity header is believed. Empty: nobody but the local owner."""


class Log(Table):
    """Structured logs, on standard error."""

    format: Literal["console", "json"] = "console"
    level: Literal["debug", "info", "warning", "error"] | None = None
    """Least level that is written. Unset: ``info`` for the server, ``warning`` for other commands."""


class Limits(Table):
    """What a delivered archive or compressed file may hold."""

    unpacked_bytes: Annotated[ByteSize, Field(gt=0)] = ByteSize(64 * GIB)
    archive_files: Annotated[int, Field(gt=0)] = 10_000


class Engine(Table):
    """The DuckDB in the process, and the Trino beside it."""

    threads: Annotated[int, Field(ge=1)] = os.cpu_count() or 1
    memory: Annotated[str, Field(pattern=r"^\d+(\.\d+)? ?([KMGT]i?B)$")] = "900MB"
    trino: Annotated[str | None, Field(pattern=r"^trinos?://")] = None
    """``trino://user@host:port/catalog``, ``trinos`` for TLS. ``engine = "trino://..."`` says the same."""
    trino_above: ByteSize = ByteSize(4 * GIB)
    """A part is computed by Trino when the files that it is computed from hold more than this."""


class Retention(Table):
    """How far back reports reach."""

    report_months: Annotated[int, Field(ge=3, le=120)] = 120
    """Months, the current one included, of the Koku-compatible reports (there the default is 4).

    Nothing is purged by it; the command line and FOCUS reports see all.
    """


class Maintain(Table):
    """When old releases go, and which files are put together."""

    keep_releases_days: Annotated[int, Field(ge=0)] = 30
    keep_releases: Annotated[int, Field(ge=1)] = 20
    compact_below_bytes: Annotated[ByteSize, Field(ge=0)] = ByteSize(32 * 1024**2)


class Metering(Table):
    """What is collected."""

    late_periods: Annotated[int, Field(ge=0)] = 6
    """So many periods are collected again with each new one: where samples came late, they are replaced."""
    every: Annotated[float, Field(gt=0)] = 60.0
    """How often, in seconds, it is looked for periods that are due."""


class Rating(Table):
    """What rated points are posted as."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    """ISO 4217; the prices of rules have none."""


class CloudKitty(Table):
    """The API that clients of CloudKitty know."""

    auth: Literal["noauth", "keystone"] = "noauth"
    """``noauth``: whoever calls from this machine, and nobody else, may do everything."""
    tenant: Annotated[str, Field(min_length=1)] = "default"
    """Whose points and rules it is about; its projects are scopes."""
    policy_file: Path | None = None
    """Rules of oslo.policy that take the place of the built-in ones; with Keystone only."""
    allowed_origins: tuple[Annotated[str, Field(pattern=r"^https?://[^/*\s]+$")], ...] = ()
    """Whose pages browsers let ask, e.g. ``https://horizon.example``. Without authentication they may do everything."""
    reprocess_last_period: bool = False
    """Whether the period that begins at the end of an ordered reprocessing belongs to it, as in CloudKitty."""


class Keystone(Table):
    """The Keystone that says what a token stands for, and the service user that asks it."""

    auth_url: Annotated[str | None, Field(pattern=r"^https?://")] = None
    public_url: Annotated[str | None, Field(pattern=r"^https?://")] = None
    """Where a caller without a token is sent; unset: ``auth_url``."""
    username: str | None = None
    password: SecretStr | None = None
    project_name: str = "service"
    user_domain_name: str = "Default"
    project_domain_name: str = "Default"
    ca_bundle: Path | None = None
    cache: Annotated[float, Field(ge=0)] = 300.0
    """Seconds for which an answer about a token is kept."""


class Reports(Table):
    """Where report queries run."""

    store: Literal["duckdb", "postgresql", "trino"] = "duckdb"


class Jobs(Table):
    """Workers and the scheduler. Times are in seconds."""

    large_above: ByteSize = ByteSize(256 * 1024**2)
    """A step that reads more than this goes to the queue ``large``, others to ``small``."""
    attempts: Annotated[int, Field(ge=1)] = 5
    backoff: Annotated[float, Field(gt=0)] = 10.0
    """How long after a first failure a job is tried again; twice as long after each further one."""
    lease: Annotated[float, Field(gt=0)] = 60.0
    """How long after its last sign of life a process is taken for dead, where that cannot be known."""
    poll: Annotated[float, Field(gt=0)] = 5.0
    """How often the scheduler looks for jobs that are due or lost."""
    plan: Annotated[float, Field(gt=0)] = 300.0
    """How often it looks for what is stale though no job is there for it."""
    maintain: Annotated[float, Field(gt=0)] = 24 * 3600.0
    """How often it has a tenant's tables maintained."""
    visibility: Annotated[float, Field(gt=0)] = 12 * 3600.0
    """Longer than the longest step: only after this does Redis give a message that nobody confirmed to another."""


class S3(Table):
    """Where ``s3://`` addresses lead. Credentials come from the AWS SDK's own environment and files."""

    endpoint_url: str | None = None
    path_style: bool = False
    ca_bundle: Path | None = None


class Config(Table):
    """Every setting, validated."""

    home: Path = Path(".tally")
    """The folder in which all state lives, or on a cluster what a machine keeps for itself; absolute after loading."""
    lake: Annotated[str | None, Field(pattern=r"^(s3|gs|abfss?)://[^/]+")] = None
    """Where deliveries and tables lie, e.g. ``s3://bucket/prefix``. Unset: in the home."""
    cache_bytes: ByteSize = ByteSize(20 * GIB)
    """How much of such a lake a machine keeps on its own disk, below the home."""
    catalog: Annotated[str | None, Field(pattern=r"^postgresql://")] = None
    """The database of settings, jobs and the Iceberg catalogue. Unset: SQLite in the home."""
    broker: Annotated[str | None, Field(pattern=r"^rediss?://")] = None
    """Through which workers get their steps. Unset: each process runs its own."""
    serve: Serve = Serve()
    log: Log = Log()
    limits: Limits = Limits()
    engine: Engine = Engine()
    metering: Metering = Metering()
    rating: Rating = Rating()
    cloudkitty: CloudKitty = CloudKitty()
    keystone: Keystone = Keystone()
    reports: Reports = Reports()
    retention: Retention = Retention()
    maintain: Maintain = Maintain()
    jobs: Jobs = Jobs()
    s3: S3 = S3()


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as it stands: its dotted name, value and origin (``default``, a file, an environment variable)."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration, and for each dotted name that was set, where."""

    config: Config
    origins: Mapping[str, str]

    def provenance(self) -> list[Setting]:
        """Every setting in the order of declaration; values as the file would have them, secrets masked."""
        return [
            Setting(name, _shown(value), self.origins.get(name, "default")) for name, value in _values(self.config, "")
        ]


def setting_names() -> list[str]:
    """The dotted name of every setting."""
    return [name for name, _ in _values(Config(), "")]


def environment_name(name: str) -> str:
    """The environment variable of a dotted name."""
    return "TALLY_" + name.replace(".", "_").upper()


def _values(table: Table, prefix: str) -> Iterator[tuple[str, object]]:
    for key in type(table).model_fields:
        value = getattr(table, key)
        if isinstance(value, Table):
            yield from _values(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return _without_password(str(int(value) if isinstance(value, ByteSize) else value))


def _without_password(text: str) -> str:
    """An address without the password of its user part."""
    scheme, found, rest = text.partition("://")
    user, at, host = rest.rpartition("@")
    if not (found and at):
        return text
    return f"{scheme}://{user.partition(':')[0]}:***@{host}"

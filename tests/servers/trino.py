"""A Trino cluster: a coordinator, which runs nothing itself, and workers, each a JVM with 2 GiB of heap.

Catalogues are made when somebody needs one. An exchange on the local disk lets statements ask for tasks that are
repeated (``retry_policy = TASK``).
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .archive import trino_home
from .java import VECTORS, has_vectors, java
from .postgres import Postgres
from .process import Process, free_ports
from .seaweedfs import SeaweedFS

Properties = Mapping[str, object]
HEAP = "2G"
CONNECTOR = "connector.name"


class Trino:
    """A coordinator and its workers. ``nodes`` are processes: kill, stop and restart them as you like."""

    user = "tally"

    def __init__(self, folder: Path, *, workers: int = 1, optimised: bool = False) -> None:
        """``optimised`` says that what it computes takes longer than its start: Java then compiles in earnest."""
        (self.port,) = free_ports(1)
        jvm = _JVM if optimised else (*_JVM, "-XX:TieredStopAtLevel=1")
        settings = _Settings(folder, f"http://127.0.0.1:{self.port}", jvm)
        self._catalogs: dict[str, Properties] = {}
        self.coordinator = Process(
            settings.command("coordinator", self.port), settings.log("coordinator"), self._answers
        )
        self.workers = [
            Process(settings.command(name, *free_ports(1)), settings.log(name), lambda: None)
            for name in (f"worker-{number}" for number in range(1, workers + 1))
        ]

    @property
    def nodes(self) -> list[Process]:
        """The coordinator first."""
        return [self.coordinator, *self.workers]

    def address(self, catalog: str) -> str:
        """Where a catalogue is, as the setting ``engine`` says it."""
        return f"trino://{self.user}@127.0.0.1:{self.port}/{catalog}"

    def start(self) -> None:
        """Start every node, with the catalogues that were there, and wait until a query works.

        Raises ServerError with the end of a node's log.
        """
        for node in self.nodes:
            node.launch()
        self.coordinator.wait()
        for name, properties in self._catalogs.items():
            self._create_catalog(name, properties)

    def create_catalog(self, name: str, properties: Properties) -> str:
        """Make a catalogue and give its address."""
        self._create_catalog(name, properties)
        self._catalogs[name] = properties
        return self.address(name)

    def _create_catalog(self, name: str, properties: Properties) -> None:
        given = ", ".join(f"\"{key}\" = '{value}'" for key, value in properties.items() if key != CONNECTOR)
        options = f" WITH ({given})" if given else ""
        self.query(f"CREATE CATALOG {name} USING {properties[CONNECTOR]}{options}")

    def kill(self) -> None:
        """End every node without a word."""
        for node in self.nodes:
            node.kill()

    def restart(self) -> None:
        """Kill every node and start them again."""
        self.kill()
        self.start()

    def query(self, sql: str) -> list[list[object]]:
        """The rows of a statement, for setting up and checking."""
        from trino.dbapi import connect

        connection = connect(host="127.0.0.1", port=self.port, user=self.user)  # type: ignore[no-untyped-call]
        with connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            return list(cursor.fetchall())

    def _answers(self) -> None:
        """Ready is when every worker is known and one of them has computed something."""
        for node in self.nodes:
            node.check()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/v1/info", timeout=5) as response:
            if json.load(response)["starting"]:
                raise ConnectionError("Trino is starting")
        ((active,),) = self.query("SELECT count(*) FROM system.runtime.nodes WHERE state = 'active'")
        if active != len(self.nodes):
            raise ConnectionError(f"{active} of {len(self.nodes)} nodes are there")
        self.query("SELECT sum(x) FROM (VALUES 1, 2) AS t (x)")


@dataclass(frozen=True)
class _Settings:
    """The files that Trino's nodes read, written node by node."""

    folder: Path
    discovery: str
    jvm: tuple[str, ...]

    def log(self, node: str) -> Path:
        return self.folder / node / "log.txt"

    def command(self, node: str, port: int) -> list[str]:
        home, root = trino_home(), self.folder / node
        _write(root / "etc" / "config.properties", self._config(node, port))
        _write(root / "etc" / "exchange-manager.properties", self._exchange())
        system = {
            "config": root / "etc" / "config.properties",
            "plugin.dir": home / "plugin",
            "node.environment": "test",
            "node.id": node,
            "node.data-dir": root / "data",
            "jdk.attach.allowAttachSelf": "true",
            "jdk.nio.maxCachedBufferSize": 2_000_000,
        }
        modules = [f"--add-modules={VECTORS}"] if has_vectors() else []
        options = [*self.jvm, *modules, *(f"-D{name}={value}" for name, value in system.items())]
        return [java(), *options, "-cp", f"{home / 'lib'}/*", "io.trino.server.TrinoServer"]

    def _config(self, node: str, port: int) -> Properties:
        coordinator = node == "coordinator"
        return {
            "coordinator": str(coordinator).lower(),
            **(_COORDINATOR if coordinator else {}),
            **_CONFIG,
            "http-server.http.port": port,
            "discovery.uri": self.discovery,
            "spiller-spill-path": self.folder / "spill",
        }

    def _exchange(self) -> Properties:
        return {"exchange-manager.name": "filesystem", "exchange.base-directories": self.folder / "exchange"}


_JVM = (
    f"-Xms{HEAP}",
    f"-Xmx{HEAP}",
    "-XX:+UseG1GC",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:G1NumCollectionsKeepPinned=10000000",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)
_COORDINATOR: Properties = {
    "node-scheduler.include-coordinator": "false",
    "catalog.store": "memory",
    "query.remote-task.max-error-duration": "10s",
}
_CONFIG: Properties = {
    "catalog.management": "dynamic",
    "query.max-memory-per-node": "1GB",
    "memory.heap-headroom-per-node": "512MB",
    "fault-tolerant-execution-task-memory": "512MB",
    "spill-enabled": "true",
    "query-manager.required-workers-max-wait": "10s",
}


def iceberg_catalog(postgres: Postgres, database: str, s3: SeaweedFS, warehouse: str) -> Properties:
    """The catalogue of the tables that pyiceberg lists in a database and keeps below ``warehouse`` (``s3://...``)."""
    return {
        CONNECTOR: "iceberg",
        "iceberg.catalog.type": "jdbc",
        "iceberg.jdbc-catalog.catalog-name": "tally",
        "iceberg.jdbc-catalog.driver-class": "org.postgresql.Driver",
        "iceberg.jdbc-catalog.connection-url": f"jdbc:postgresql://127.0.0.1:{postgres.port}/{database}",
        "iceberg.jdbc-catalog.connection-user": postgres.user,
        "iceberg.jdbc-catalog.connection-password": postgres.password,
        "iceberg.jdbc-catalog.default-warehouse-dir": warehouse,
        "iceberg.jdbc-catalog.schema-version": "V1",
        "iceberg.compression-codec": "ZSTD",
        "fs.native-s3.enabled": "true",
        "s3.endpoint": s3.endpoint,
        "s3.region": s3.region,
        "s3.path-style-access": "true",
        "s3.aws-access-key": s3.access_key,
        "s3.aws-secret-key": s3.secret_key,
    }


def _write(path: Path, properties: Properties) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()), encoding="utf-8")

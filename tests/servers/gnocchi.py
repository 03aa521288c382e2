"""Gnocchi, OpenStack's metric store, from the package index: files for the measures, PostgreSQL for the index.

It has two doors to the same data: one where a name is enough (``basic``), one that asks Keystone.
"""

from __future__ import annotations

import subprocess
import time
import uuid
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import psycopg
import requests

from .environments import gunicorn, program
from .keystone import DOMAIN, Account, Keystone
from .postgres import Postgres
from .process import Process, ServerError, free_ports

Measures = Iterable[tuple[datetime, float]]
ARCHIVE_POLICY = "hourly-and-finer"
ADMIN = "admin"
_MODES = ("basic", "keystone")
_METHODS = ("mean", "max", "min", "sum", "count", "last", "first", "std", "rate:mean", "95pct")
_GRANULARITIES = ("1:00:00", "0:05:00")
_CONFIGURATION = """
[indexer]
url = {index}
[storage]
file_basepath = {folder}/data
[metricd]
workers = 1
metric_processing_delay = 1
[api]
auth_mode = {mode}
max_limit = 20
[keystone_authtoken]
auth_type = password
auth_url = {identity}
www_authenticate_uri = {identity}
username = {account.name}
password = {account.password}
project_name = {account.project_name}
user_domain_name = {domain}
project_domain_name = {domain}
"""


class Gnocchi:
    """A metric store with an archive policy whose granularities are an hour and five minutes.

    A page of its answers has 20 resources at most, so that few are enough to need several.
    """

    def __init__(self, folder: Path, postgres: Postgres, keystone: Keystone) -> None:
        self._folder = folder
        self._index = postgres.create_database(f"gnocchi_{uuid.uuid4().hex[:12]}")
        self._servers = ExitStack()
        self._session = requests.Session()
        self._session.auth = (ADMIN, "")
        account = keystone.create_user("gnocchi", {keystone.create_project("service"): ["service", "admin"]})
        self._ports = dict(zip(_MODES, free_ports(len(_MODES)), strict=True))
        for mode in _MODES:
            self._configure(mode, keystone.endpoint, account)
        self.endpoint, self.keystone_endpoint = (f"http://127.0.0.1:{port}" for port in self._ports.values())

    def create_resource_type(self, name: str, *attributes: str) -> None:
        """Make a type of resources with texts as attributes."""
        kinds = {attribute: {"type": "string", "required": False} for attribute in attributes}
        self.call("POST", "resource_type", {"name": name, "attributes": kinds})

    def create_resource(self, kind: str, resource_id: str, metrics: Iterable[str], **attributes: object) -> None:
        """Make a resource that has metrics."""
        with_policy = {name: {"archive_policy_name": ARCHIVE_POLICY} for name in metrics}
        self.call("POST", f"resource/{kind}", {"id": resource_id, "metrics": with_policy} | attributes)

    def update_resource(self, kind: str, resource_id: str, **attributes: object) -> None:
        """Change attributes, now: the resource has one more revision."""
        self.call("PATCH", f"resource/{kind}/{resource_id}", attributes)

    def push(self, resource_id: str, metric: str, measures: Measures) -> None:
        """Put measures in; they are there once :meth:`process` has run."""
        body = [{"timestamp": moment.astimezone(UTC).isoformat(), "value": value} for moment, value in measures]
        self.call("POST", f"resource/generic/{resource_id}/metric/{metric}/measures", body)

    def process(self) -> None:
        """Wait until metricd has aggregated everything."""
        end = time.monotonic() + 120
        while self.call("GET", "status?details=False")["storage"]["summary"]["measures"]:
            if time.monotonic() > end:
                raise ServerError("gnocchi-metricd does not get done")
            time.sleep(0.2)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Ask as the administrator; gives the document that is answered."""
        answer = self._session.request(method, f"{self.endpoint}/v1/{path}", json=body, timeout=60)
        if not answer.ok:
            raise ServerError(f"Gnocchi answers {answer.status_code} to {method} {path}: {answer.text}")
        return answer.json() if answer.content else None

    def date_revisions(self, resource_id: str, starts: Sequence[datetime]) -> None:
        """Say when each revision of a resource began, from the first on: Gnocchi itself only knows now."""
        ends = [*starts[1:], None]
        with psycopg.connect(self._index) as index:
            found = index.execute(
                "SELECT revision FROM resource_history WHERE id = %s ORDER BY revision", [resource_id]
            ).fetchall()
            for (revision,), start, end in zip(found, starts[:-1], ends[:-1], strict=True):
                index.execute(
                    "UPDATE resource_history SET revision_start = %s, revision_end = %s WHERE revision = %s",
                    [_naive(start), _naive(end), revision],
                )
            index.execute("UPDATE resource SET revision_start = %s WHERE id = %s", [_naive(starts[-1]), resource_id])

    def __enter__(self) -> Self:
        upgrade = [str(program("gnocchi", "gnocchi-upgrade")), "--config-file", "gnocchi.conf"]
        ended = subprocess.run(upgrade, cwd=self._folder / "basic", capture_output=True, text=True, check=False)
        if ended.returncode:
            raise ServerError(f"gnocchi-upgrade failed:\n{ended.stdout}{ended.stderr}")
        servers = [*(self._api(mode) for mode in _MODES), self._metricd()]
        for server in servers:
            self._servers.callback(server.kill)
            server.launch()
        for server in servers:
            server.wait()
        self._create_archive_policy()
        return self

    def __exit__(self, *error: object) -> None:
        self._servers.close()

    def _create_archive_policy(self) -> None:
        definition = [{"granularity": each, "timespan": "400 days"} for each in _GRANULARITIES]
        policy = {"name": ARCHIVE_POLICY, "back_window": 0, "definition": definition, "aggregation_methods": _METHODS}
        self.call("POST", "archive_policy", policy)

    def _configure(self, mode: str, identity: str, account: Account) -> None:
        folder = self._folder / mode
        folder.mkdir()
        places = {"index": self._index, "folder": self._folder, "identity": identity}
        (folder / "gnocchi.conf").write_text(_CONFIGURATION.format(mode=mode, account=account, domain=DOMAIN, **places))

    def _api(self, mode: str) -> Process:
        port, folder = self._ports[mode], self._folder / mode
        command = gunicorn("gnocchi", "gnocchi.rest.wsgi:application", port, folder)

        def answers() -> None:
            requests.get(f"http://127.0.0.1:{port}/healthcheck", timeout=30).raise_for_status()

        home = {"HOME": str(folder)}  # where Gnocchi and keystonemiddleware look for gnocchi.conf
        return Process(command, folder / "log.txt", answers, environment=home)

    def _metricd(self) -> Process:
        command = [str(program("gnocchi", "gnocchi-metricd")), "--config-file", "gnocchi.conf"]
        return Process(command, self._folder / "basic" / "metricd.txt", lambda: None)


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)

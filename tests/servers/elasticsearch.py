"""Elasticsearch 7.10, from which OpenSearch began: both speak the search that CloudKitty's drivers use.

It needs a Java from 11 to 17 and refuses to run as root, so root runs it as another user.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import urllib.request
from pathlib import Path

from .archive import elasticsearch_home
from .java import java_between
from .process import Process, free_ports

_OPTIONS = {"discovery.type": "single-node", "network.host": "127.0.0.1"}


class Elasticsearch(Process):
    """A server of one node, without authentication, with empty indices. ``close`` removes it."""

    def __init__(self, *indices: str) -> None:
        self._indices = indices
        http, transport = free_ports(2)
        self.endpoint = f"http://127.0.0.1:{http}"
        self._folder = Path(tempfile.mkdtemp(prefix="tally-elasticsearch-"))
        home = shutil.copytree(elasticsearch_home(), self._folder / "home")
        account = None if os.geteuid() else "nobody"
        if account:
            self._give(account)
        ports = {"http.port": http, "transport.port": transport}
        options = [part for name, value in {**_OPTIONS, **ports}.items() for part in ("-E", f"{name}={value}")]
        environment = {"JAVA_HOME": str(java_between(11, 17).parents[1]), "ES_JAVA_OPTS": "-Xms256m -Xmx256m"}
        log = self._folder / "log.txt"
        super().__init__(
            [str(home / "bin/elasticsearch"), *options], log, self._answers, environment=environment, user=account
        )

    def close(self) -> None:
        """End it and remove its data."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _give(self, account: str) -> None:
        for path in (self._folder, *self._folder.rglob("*")):
            shutil.chown(path, account)

    def _answers(self) -> None:
        urllib.request.urlopen(f"{self.endpoint}/_cluster/health?wait_for_status=yellow", timeout=10).close()
        for index in self._indices:
            make = urllib.request.Request(f"{self.endpoint}/{index}", method="PUT")
            urllib.request.urlopen(make, timeout=10).close()

"""InfluxDB 1, as Debian packages it."""

from __future__ import annotations

import shutil
import urllib.parse
import urllib.request
from pathlib import Path

from .process import Process, ServerError, free_ports

_CONFIGURATION = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
  auth-enabled = {guarded}
[monitor]
  store-enabled = false
"""


class InfluxDB(Process):
    """A server with a database ``cloudkitty``. ``guarded``: it asks for ``user`` and ``password``."""

    database = "cloudkitty"
    user = "cloudkitty"
    password = "se:cr/et@1"

    def __init__(self, folder: Path, *, guarded: bool = False) -> None:
        self.port, rpc = free_ports(2)
        self.endpoint = f"http://127.0.0.1:{self.port}"
        settings = {"folder": folder, "port": self.port, "rpc": rpc, "guarded": str(guarded).lower()}
        (folder / "influxdb.conf").write_text(_CONFIGURATION.format(**settings))
        command = [binary(), "-config", str(folder / "influxdb.conf")]
        super().__init__(command, folder / "log.txt", self._answers)

    def _answers(self) -> None:
        self._ask(f"CREATE USER {self.user} WITH PASSWORD '{self.password}' WITH ALL PRIVILEGES")
        self._ask(f"CREATE DATABASE {self.database}")

    def _ask(self, query: str) -> None:
        login = urllib.parse.urlencode({"u": self.user, "p": self.password})
        body = urllib.parse.urlencode({"q": query}).encode()
        urllib.request.urlopen(f"{self.endpoint}/query?{login}", data=body, timeout=5).close()


def binary() -> str:
    """The server's program. Raises ServerError when it is not installed."""
    found = shutil.which("influxd")
    if found is None:
        raise ServerError("needs InfluxDB. On Debian: apt-get install influxdb")
    return found

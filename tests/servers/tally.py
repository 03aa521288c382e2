"""``tally serve`` on a home of its own."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from .keystone import Keystone
from .process import Process, free_ports


class Tally(Process):
    """A server; ``rating`` is what the catalogue names as the service ``rating``. ``environment`` configures it."""

    def __init__(self, home: Path, environment: Mapping[str, str] | None = None) -> None:
        (port,) = free_ports(1)
        self.endpoint = f"http://127.0.0.1:{port}"
        self.rating = f"{self.endpoint}/rating"
        home.mkdir(parents=True, exist_ok=True)
        command = [str(Path(sys.executable).with_name("tally")), "serve", "--home", str(home), "--port", str(port)]
        super().__init__(command, home / "serve.log", self._answers, environment=environment)

    def _answers(self) -> None:
        urllib.request.urlopen(f"{self.rating}/", timeout=5).close()


def with_keystone(keystone: Keystone) -> dict[str, str]:
    """The environment of a server that asks a Keystone about tokens."""
    return {
        "TALLY_CLOUDKITTY_AUTH": "keystone",
        "TALLY_KEYSTONE_AUTH_URL": keystone.endpoint,
        "TALLY_KEYSTONE_USERNAME": keystone.admin.name,
        "TALLY_KEYSTONE_PASSWORD": keystone.admin.password,
        "TALLY_KEYSTONE_PROJECT_NAME": keystone.admin.project_name,
    }

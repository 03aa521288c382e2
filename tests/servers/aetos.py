"""Aetos, which lets callers of Keystone's ask a Prometheus, from the package index."""

from __future__ import annotations

import urllib.request
from pathlib import Path

from .environments import gunicorn
from .keystone import DOMAIN, Account, Keystone
from .process import Process, free_ports
from .prometheus import Prometheus

SERVICE = "metric-storage"
_CONFIGURATION = """
[DEFAULT]
auth_mode = keystone
use_stderr = true
[prometheus]
host = 127.0.0.1
port = {port}
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
_APPLICATION = """
from aetos.app import build_wsgi_app

application = build_wsgi_app(["--config-file", "aetos.conf"])
"""


class Aetos(Process):
    """An Aetos in front of a Prometheus, in the catalogue of a Keystone."""

    def __init__(self, folder: Path, prometheus: Prometheus, keystone: Keystone, account: Account) -> None:
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        (folder / "aetos.conf").write_text(
            _CONFIGURATION.format(port=prometheus.port, identity=keystone.endpoint, account=account, domain=DOMAIN)
        )
        (folder / "application.py").write_text(_APPLICATION)
        command = gunicorn("aetos", "application:application", port, folder)
        home = {"HOME": str(folder)}  # its middleware reads aetos.conf by itself, from there
        super().__init__(command, folder / "log.txt", self._answers, environment=home)
        keystone.register(SERVICE, "aetos", self.url)

    def _answers(self) -> None:
        with urllib.request.urlopen(f"{self.url}/healthcheck", timeout=5) as answer:
            answer.read()

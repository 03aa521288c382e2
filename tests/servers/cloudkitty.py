"""CloudKitty itself, from the package index: its API, its tables and its storage drivers, to compare with and to leave.

No processor runs, so that what goes through its message bus (quotes, scope resets) is not answered.
"""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path

from .environments import program
from .process import Process, ServerError, free_ports

_CLOUDKITTY_SIDE = Path(__file__).with_name("cloudkitty_side")
_PASTE = """
[pipeline:cloudkitty+noauth]
pipeline = request_id api
[app:api]
paste.app_factory = cloudkitty.api.app:app_factory
[filter:request_id]
paste.filter_factory = oslo_middleware:RequestId.factory
"""
_SERVE = """
import sys
from werkzeug.serving import run_simple
port = int(sys.argv.pop(1))
import keystonemiddleware.auth_token  # registers options that rules are made with, whoever authenticates
from cloudkitty.wsgi.api import application
run_simple("127.0.0.1", port, application, threaded=True)
"""
METRICS = """
metrics:
  cpu: {unit: instance, alt_name: instance, groupby: [id, project_id], metadata: [flavor_name], mutate: NUMBOOL,
        extra_args: {resource_type: instance}}
  image.size: {unit: MiB, factor: 1/1048576, groupby: [id, project_id], metadata: [container_format],
               extra_args: {resource_type: image}}
  volume.size: {unit: GiB, groupby: [id, project_id], metadata: [volume_type], extra_args: {resource_type: volume}}
"""

Sections = Mapping[str, Mapping[str, str]]


class CloudKitty(Process):
    """An API without authentication on a database, which is brought to its newest form, and on a storage."""

    def __init__(self, folder: Path, database: str, sections: Sections) -> None:
        """``sections`` of its configuration say which storage it has."""
        (port,) = free_ports(1)
        self._folder = folder
        self.endpoint = f"http://127.0.0.1:{port}"
        self.configuration = folder / "cloudkitty.conf"
        self._configure(database, sections)
        self._run("cloudkitty-dbsync", "upgrade")
        self._run("cloudkitty-storage-init")
        command = [str(program("cloudkitty", "python")), "-c", _SERVE, str(port)]
        super().__init__([*command, "--config-file", str(self.configuration)], folder / "log.txt", self._answers)

    def rate_and_store(self, frames: Iterable[tuple[str, Mapping[str, object]]]) -> None:
        """What its worker does with frames that it has collected, by scope. Raises ServerError."""
        lines = (json.dumps({"scope": scope, "frame": frame}) for scope, frame in frames)
        self._run("python", str(_CLOUDKITTY_SIDE / "rate_and_store.py"), given="\n".join(lines))

    def _run(self, name: str, *words: str, given: str = "") -> None:
        """Run a program of its environment, or a script with its Python, on its configuration."""
        configuration = ["--config-file", str(self.configuration)]
        arguments = [*words, *configuration] if name == "python" else [*configuration, *words]
        command = [str(program("cloudkitty", name)), *arguments]
        ended = subprocess.run(command, cwd=self._folder, input=given, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise ServerError(f"{name} failed:\n{ended.stdout}{ended.stderr}")

    def _configure(self, database: str, sections: Sections) -> None:
        (self._folder / "api_paste.ini").write_text(_PASTE)
        (self._folder / "metrics.yml").write_text(METRICS)
        common = {
            "DEFAULT": {"auth_strategy": "noauth", "api_paste_config": str(self._folder / "api_paste.ini")},
            "database": {"connection": database},
            "oslo_messaging_notifications": {"driver": "noop"},
            "collect": {"metrics_conf": str(self._folder / "metrics.yml")},
        }
        common["DEFAULT"]["transport_url"] = "fake:/"
        lines = [
            line
            for name, options in {**common, **sections}.items()
            for line in (f"[{name}]", *(f"{option} = {value}" for option, value in options.items()))
        ]
        self.configuration.write_text("\n".join(lines) + "\n")

    def _answers(self) -> None:
        urllib.request.urlopen(self.endpoint, timeout=5).close()

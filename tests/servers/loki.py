"""Loki, built from its Go module: once, which takes many minutes, and kept in the user's cache."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .process import Process, ServerError, free_ports

VERSION = "v3.7.8"
MODULE = "github.com/grafana/loki/v3"
LIMIT = 100
"""How many lines it gives at once."""


class Loki(Process):
    """A server of one process that keeps its data in a folder, of several tenants."""

    def __init__(self, folder: Path) -> None:
        http, grpc = free_ports(2)
        self.endpoint = f"http://127.0.0.1:{http}"
        self.api = f"{self.endpoint}/loki/api/v1"
        (folder / "loki.json").write_text(json.dumps(_configuration(folder, http, grpc)))
        super().__init__([str(_program()), f"-config.file={folder / 'loki.json'}"], folder / "log.txt", self._answers)

    def flush(self) -> None:
        """Have everything that was pushed written: only then it is shown."""
        urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/flush", method="POST"), timeout=60).close()

    def _answers(self) -> None:
        urllib.request.urlopen(f"{self.endpoint}/ready", timeout=5).close()


def _configuration(folder: Path, http: int, grpc: int) -> Mapping[str, Any]:
    schema = {
        "from": "2015-01-01",
        "store": "tsdb",
        "object_store": "filesystem",
        "schema": "v13",
        "index": {"prefix": "index_", "period": "24h"},
    }
    return {
        "auth_enabled": True,
        "server": {"http_listen_address": "127.0.0.1", "http_listen_port": http, "grpc_listen_port": grpc},
        "common": {
            "path_prefix": str(folder / "data"),
            "replication_factor": 1,
            "instance_addr": "127.0.0.1",
            "ring": {"kvstore": {"store": "inmemory"}},
            "storage": {"filesystem": {"chunks_directory": str(folder / "chunks"), "rules_directory": str(folder)}},
        },
        "schema_config": {"configs": [schema]},
        "limits_config": {"reject_old_samples": False, "max_entries_limit_per_query": LIMIT},
        "ingester": {"lifecycler": {"min_ready_duration": "0s"}},
        "analytics": {"reporting_enabled": False},
    }


def _program() -> Path:
    """The program, built when it is not there. Raises ServerError when it cannot be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tallystick"
    program = cache / f"loki-{VERSION}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "loki.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            if shutil.which("go") is None:
                raise ServerError("needs Loki, which is built with Go")
            with tempfile.TemporaryDirectory(dir=cache) as scratch:
                _build(Path(scratch)).rename(program)
    return program


def _build(folder: Path) -> Path:
    """Loki's own module replaces some of what it needs, which Go honours in the main module only: ours does it too."""
    downloaded = json.loads(_go(folder, "mod", "download", "-json", f"{MODULE}@{VERSION}"))
    theirs = Path(downloaded["Dir"]) / "go.mod"
    replaced = [line for line in theirs.read_text().splitlines() if line.startswith("replace") and "./" not in line]
    (folder / "go.mod").write_text("\n".join(["module loki", f"require {MODULE} {VERSION}", *replaced]) + "\n")
    _go(folder, "get", f"{MODULE}/cmd/loki@{VERSION}")
    _go(folder, "build", "-ldflags", "-s -w", "-o", "loki", f"{MODULE}/cmd/loki")
    return folder / "loki"


def _go(folder: Path, *words: str) -> str:
    environment = os.environ | {"GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"}
    ended = subprocess.run(["go", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise ServerError(f"go {words[0]} failed:\n{ended.stderr[-3000:]}")
    return ended.stdout

"""Azurite, the emulator of Azure Blob Storage, from the npm registry: fetched once, kept in the user's cache."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from .process import Process, ServerError, free_ports

VERSION = "3.35.0"


class Azurite(Process):
    """A blob service of our own. Put ``environment`` into the environment of whoever uses it."""

    account = "devstoreaccount1"
    key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    """Of every Azurite: its documentation has it."""

    def __init__(self, folder: Path) -> None:
        (port,) = free_ports(1)
        self.endpoint = f"http://127.0.0.1:{port}/{self.account}"
        options = ["--blobPort", str(port), "--silent", "--inMemoryPersistence", "--skipApiVersionCheck"]
        super().__init__([str(_program()), *options], folder / "log.txt", self._answers)

    @property
    def environment(self) -> dict[str, str]:
        """What Azure's clients read."""
        parts = {
            "DefaultEndpointsProtocol": "http",
            "AccountName": self.account,
            "AccountKey": self.key,
            "BlobEndpoint": f"{self.endpoint};",
        }
        return {"AZURE_STORAGE_CONNECTION_STRING": ";".join(f"{name}={value}" for name, value in parts.items())}

    def address(self, container: str) -> str:
        """The address of a container, as the setting ``lake`` says it."""
        return f"abfss://{container}@{self.account}.dfs.core.windows.net"

    def _answers(self) -> None:
        try:
            urllib.request.urlopen(self.endpoint, timeout=5).close()
        except urllib.error.HTTPError:
            return  # who asks without a key is refused, by a server that is there


def _program() -> Path:
    """The program, installed when it is not there. Raises ServerError when it cannot be had."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tallystick"
    folder = cache / f"azurite-{VERSION}"
    program = folder / "node_modules/.bin/azurite-blob"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "azurite.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            npm = shutil.which("npm")
            if npm is None:
                raise ServerError("needs Azurite: npm, which comes with Node")
            command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), f"azurite@{VERSION}"]
            made = subprocess.run(command, capture_output=True, text=True, check=False)
            if made.returncode:
                raise ServerError(f"npm could not install Azurite:\n{made.stderr}")
    return program

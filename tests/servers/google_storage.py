"""An emulator of Google Cloud Storage, from a wheel."""

from __future__ import annotations

import sys
import urllib.request
from pathlib import Path

from .process import Process, free_ports


class GoogleStorage(Process):
    """A storage service of our own, with a bucket. Put ``environment`` into the environment of whoever uses it."""

    bucket = "lake"

    def __init__(self, folder: Path) -> None:
        (port,) = free_ports(1)
        self.endpoint = f"http://127.0.0.1:{port}"
        program = Path(sys.executable).with_name("gcp-storage-emulator")
        options = ["start", "--host=127.0.0.1", f"--port={port}", "--in-memory", f"--default-bucket={self.bucket}"]
        super().__init__([str(program), *options], folder / "log.txt", self._answers)

    @property
    def environment(self) -> dict[str, str]:
        """What Google's clients read."""
        return {"STORAGE_EMULATOR_HOST": self.endpoint}

    @property
    def address(self) -> str:
        """The address of the bucket, as the setting ``lake`` says it."""
        return f"gs://{self.bucket}"

    def _answers(self) -> None:
        urllib.request.urlopen(f"{self.endpoint}/storage/v1/b/{self.bucket}", timeout=5).close()

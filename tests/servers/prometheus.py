"""Prometheus, as Debian packages it, with samples of any time: they are put into it as blocks, before it starts."""

from __future__ import annotations

import shutil
import subprocess
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path

from .process import Process, ServerError, free_ports

Sample = tuple[str, Mapping[str, str], int, str]
"""Name, labels, seconds since 1970, value as text."""


class Prometheus(Process):
    """A Prometheus that scrapes nothing. ``options`` are flags of its command line."""

    def __init__(self, folder: Path, samples: Iterable[Sample] = (), *options: str) -> None:
        (self.port,) = free_ports(1)
        data = backfill(folder, samples)
        configuration = folder / "prometheus.yml"
        configuration.write_text("global: {}\n")
        command = [
            *(binary("prometheus"), "--config.file", str(configuration), "--storage.tsdb.path", str(data)),
            *("--web.listen-address", f"127.0.0.1:{self.port}", "--storage.tsdb.retention.time", "100y"),
            *options,
        ]
        super().__init__(command, folder / "log.txt", self._answers)

    @property
    def url(self) -> str:
        """Of its API, as the option ``prometheus_url`` says it."""
        return f"http://127.0.0.1:{self.port}/api/v1"

    def _answers(self) -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5) as answer:
            answer.read()


def binary(name: str = "promtool") -> str:
    """Where the program is. Raises ServerError."""
    found = shutil.which(name)
    if found is None:
        raise ServerError("needs Prometheus. On Debian: apt-get install prometheus")
    return found


def backfill(folder: Path, samples: Iterable[Sample]) -> Path:
    """Make blocks of samples for a Prometheus of this folder, and give where they lie.

    Those of one metric must follow each other, and those of one series in time. promtool reads all of them again for
    every two hours.
    """
    file, data = folder / "samples.txt", folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    known: set[str] = set()
    with file.open("w") as out:
        for name, labels, moment, value in samples:
            if name not in known:
                known.add(name)
                out.write(f"# TYPE {name} gauge\n")
            written = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
            out.write(f"{name}{{{written}}} {value} {moment}\n")
        out.write("# EOF\n")
    if known:
        command = [binary(), "tsdb", "create-blocks-from", "openmetrics", str(file), str(data)]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            raise ServerError(f"promtool: {made.stdout}{made.stderr}")
    return data


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

"""Worker and scheduler processes for tests, as ``tally worker`` and ``tally scheduler`` start them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tallystick.planner.home import Home
from tallystick.settings.config import Config
from tallystick.settings.loading import load_config

QUICK = {
    "TALLY_JOBS_LEASE": "2",
    "TALLY_JOBS_POLL": "0.3",
    "TALLY_JOBS_PLAN": "1",
    "TALLY_JOBS_BACKOFF": "0.2",
    "TALLY_JOBS_ATTEMPTS": "30",
    "TALLY_ENGINE_THREADS": "1",
    "TALLY_ENGINE_MEMORY": "300MB",
    "TALLY_LOG_LEVEL": "info",
    "TALLY_LOG_FORMAT": "json",
}
"""Settings under which what dies is noticed at once."""


@dataclass
class Crew:
    """The processes that work on one home."""

    folder: Path
    settings: Mapping[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Of every process: what the tests run in, the settings, and the home."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("TALLY_")}
        path = os.pathsep.join(path for path in sys.path if path)
        return own | {"TALLY_HOME": str(self.folder), "PYTHONPATH": path} | QUICK | dict(self.settings)

    @property
    def config(self) -> Config:
        """What the processes are configured with."""
        return load_config(self.environment)

    def home(self) -> Home:
        """The home, opened here."""
        return Home(self.config)

    def start(self, name: str, *arguments: str) -> None:
        """Start ``tally`` with arguments; its log lies beside the home."""
        with self.log(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-c", "import sys; from tallystick.cli import main; sys.exit(main())", *arguments],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def log(self, name: str) -> Path:
        """Where a process writes."""
        return self.folder.with_name(f"{self.folder.name}-{name}.log")

    def kill(self, name: str) -> None:
        """Kill a process and its children, as a machine dies."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Kill everything."""
        for name in list(self.processes):
            self.kill(name)

    def logs(self) -> str:
        """What the processes wrote last."""
        found = sorted(self.folder.parent.glob(f"{self.folder.name}-*.log"))
        return "\n".join(f"--- {path.name}\n{path.read_text(errors='replace')[-6000:]}" for path in found)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def until(condition: Callable[[], bool], crew: Crew, seconds: float = 60) -> None:
    """Wait for something. Fails with the logs."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, crew.logs()
        time.sleep(0.1)

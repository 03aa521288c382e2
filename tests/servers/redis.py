"""Redis, as Debian packages it. It keeps nothing on disk: who restarts it finds it empty."""

from __future__ import annotations

import shutil
from pathlib import Path

from .process import Process, ServerError, free_ports


class Redis(Process):
    """A Redis server without persistence."""

    def __init__(self, folder: Path) -> None:
        (self.port,) = free_ports(1)
        options = [
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(folder),
        ]
        super().__init__([binary(), *options], folder / "log.txt", self._answers)

    @property
    def address(self) -> str:
        """Where it is, as the setting ``broker`` says it."""
        return f"redis://127.0.0.1:{self.port}/0"

    def _answers(self) -> None:
        import redis

        redis.Redis.from_url(self.address).ping()


def binary() -> str:
    found = shutil.which("redis-server")
    if found is None:
        raise ServerError("needs Redis. On Debian: apt-get install redis-server")
    return found

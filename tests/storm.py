"""A storm: at moments and in an order that a seed gives, servers and workers are killed and come back."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from servers.faulty import FaultyDoor
from servers.postgres import Postgres
from servers.redis import Redis
from servers.trino import Trino
from workers import Crew

WORKERS = ("worker-1", "worker-2")
CALM = 0.2, 1.2
"""Seconds between two blows."""


@dataclass
class Storm:
    """Strikes at a crew and its servers until it is over; then everything runs again."""

    seed: int
    crew: Crew
    postgres: Postgres
    redis: Redis
    door: FaultyDoor
    trino: Trino | None
    struck: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._rage, name="storm")
        self._error: BaseException | None = None

    @property
    def _blows(self) -> Mapping[str, Callable[[], None]]:
        blows: dict[str, Callable[[], None]] = {
            "worker killed": self._kill_worker,
            "worker's process killed": self._kill_process,
            "worker paused": self._pause_worker,
            "scheduler killed": self._kill_scheduler,
            "Redis restarted": self._restart_redis,
            "PostgreSQL restarted": self.postgres.restart,
            "S3 answers 503": self._shut_door,
        }
        return blows | ({"Trino restarted": self.trino.restart} if self.trino else {})

    def _rage(self) -> None:
        try:
            names = list(self._blows)
            while not self._over.wait(self._random.uniform(*CALM)):
                name = names.pop(self._random.randrange(len(names))) if names else self._random.choice([*self._blows])
                self.struck[name] += 1
                self._blows[name]()
        except BaseException as error:
            self._error = error

    def _kill_worker(self) -> None:
        name = self._random.choice(WORKERS)
        self.crew.kill(name)
        self._over.wait(self._random.uniform(0, 1))
        self.crew.start(name, "worker")

    def _kill_process(self) -> None:
        parent = self.crew.processes[self._random.choice(WORKERS)].pid
        for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)

    def _pause_worker(self) -> None:
        """Longer than its leases last."""
        group = self.crew.processes[self._random.choice(WORKERS)].pid
        os.killpg(group, signal.SIGSTOP)
        self._over.wait(2 * float(self.crew.environment["TALLY_JOBS_LEASE"]))
        os.killpg(group, signal.SIGCONT)

    def _kill_scheduler(self) -> None:
        self.crew.kill("scheduler")
        self._over.wait(self._random.uniform(0, 1))
        self.crew.start("scheduler", "scheduler")

    def _restart_redis(self) -> None:
        self.redis.kill()
        self._over.wait(self._random.uniform(0, 1))
        self.redis.start()

    def _shut_door(self) -> None:
        self.door.shut()
        self._over.wait(self._random.uniform(0.5, 2))
        self.door.open()

    def last(self, seconds: float) -> None:
        """Let it rage for a while longer."""
        time.sleep(seconds)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self.door.open()
        if self._error is not None:
            raise self._error

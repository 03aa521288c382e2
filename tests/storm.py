"""A storm: at moments and in an order that a seed gives, servers and workers are killed and come back.

It strikes at everything once, and at some a second time.
"""

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
TRINO = "Trino restarted"
AGAIN = 3
"""How many blows are struck a second time. Trino takes long to start, and is struck once."""


@dataclass
class Storm:
    """Strikes at a crew and its servers while the block runs; when it has ended everything runs again."""

    seed: int
    crew: Crew
    postgres: Postgres
    redis: Redis
    door: FaultyDoor
    trino: Trino | None
    struck: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
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
        return blows | ({TRINO: self.trino.restart} if self.trino else {})

    def _rage(self) -> None:
        try:
            for name in self._order():
                self._pause(*CALM)
                self.struck[name] += 1
                self._blows[name]()
        except BaseException as error:
            self._error = error

    def _order(self) -> list[str]:
        names = list(self._blows)
        order = [*names, *self._random.sample([name for name in names if name != TRINO], AGAIN)]
        self._random.shuffle(order)
        return order

    def _pause(self, least: float, most: float) -> None:
        time.sleep(self._random.uniform(least, most))

    def _kill_worker(self) -> None:
        name = self._random.choice(WORKERS)
        self.crew.kill(name)
        self._pause(0, 1)
        self.crew.start(name, "worker")

    def _kill_process(self) -> None:
        parent = self.crew.processes[self._random.choice(WORKERS)].pid
        for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)

    def _pause_worker(self) -> None:
        """Longer than its leases last."""
        group = self.crew.processes[self._random.choice(WORKERS)].pid
        os.killpg(group, signal.SIGSTOP)
        time.sleep(1.5 * float(self.crew.environment["TALLY_JOBS_LEASE"]))
        os.killpg(group, signal.SIGCONT)

    def _kill_scheduler(self) -> None:
        self.crew.kill("scheduler")
        self._pause(0, 1)
        self.crew.start("scheduler", "scheduler")

    def _restart_redis(self) -> None:
        self.redis.kill()
        self._pause(0, 1)
        self.redis.start()

    def _shut_door(self) -> None:
        self.door.shut()
        self._pause(0.5, 2)
        self.door.open()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.join()
        self.door.open()
        if self._error is not None:
            raise self._error

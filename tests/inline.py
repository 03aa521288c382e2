"""Workers without processes: a broker in memory, whose messages a test runs when it likes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from tallystick.errors import UnavailableError
from tallystick.planner.home import Home
from tallystick.planner.jobs.running import Runner
from tallystick.settings.config import Config, Engine, Jobs


@dataclass
class InlineBroker:
    """Keeps messages in order. While ``down`` it takes none."""

    messages: deque[tuple[str, str, str]] = field(default_factory=deque)
    down: bool = False

    def send(self, queue: str, tenant: str, job_id: str) -> None:
        if self.down:
            raise UnavailableError("the broker does not answer: it is down")
        self.messages.append((queue, tenant, job_id))

    def waiting(self, queue: str) -> int:
        if self.down:
            raise UnavailableError("the broker does not answer: it is down")
        return sum(message[0] == queue for message in self.messages)


def cluster_home(folder: Path, **jobs: object) -> tuple[Home, InlineBroker]:
    """A home whose work is left to workers, and its broker."""
    settings = Jobs.model_validate({"poll": 0.01, "backoff": 0.001, "lease": 60, **jobs})
    home = Home(Config(home=folder, engine=Engine(threads=1, memory="300MB"), broker="redis://nowhere", jobs=settings))
    broker = InlineBroker()
    home.broker = broker
    return home, broker


def work(home: Home, broker: InlineBroker) -> int:
    """Run messages until there are none; gives how many there were."""
    runner, done = Runner(home), 0
    while broker.messages:
        _, tenant, job_id = broker.messages.popleft()
        runner.run(tenant, job_id)
        done += 1
    return done

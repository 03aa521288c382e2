"""A worker: Celery's processes, each of which opens the home for itself and runs the jobs that it is told about."""

from __future__ import annotations

import logging
from collections.abc import Collection
from functools import cache

import structlog
from celery import Celery
from celery.signals import setup_logging

from tallystick.planner.home import Home
from tallystick.planner.jobs.broker import TASK, celery_app, queue_name
from tallystick.planner.jobs.running import Runner
from tallystick.settings.config import Config


def work(config: Config, queues: Collection[str], concurrency: int) -> None:
    """Run jobs of some queues, ``concurrency`` at a time, until told to stop; what is running then is finished.

    Raises ConfigError when no broker is configured.
    """
    app = _application(config)
    setup_logging.connect(_keep_logging)  # type: ignore[no-untyped-call]
    structlog.get_logger("tallystick.jobs").info("worker begins", queues=list(queues), concurrency=concurrency)
    app.Worker(
        queues=[queue_name(queue) for queue in queues],
        concurrency=concurrency,
        pool="prefork",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    ).start()


def _application(config: Config) -> Celery:
    app = celery_app(config)

    @cache
    def runner() -> Runner:
        """Opened by the process that runs jobs, not by the one that it was forked from."""
        return Runner(Home(config))

    @app.task(name=TASK)  # type: ignore[no-untyped-call, untyped-decorator]
    def job(tenant: str, job_id: str) -> None:
        runner().run(tenant, job_id)

    return app


def _keep_logging(**_: object) -> None:
    """Celery leaves the logs to us when somebody listens to this signal. Of its own, only warnings are wanted."""
    logging.getLogger("celery").setLevel(logging.WARNING)

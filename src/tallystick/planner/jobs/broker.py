"""The broker between those who queue jobs and the workers: Celery over Redis (extra ``cluster``).

A message says only which job is there. Nothing depends on its arrival: the scheduler sends again what is queued in the
settings database and not in the broker.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import structlog

from tallystick.errors import ConfigError, UnavailableError
from tallystick.settings.config import Config
from tallystick.settings.models import Job

if TYPE_CHECKING:
    from celery import Celery
    from redis import Redis

TASK = "tallystick.job"
_SECONDS = 5.0
"""How long to wait for the broker."""


class Broker(Protocol):
    """Brings messages to workers."""

    def send(self, queue: str, tenant: str, job_id: str) -> None:
        """Tell a worker of a queue about a job. Raises UnavailableError."""

    def waiting(self, queue: str) -> int:
        """How many messages no worker has taken yet. Raises UnavailableError."""


def send(broker: Broker, queued: Iterable[Job]) -> None:
    """Tell workers about jobs. Those that the broker does not take are sent by the scheduler, later."""
    try:
        for job in queued:
            broker.send(job.queue, job.tenant_id, job.job_id)
    except UnavailableError as error:
        structlog.get_logger("tallystick.jobs").warning("jobs wait for the broker", reason=str(error))


class CeleryBroker:
    """Messages through Celery. Thread-safe; connects when it is first used."""

    def __init__(self, config: Config) -> None:
        self._config = config

    @cached_property
    def _app(self) -> Celery:
        return celery_app(self._config)

    @cached_property
    def _redis(self) -> Redis:
        from redis import Redis

        return Redis.from_url(
            self._config.broker or "", socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS, retry_on_timeout=False
        )

    def send(self, queue: str, tenant: str, job_id: str) -> None:
        """Tell a worker of a queue about a job. Raises UnavailableError."""
        from kombu.exceptions import OperationalError

        once = {"max_retries": 1, "interval_start": 0}
        try:
            self._app.send_task(  # type: ignore[no-untyped-call]
                TASK, (tenant, job_id), queue=queue_name(queue), ignore_result=True, retry_policy=once
            )
        except OperationalError as error:
            raise UnavailableError(f"the broker does not answer: {error}") from error

    def waiting(self, queue: str) -> int:
        """How many messages no worker has taken yet. Raises UnavailableError."""
        from redis.exceptions import RedisError

        try:
            return int(self._redis.llen(queue_name(queue)))
        except RedisError as error:
            raise UnavailableError(f"the broker does not answer: {error}") from error


def queue_name(queue: str) -> str:
    """The name that a queue has in Redis."""
    return f"tally-{queue}"


def celery_app(config: Config) -> Celery:
    """The Celery application of a configuration.

    A message is confirmed when its task has ended, and given to another worker when the process that ran it died. A
    worker takes no more messages than it has processes. Raises ConfigError without a broker or without Celery.
    """
    if config.broker is None:
        raise ConfigError("there is no broker: set it to redis://HOST:6379/0")
    try:
        from celery import Celery
    except ImportError as error:
        raise ConfigError("a broker needs Celery: pip install 'tallystick[cluster]'") from error
    app = Celery("tallystick", broker=config.broker, set_as_current=False)  # type: ignore[no-untyped-call]
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": config.jobs.visibility,
            "socket_connect_timeout": _SECONDS,
            "socket_keepalive": True,
        },
    )
    return app

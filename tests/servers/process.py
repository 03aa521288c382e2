"""A server as a child process: started, stopped, killed, and started again on the same ports and data."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

WAIT_SECONDS = 120
POLL_SECONDS = 0.2
_GUARD = """
while kill -0 "$1" && kill -0 "$2"; do sleep 2; done 2>/dev/null
kill -0 "$1" 2>/dev/null || kill -KILL "-$2"
"""
"""Ends a server, the second process, whose owner, the first one, was killed before it could."""


class ServerError(Exception):
    """A server did not come up, or what it needs is not installed."""


class Process:
    """A server's process. ``ready`` raises whatever it likes until the server answers."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        ready: Callable[[], object],
        *,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self._command = list(command)
        self._log = log
        self._ready = ready
        self._environment = dict(environment or {})
        self._user = user
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The number of the process, which is also that of its group."""
        if self._process is None:
            raise ServerError(f"{self._command[0]} was never started")
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it answers. Raises ServerError with the end of its log."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start without waiting."""
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | self._environment,
                cwd=self._log.parent,
                user=self._user,
                start_new_session=True,
            )
        atexit.register(self.kill)
        guard = ["sh", "-c", _GUARD, "guard", str(os.getpid()), str(self.pid)]
        self._guard = subprocess.Popen(
            guard,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait(self, seconds: float = WAIT_SECONDS) -> None:
        """Wait until it answers. Raises ServerError with the end of its log."""
        end = time.monotonic() + seconds
        while True:
            try:
                self._ready()
            except ServerError:
                raise
            except Exception as error:  # whatever it is, it is not ready yet
                self.check()
                if time.monotonic() > end:
                    raise ServerError(f"{self} does not answer ({error}):\n{self._end_of_log()}") from error
                time.sleep(POLL_SECONDS)
            else:
                return

    def check(self) -> None:
        """Raises ServerError with the end of the log when the process ended by itself."""
        if not self.running:
            raise ServerError(f"{self} ended:\n{self._end_of_log()}")

    def _end_of_log(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]

    def __str__(self) -> str:
        return f"{Path(self._command[0]).name} in {self._log.parent}"

    def stop(self) -> None:
        """End it politely; kill it when it does not go."""
        if self._process is not None and self.running:
            self._process.send_signal(self._stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=30)
        self.kill()

    def kill(self) -> None:
        """End it and its children without a word, as a power cut would."""
        atexit.unregister(self.kill)
        if self._guard is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._guard.pid, signal.SIGKILL)
            self._guard.wait()
            self._guard = None
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def restart(self) -> None:
        """Kill it and start it again."""
        self.kill()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]

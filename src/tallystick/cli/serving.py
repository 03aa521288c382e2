"""The HTTP server: one process, or several behind one socket. What is metered is collected beside it."""

from __future__ import annotations

import gc
import os
import threading
from typing import TYPE_CHECKING

import uvicorn

from tallystick.api.app import create_app
from tallystick.cli.opening import open_home
from tallystick.planner.home import Home
from tallystick.planner.metering.loop import keep_processing

if TYPE_CHECKING:
    from fastapi import FastAPI


def run(opened: Home, host: str, port: int, processes: int) -> None:
    """Serve until interrupted."""
    if not opened.config.broker:
        _process_beside(opened)
    if processes > 1:
        os.environ["TALLY_HOME"] = str(opened.config.home)
        _listen(f"{__name__}:application", host, port, workers=processes, factory=True)
        return
    application = create_app(opened)
    _spare_the_collector()
    _listen(application, host, port)


def application() -> FastAPI:
    """What each of several processes serves: the home of the environment."""
    served = create_app(open_home(None, log_level="info"))
    _spare_the_collector()
    return served


def _listen(application: FastAPI | str, host: str, port: int, *, workers: int = 1, factory: bool = False) -> None:
    uvicorn.run(
        application,
        host=host,
        port=port,
        workers=workers,
        factory=factory,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )


def _process_beside(opened: Home) -> None:
    """Collect and rate what is due for as long as the server runs; with a broker, the scheduler sees to it."""
    arguments = opened, threading.Event(), opened.config.metering.every
    threading.Thread(target=keep_processing, args=arguments, name="metering", daemon=True).start()


def _spare_the_collector() -> None:
    """An answer is thousands of objects without cycles: looking through them takes as long as making them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)

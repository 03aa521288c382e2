"""Processing again and again, where there is no scheduler to see to it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import structlog

from tallystick.errors import TallyError
from tallystick.planner.metering.processing import process
from tallystick.planner.metering.sources import configured
from tallystick.planner.progress import Silent
from tallystick.planner.records import tenants
from tallystick.settings.database import EVERY_TENANT

if TYPE_CHECKING:
    from tallystick.planner.home import Home

_log = structlog.get_logger("tallystick.metering")


def keep_processing(home: Home, stop: threading.Event, seconds: float) -> None:
    """A pass over every tenant's metering sources, every so many seconds, until told to stop."""
    while not stop.wait(seconds):
        for tenant in metered(home):
            try:
                for done in process(home, tenant, Silent()):
                    if done.periods or done.problems:
                        _log.info(
                            "processed",
                            source=done.name,
                            periods=done.periods,
                            points=done.points,
                            problems=done.problems,
                        )
            except TallyError as error:
                _log.warning("cannot process", tenant=tenant, reason=str(error))
            except Exception:
                _log.exception("cannot process", tenant=tenant)


def metered(home: Home) -> list[str]:
    """The tenants that have metering sources."""
    with home.database.of(EVERY_TENANT).read() as session:
        known = tenants(session)
        return [tenant for tenant in known if configured(session, tenant)]
